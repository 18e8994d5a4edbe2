"""How loud both ways of the call that lasts are, told each second to whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from portier.core import key_test
from portier.core.events import Event
from portier.core.states import Idle, OutOfService, State
from portier.facts import Fact, SoundReading

from .protocol import encode

_CLOSED = "the microphone is closed, as nobody called; it opens with the next call"
_GONE = "the card is gone; calls go on without sound until it is back"


class Audience(Protocol):
    """Who wants to see levels."""

    def send(self, message: bytes) -> None: ...


class WatchedCore(Protocol):
    """What is needed of the runtime."""

    @property
    def state(self) -> State: ...

    def watch(self, watcher: Callable[[State], None]) -> None:
        """Call `watcher` with every new state."""
        ...

    def observe(self, observer: Levels) -> None:
        """Let somebody look on from now on."""
        ...


class Levels:
    """On the loop alone, an observer of the runtime. Peaks pass through, and none is kept."""

    def __init__(self, core: WatchedCore) -> None:
        self._core = core
        self._readers: list[Audience] = []
        core.observe(self)
        core.watch(self._look)

    def begin(self, reader: Audience) -> str | None:
        """Tell `reader` from now on; why not, or None."""
        why = _why_none(self._core.state)
        if why is None and reader not in self._readers:
            self._readers.append(reader)
        return why

    def left(self, reader: Audience) -> None:
        """A reader has gone."""
        if reader in self._readers:
            self._readers.remove(reader)

    def saw(self, event: Event, before: State, after: State) -> None:
        """Called by the runtime; an event says nothing about levels."""

    def learned(self, fact: Fact) -> None:
        """Called by the runtime: something was measured."""
        if self._readers and isinstance(fact, SoundReading) and fact.far_peaks:
            peaks = {"microphone": fact.captured_peaks, "far_end": fact.far_peaks}
            self._tell({"event": "levels", "every_s": fact.every_s, **peaks})

    def _look(self, state: State) -> None:
        if self._readers and (why := _why_none(state)):
            self._tell({"event": "levels", "over": "the call is over" if why is _CLOSED else why})
            self._readers.clear()

    def _tell(self, message: dict[str, object]) -> None:
        line = encode(message)
        for reader in tuple(self._readers):
            reader.send(line)


def _why_none(state: State) -> str | None:
    """Why there are no levels; None where there are."""
    if isinstance(state.call, Idle | OutOfService) and key_test.running(state) is None:
        return _CLOSED
    return None if state.sound_works else _GONE
