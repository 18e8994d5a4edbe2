"""What is done again: a hang-up that failed, and a re-INVITE that crossed one of the far end's.

Pure: the time is told.
"""

from __future__ import annotations

import random
from collections.abc import Callable

_REQUEST_PENDING = 491
_CHALLENGED = (401, 407)
_LATER_S, _MOST_TIMES = 1.0, 5
_STEP_S = 0.01


def glare_pause_s(own_call: bool, chance: float) -> float:
    """How long to wait after a 491, in steps of 10 ms (RFC 3261 section 14.1); `chance` is from 0 to below 1.

    Who has begun the call waits longer, so that the two do not cross again.
    """
    least, most = (210, 400) if own_call else (0, 200)
    return (least + int(chance * (most - least + 1))) * _STEP_S


class Again:
    """Which legs are to be hung up again, and when a re-INVITE of which leg is to be repeated."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._hang_ups: set[int] = set()
        self._asked: set[int] = set()
        self._due_s: dict[int, float] = {}
        self._postponed: dict[int, int] = {}

    def not_hung_up(self, leg: int) -> bool:
        """A hang-up has failed; whether for the first time."""
        first = leg not in self._hang_ups
        self._hang_ups.add(leg)
        return first

    def asks(self, leg: int) -> None:
        """A re-INVITE leaves, which must be taken."""
        self._asked.add(leg)
        self._due_s.pop(leg, None)

    def answered(self, leg: int, status: int, now_s: float, *, own_call: bool) -> None:
        """A re-INVITE got an answer; one that asks for the password is not its last."""
        if leg not in self._asked or status in _CHALLENGED:
            return
        self._asked.discard(leg)
        self._postponed.pop(leg, None)
        if status == _REQUEST_PENDING:
            self._due_s[leg] = now_s + glare_pause_s(own_call, self._chance())

    def postponed(self, leg: int, now_s: float) -> bool:
        """A re-INVITE cannot leave now, as another is under way perhaps; whether it is tried again."""
        self._asked.discard(leg)
        self._postponed[leg] = self._postponed.get(leg, 0) + 1
        if self._postponed[leg] > _MOST_TIMES:
            return False
        self._due_s[leg] = now_s + _LATER_S
        return True

    def forget(self, leg: int) -> None:
        """A leg is over, or is hung up."""
        self._hang_ups.discard(leg)
        self._asked.discard(leg)
        self._due_s.pop(leg, None)
        self._postponed.pop(leg, None)

    def hang_ups(self) -> list[int]:
        """The legs to hang up again."""
        return sorted(self._hang_ups)

    def reinvites(self, now_s: float) -> list[int]:
        """The legs whose re-INVITE is to be repeated now."""
        return sorted(leg for leg, due_s in self._due_s.items() if now_s >= due_s)
