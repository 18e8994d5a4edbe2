"""The memory: whole at every moment, loud where it is broken."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st

from portier.adapters.journal.memory import FILE, Facts, FactsFile

FACTS = st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=5)


@settings(max_examples=50)
@given(FACTS, FACTS)
def test_what_is_kept_last_is_what_is_remembered(first: dict[str, str], second: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        file = FactsFile(Path(folder))
        for facts in (first, second):
            file.write(facts)
            assert FactsFile(Path(folder)).load() == facts
        assert [one.name for one in Path(folder).iterdir()] == [FILE]


@given(st.data())
def test_a_write_that_is_cut_off_leaves_what_was(data: st.DataObject) -> None:
    with TemporaryDirectory() as text:
        folder = Path(text)
        FactsFile(folder).write({"door.front.lock": "on"})
        whole = (folder / FILE).read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        (folder / f"{FILE}.new").write_bytes(whole[:cut])
        assert FactsFile(folder).load() == {"door.front.lock": "on"}
        FactsFile(folder).write({})
        assert FactsFile(folder).load() == {}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"format": 2, "facts": {}}', b'{"format": 1, "facts": {"a": 1}}', b"\xff\x00",
     b'{"format": 1}', b"[" * 100_000, b'{"format": 1, "facts": []}'],
)  # fmt: skip
def test_a_broken_file_is_moved_aside_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    (tmp_path / FILE).write_bytes(data)
    assert FactsFile(tmp_path).load() == {}
    assert "nothing is remembered" in caplog.text
    (aside,) = tmp_path.iterdir()
    assert aside.read_bytes() == data
    assert aside.name.startswith(f"{FILE}.broken-")


def test_a_file_that_cannot_be_read_is_told_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).mkdir()
    assert FactsFile(tmp_path).load() == {}
    assert "cannot read" in caplog.text
    assert (tmp_path / FILE).is_dir()


def test_only_what_changes_is_handed_on_and_always_whole(tmp_path: Path) -> None:
    kept: list[dict[str, str]] = []
    facts = Facts(FactsFile(tmp_path), kept.append)
    facts.load()
    facts.remember("a", "1")
    facts.remember("a", "1")
    facts.remember("b", None)
    facts.remember("b", "2")
    facts.remember("a", None)
    assert kept == [{"a": "1"}, {"a": "1", "b": "2"}, {"b": "2"}]
