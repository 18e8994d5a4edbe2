"""The memory: whole at every moment, loud where it is broken."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st

from portier.adapters.journal import Keeper
from portier.adapters.journal.memory import FILE, GOOD, Facts, FactsFile

LOCKED = {"door.front.lock": "on"}
FACTS = st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=5)


@settings(max_examples=50)
@given(FACTS, FACTS)
def test_what_is_kept_last_is_what_is_remembered(first: dict[str, str], second: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        file = FactsFile(Path(folder))
        for facts in (first, second):
            file.write(facts)
            assert FactsFile(Path(folder)).load() == facts
        assert sorted(one.name for one in Path(folder).iterdir()) == [FILE, GOOD]


@given(st.data())
def test_a_write_that_is_cut_off_leaves_what_was(data: st.DataObject) -> None:
    with TemporaryDirectory() as text:
        folder = Path(text)
        FactsFile(folder).write(LOCKED)
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


@pytest.mark.parametrize("data", [b"", b'{"format": 1, "fa', None])
def test_a_lock_outlives_a_file_that_was_cut_off_or_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, data: bytes | None
) -> None:
    FactsFile(tmp_path).write(LOCKED)
    (tmp_path / FILE).unlink()
    if data is not None:
        (tmp_path / FILE).write_bytes(data)
    kept: list[dict[str, str]] = []
    file = FactsFile(tmp_path)
    facts = Facts(file, kept.append)
    assert facts.load() == LOCKED
    assert "its copy" in caplog.text
    assert not facts.trouble
    # Both files are to hold it again, before anything changes.
    assert kept == [LOCKED]
    file.write(kept[-1])
    assert (tmp_path / FILE).read_bytes() == (tmp_path / GOOD).read_bytes()


def test_a_lock_of_before_there_was_a_copy_gets_one_and_a_spoiled_copy_is_made_anew(tmp_path: Path) -> None:
    for spoil in ((tmp_path / GOOD).unlink, lambda: (tmp_path / GOOD).write_bytes(b"{")):
        FactsFile(tmp_path).write(LOCKED)
        spoil()
        file = FactsFile(tmp_path)
        assert Facts(file, file.write).load() == LOCKED
        assert not file.trouble
        (tmp_path / FILE).unlink()
        assert FactsFile(tmp_path).load() == LOCKED


def test_a_start_with_both_whole_writes_nothing(tmp_path: Path) -> None:
    kept: list[dict[str, str]] = []
    Facts(FactsFile(tmp_path), kept.append).load()
    FactsFile(tmp_path).write(LOCKED)
    Facts(FactsFile(tmp_path), kept.append).load()
    assert kept == []


def _unreadable(patch: pytest.MonkeyPatch, *names: str) -> None:
    """The disk gives an error for these files, until the patch is undone."""
    read = Path.read_bytes

    def fails(path: Path) -> bytes:
        if path.name in names:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read(path)

    patch.setattr(Path, "read_bytes", fails)


def test_a_passing_read_error_loses_nothing_of_a_file_that_is_good(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    FactsFile(tmp_path).write(LOCKED | {"door.yard.lock": "on", "tamper": "on"})
    file, kept = FactsFile(tmp_path), list[dict[str, str]]()
    facts = Facts(file, kept.append)
    with pytest.MonkeyPatch.context() as patch:
        _unreadable(patch, FILE, GOOD)
        assert facts.load() == {}
        assert "lock them anew" in facts.trouble
        facts.remember("fire", "on")
        facts.remember("tamper", None)
        facts.remember("door.yard.lock", "on")
        facts.remember("door.yard.lock", None)
        with pytest.raises(OSError, match="Input/output"):
            file.write(kept[-1])
    for expected in ({"fire": "on"}, {"fire": "on", "volume": "3"}):
        file.write(kept[-1])
        assert FactsFile(tmp_path).load() == LOCKED | expected
        facts.remember("volume", "3")
    assert "read at last" in caplog.text


def test_a_file_that_stays_unreadable_is_replaced_where_its_copy_was_read(tmp_path: Path) -> None:
    FactsFile(tmp_path).write(LOCKED)
    file = FactsFile(tmp_path)
    facts = Facts(file, lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        _unreadable(patch, FILE)
        assert facts.load() == LOCKED
        file.write(LOCKED | {"fire": "on"})
    assert FactsFile(tmp_path).load() == LOCKED | {"fire": "on"}
    assert len(list(tmp_path.glob(f"{FILE}.broken-*"))) == 1


def test_of_a_file_that_can_be_read_again_the_newer_facts_count(tmp_path: Path) -> None:
    FactsFile(tmp_path).write({"fire": "on"})
    old = (tmp_path / GOOD).read_bytes()
    FactsFile(tmp_path).write(LOCKED)
    (tmp_path / GOOD).write_bytes(old)
    file, kept = FactsFile(tmp_path), list[dict[str, str]]()
    with pytest.MonkeyPatch.context() as patch:
        _unreadable(patch, FILE)
        Facts(file, kept.append).load()
    file.write(kept[-1])
    assert FactsFile(tmp_path).load() == LOCKED


def test_the_status_tells_that_locks_were_forgotten(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"{")
    (tmp_path / GOOD).write_bytes(b"")
    keeper = Keeper(tmp_path, 90, 1000, lambda _back_s, _was: True)
    assert keeper.load() == {}
    assert "lock them anew" in keeper.health.trouble
