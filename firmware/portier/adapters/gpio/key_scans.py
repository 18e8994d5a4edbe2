"""Which keys of a matrix were pressed, from scan to scan: each once, and none that is not there.

With three keys down at the corners of a rectangle a matrix without diodes shows the fourth, too. So a key
counts only while it is down alone.
"""

from __future__ import annotations

Place = tuple[int, int]
"""Row and column."""

SCAN_S = 0.01
STILL_SCANS = 3
"""So many scans must agree: 20 to 30 ms, as a button's debounce."""


class KeyScans:
    """The scans of one matrix, in their order."""

    def __init__(self) -> None:
        self._seen: frozenset[Place] = frozenset()
        self._agreed = 0
        self._held: Place | None = None

    @property
    def idle(self) -> bool:
        """Whether all keys are up for good."""
        return not self._seen and self._agreed >= STILL_SCANS

    def scanned(self, down: frozenset[Place]) -> Place | None:
        """Take a scan; the key that counts as pressed by it."""
        self._agreed = self._agreed + 1 if down == self._seen else 1
        self._seen = down
        if self._agreed < STILL_SCANS:
            return None
        if self._held not in down:
            self._held = None
        if len(down) != 1 or self._held is not None:
            return None
        (self._held,) = down
        return self._held
