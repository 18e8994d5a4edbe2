"""Tests of the sound that are asked for: each reader is told what came of the one it asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from portier.core import sound_tests
from portier.core.events import SoundTestRequested
from portier.core.states import State

from .desk import Core

Done = Callable[[str | None], None]


class WatchedCore(Core, Protocol):
    """What is needed of the runtime."""

    def watch(self, watcher: Callable[[State], None]) -> None:
        """Call `watcher` with every new state."""
        ...


class SoundTests:
    """On the loop alone."""

    def __init__(self, core: WatchedCore) -> None:
        self._core = core
        self._waiting: dict[int, Done] = {}
        core.watch(self._look)

    def begin(self, done: Done, at_s: float) -> None:
        """Ask for one; `done` is called when it is over, with why nothing came of it, or None."""
        if why := sound_tests.why_not(self._core.state):
            done(f"no test of the sound now: {why}")
            return
        # What it says may come at once, where there is no card.
        self._waiting[self._core.state.sound_test.number + 1] = done
        self._core.take(SoundTestRequested(at_s=at_s))

    def _look(self, state: State) -> None:
        test = state.sound_test
        for number in [one for one in self._waiting if state.stopping or not test.running]:
            if number > test.number and not state.stopping:
                continue
            judged = number == test.judged
            self._waiting.pop(number)(
                None if judged else "it gave way to something else to be heard: try it again"
            )
