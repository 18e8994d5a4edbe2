"""A level as a bar of plain text, with the peak that is held. Pure."""

from __future__ import annotations

import math

SILENT_DBFS = -96.0
_LEAST_DBFS = -60.0
_WIDTH = 40
_NAME_WIDTH = 12
_CLIPS = 32767


def dbfs(peak: int) -> float:
    """A peak of S16 samples in decibels below full scale; -96 for silence."""
    return 20 * math.log10(peak / 32768) if peak > 0 else SILENT_DBFS


class Bar:
    """One direction: takes the peak of each moment, and holds the highest for `hold_s`."""

    def __init__(self, name: str, hold_s: float = 1.5) -> None:
        self._name = name
        self._hold_s = hold_s
        self._peak = self._held = 0
        self._held_at_s = -math.inf

    def take(self, peak: int, at_s: float) -> None:
        """Take a peak (S16, without its sign) of now."""
        self._peak = peak
        if peak >= self._held or at_s - self._held_at_s > self._hold_s:
            self._held, self._held_at_s = peak, at_s

    def drawn(self) -> str:
        """The bar: from -60 to 0 dBFS, `|` where the peak is held."""
        cells = ["#"] * _place(self._peak)
        cells += [" "] * (_WIDTH - len(cells))
        if held := _place(self._held):
            cells[held - 1] = "|"
        return f"{self._name:<{_NAME_WIDTH}}[{''.join(cells)}] {self.figures()}"

    def said(self) -> str:
        """The same for a file or a log."""
        return f"{self._name} {self.figures()}"

    def figures(self) -> str:
        """The level and the held peak in dBFS."""
        clips = "  CLIPS" if self._held >= _CLIPS else ""
        return f"{_figure(self._peak)} dBFS, peak {_figure(self._held)}{clips}"


def _place(peak: int) -> int:
    """How many cells a peak fills."""
    share = 1 - dbfs(peak) / _LEAST_DBFS
    return max(0, min(_WIDTH, math.ceil(_WIDTH * share)))


def _figure(peak: int) -> str:
    return f"{dbfs(peak):5.1f}" if peak else " -inf"
