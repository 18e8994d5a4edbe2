"""Follows what is tried, and knows why there is no more to follow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum, auto

from portier.setup.terminal import Terminal
from portier.setup.trial import Trial
from portier.setup.tries import Seen

_LOOK_S = 0.1


class End(Enum):
    """Why it is over."""

    TIME = auto()
    TRIAL = auto()
    ENTER = auto()


class Following:
    """Hands out what is seen, until the time is over, the trial is, or somebody presses Enter.

    `end` says which of them; None as long as nothing of it has happened.
    """

    def __init__(self, trial: Trial, terminal: Terminal, limit_s: float) -> None:
        self._trial = trial
        self._terminal = terminal
        self._limit_s = limit_s
        self.end: End | None = None

    def __iter__(self) -> Iterator[Seen]:
        until_s = time.monotonic() + self._limit_s
        while not self._trial.ended:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                self.end = End.TIME
                return
            if self._terminal.entered():
                self.end = End.ENTER
                return
            seen = self._trial.next(min(left_s, _LOOK_S))
            if seen is not None:
                yield seen
        self.end = End.TRIAL

    @property
    def broken(self) -> bool:
        """Whether the trial ended before anybody wanted it; known when its context is left."""
        return self.end is End.TRIAL and self._trial.failed
