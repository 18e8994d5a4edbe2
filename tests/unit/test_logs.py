"""Log lines: one line an event, whatever is in them."""

from __future__ import annotations

import io
import logging
import re
import threading
import time

import pytest

from portier import logs


def test_a_record_is_one_line_even_with_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    logs.set_up()
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("portier.test").exception("it\r\nfailed")
    said = _written(capsys)
    assert said.count("\n") == 1
    assert "ERROR" in said
    assert "two | lines" in said


def test_the_journal_is_told_the_level(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    logs.set_up()
    logging.getLogger("portier.test").warning("look")
    assert _written(capsys) == "<4>look\n"


class _Stuck(io.TextIOBase):
    """A journal that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.text = ""

    def write(self, text: str) -> int:
        self.let_go.wait(10)
        self.text += text
        return len(text)


def test_a_journal_that_hangs_keeps_nobody_waiting_and_the_lines_it_cost_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = _Stuck()
    monkeypatch.setattr("sys.stderr", journal)
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    monkeypatch.setattr(logs, "_MOST_WAITING", 100)
    logs.set_up()
    began_s = time.monotonic()
    for number in range(300):
        logging.getLogger("portier.test").info("line %d", number)
    assert time.monotonic() - began_s < 5
    journal.let_go.set()
    _flush()
    logging.getLogger("portier.test").info("after it")
    _flush()
    assert "<6>line 0\n" in journal.text
    assert "<6>line 299\n" not in journal.text
    kept = journal.text.count("<6>line ")
    lost = re.findall(r"<4>log: (\d+) lines are lost: what writes them was too slow\n", journal.text)
    assert sum(map(int, lost)) == 300 - kept > 100
    assert journal.text.endswith("<6>after it\n")


def _flush() -> None:
    for handler in logging.getLogger().handlers:
        handler.flush()


def _written(capsys: pytest.CaptureFixture[str]) -> str:
    _flush()
    return capsys.readouterr().err
