"""A thread that looks whether the others live: a station that hangs must end, locked, and start again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from portier.process import name_thread

LIMIT_S = 8.0
_EVERY_S = 1.0

Beat = Callable[[], float | None]
"""When something last showed life, in monotonic seconds; None while it has nothing to do."""


class Watchdog:
    """Watches beats: `alive()` is called while all are fresh, `dead(why)` once when one is older than 8 s.

    It logs nothing itself: a log that hangs must not keep it from its work.
    """

    def __init__(
        self,
        beats: Mapping[str, Beat],
        alive: Callable[[], None],
        dead: Callable[[str], None],
        limit_s: float = LIMIT_S,
    ) -> None:
        self._beats = dict(beats)
        self._alive = alive
        self._dead = dead
        self._limit_s = limit_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()

    def _run(self) -> None:
        name_thread("watchdog")
        while not self._stopping.wait(_EVERY_S):
            now_s = time.monotonic()
            for name, beat in self._beats.items():
                beat_s = beat()
                if beat_s is not None and now_s - beat_s > self._limit_s:
                    self._dead(f"{name} has not moved for {now_s - beat_s:.0f} s")
                    return
            self._alive()
