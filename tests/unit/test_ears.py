"""Ears listen while somebody wants them to, and no longer."""

from __future__ import annotations

import pytest

from portier.adapters.audio.ears import Ears
from portier.ports import Listener


class _Line:
    """Remembers who listens, in order; None for nobody."""

    def __init__(self) -> None:
        self.listening: list[bool] = []

    def listen(self, listener: Listener | None) -> None:
        self.listening.append(listener is not None)


@pytest.fixture
def line() -> _Line:
    return _Line()


@pytest.fixture
def ears(line: _Line) -> Ears:
    return Ears(line, 8000, lambda *_: None)


def test_loaded_they_are_ready_and_do_not_listen(line: _Line, ears: Ears) -> None:
    assert not ears.ready
    ears.load()
    assert ears.ready
    assert not line.listening


def test_a_second_who_wants_them_disturbs_nobody_and_keeps_them_open(line: _Line, ears: Ears) -> None:
    ears.open("a call")
    ears.open("a test")
    assert line.listening == [True], "a key that is heard just then is not cut in two"
    ears.close("a call")
    assert line.listening == [True]
    ears.close("a test")
    assert line.listening == [True, False]
    ears.open("a call")
    assert line.listening == [True, False, True]
