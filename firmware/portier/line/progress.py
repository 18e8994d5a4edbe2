"""How far many slow requests have come, as a bar on a terminal; elsewhere nothing."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO

_WIDTH = 30
_FEWEST = 4
"""Fewer are done before anybody looks."""


class Progress:
    """So many things, and how many of them are done."""

    def __init__(self, what: str, count: int, out: TextIO | None = None) -> None:
        """`what` is told beside the bar."""
        self._what = what
        self._count = count
        self._out = sys.stderr if out is None else out
        self._shown = count >= _FEWEST and self._out.isatty()
        self._done = 0
        self._draw()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        self._draw()

    def clear(self) -> None:
        """Make room for other words on its line."""
        if self._shown:
            self._write("\r\033[K")

    def close(self) -> None:
        """Take it away."""
        self.clear()

    def _draw(self) -> None:
        if not self._shown:
            return
        filled = _WIDTH * self._done // self._count
        bar = "#" * filled + "." * (_WIDTH - filled)
        self._write(f"\r\033[K  [{bar}] {self._done} of {self._count} {self._what}")

    def _write(self, text: str) -> None:
        # A terminal that has gone must not end what is being done.
        with suppress(OSError):
            self._out.write(text)
            self._out.flush()
