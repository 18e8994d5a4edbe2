"""Names that far ends send: looked up beside the calls, never waited for."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator

import pytest

from portier.adapters.sip import far_names
from portier.adapters.sip.far_names import FarNames

_LIMIT_S = 5.0


class _Server:
    """Answers when it is told to. An answer of None is a failure."""

    def __init__(self) -> None:
        self.asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.changes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.names = FarNames(lambda: self.changes.put(None), self._lookup)

    def _lookup(self, host: str) -> list[str]:
        self.asked.put(host)
        answer = self.answers.get(timeout=_LIMIT_S)
        if answer is None:
            raise OSError("no such name")
        return answer.split()

    def answer(self, addresses: str) -> None:
        """Answer the next question, and wait until that is told."""
        self.answers.put(addresses)
        self.changes.get(timeout=_LIMIT_S)


@pytest.fixture
def server() -> Iterator[_Server]:
    made = _Server()
    yield made
    made.names.stop()
    for _ in range(100):
        made.answers.put(None)


def test_an_unknown_name_is_asked_for_once_and_nobody_waits(server: _Server) -> None:
    assert server.names.address("far.example") is None
    assert server.names.address("FAR.example") is None
    assert server.asked.get(timeout=_LIMIT_S) == "far.example"
    server.answer("192.0.2.1 192.0.2.2")
    assert server.names.address("far.example") == "192.0.2.1"
    assert server.names.addresses() == {"192.0.2.1"}
    assert server.asked.empty()


def test_an_address_is_used_while_it_is_looked_up_anew(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_names, "_FRESH_S", 0.0)
    server.names.address("far.example")
    server.answer("192.0.2.1")
    assert server.names.address("far.example") == "192.0.2.1"
    server.answer("192.0.2.9")
    assert server.names.address("far.example") == "192.0.2.9"


def test_a_name_that_has_no_address_is_asked_for_again_after_a_while(
    server: _Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(far_names, "_FAILED_S", 0.05)
    caplog.set_level("INFO")
    server.answers.put(None)
    assert server.names.address("far.example") is None
    server.asked.get(timeout=_LIMIT_S)
    until_s = time.monotonic() + _LIMIT_S
    while server.asked.empty() and time.monotonic() < until_s:
        assert server.names.address("far.example") is None
        time.sleep(0.01)
    server.answer("192.0.2.1")
    assert server.names.address("far.example") == "192.0.2.1"
    assert '"far.example", which cannot be resolved: no such name' in caplog.text


@pytest.mark.parametrize("host", ["", "192.0.2.1", "1", "a b", "a..b", "é.example", "x" * 64, "[::1]", "a\n"])
def test_what_can_be_no_name_is_not_asked_for(server: _Server, host: str) -> None:
    assert server.names.address(host) is None
    server.names.address("asked.example")
    assert server.asked.get(timeout=_LIMIT_S) == "asked.example", "and nothing before it"


def test_a_far_end_cannot_have_ever_more_names_remembered(server: _Server) -> None:
    server.names.address("first.example")
    server.answer("192.0.2.1")
    for number in range(60):
        server.answers.put(f"192.0.2.{number + 100}")
        server.names.address(f"n{number}.example")
    until_s = time.monotonic() + _LIMIT_S
    while "192.0.2.159" not in server.names.addresses() and time.monotonic() < until_s:
        time.sleep(0.01)
    known = server.names.addresses()
    assert len(known) <= 32
    assert "192.0.2.1" not in known, "the oldest goes first"
