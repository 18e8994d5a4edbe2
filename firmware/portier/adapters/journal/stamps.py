"""When something happened, by every clock there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .row import Stamp

ClockRight = Callable[[float, bool], bool]
"""Says of a time of day (s since 1970) whether it is known to be right; it is told whether it was before."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SAME_US = 1_000_000


class Stamps:
    """Gives the moment, and says later whether its time of day was right."""

    def __init__(self, clock_right: ClockRight, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_right = clock_right
        self._wall_ns = wall_ns
        self._boot = _boot()
        self._right = False

    def now(self) -> Stamp:
        """This moment. Whether the time of day is right is not looked for here: that takes files."""
        return Stamp(self._wall_ns() // 1000, time.monotonic_ns() // 1000, self._boot)

    def look(self) -> bool:
        """See whether the clock is right."""
        self._right = self._clock_right(self._wall_ns() / 1e9, self._right)
        return self._right

    def judged(self, stamp: Stamp) -> Stamp:
        """Say of a moment since the start whether its time was right: as now, and no jump in between."""
        now = self.now()
        jump_us = (now.at_us - now.mono_us) - (stamp.at_us - stamp.mono_us)
        return replace(stamp, clock_right=self._right and abs(jump_us) < _SAME_US)


def _boot() -> bytes:
    try:
        return bytes.fromhex(_BOOT_ID.read_text().strip().replace("-", ""))
    except (OSError, ValueError):
        return bytes(16)
