"""Log lines: one line an event, whatever is in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from portier import logs


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("portier").setLevel(logging.NOTSET)


@pytest.mark.usefixtures("restored")
def test_a_record_is_one_line_even_with_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    logs.set_up()
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("portier.test").exception("it\r\nfailed")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ERROR" in said
    assert "two | lines" in said


@pytest.mark.usefixtures("restored")
def test_the_journal_is_told_the_level(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    logs.set_up()
    logging.getLogger("portier.test").warning("look")
    assert capsys.readouterr().err == "<4>look\n"
