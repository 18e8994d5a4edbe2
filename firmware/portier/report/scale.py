"""Where a moment is in the picture, and how wide a text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .wording import clock, duration

_CLOCK_FROM_S = 120.0
_MINUTE_S = 60.0
_MEASURED_AT_PX = 100.0
_SUBPIXELS = 64
_HINTED = 1.03
"""Small letters are put on whole pixels, and so are a little wider."""


@dataclass(frozen=True, slots=True)
class Look:
    """One of the two sizes of every figure; all lengths in pixels of the screen it is made for.

    `columns` and `bands` are how fine a spectrogram is.
    """

    name: str
    width_px: float
    left_px: float
    right_px: float
    text_px: float
    small_px: float
    titles_above: bool
    columns: int
    bands: int

    @property
    def plot_px(self) -> float:
        """The width of the time axis."""
        return self.width_px - self.left_px - self.right_px


WIDE = Look("wide", 1000, 158, 14, 12.5, 11.5, titles_above=False, columns=660, bands=96)
NARROW = Look("narrow", 366, 34, 16, 11, 10, titles_above=True, columns=300, bands=64)
LOOKS = (WIDE, NARROW)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear time axis from `start_s` to `end_s` over `plot_px` pixels.

    Its numbers count from `zero_s` in seconds, or in milliseconds where `in_ms`.
    """

    start_s: float
    end_s: float
    plot_px: float
    zero_s: float = 0.0
    in_ms: bool = False

    def px(self, at_s: float) -> float:
        """A moment as pixels from the axis' begin."""
        return (at_s - self.start_s) / (self.end_s - self.start_s) * self.plot_px

    def number(self, at_s: float) -> float:
        """A moment as a number of the axis."""
        return (at_s - self.zero_s) * (1000 if self.in_ms else 1)

    def holds(self, at_s: float) -> bool:
        """Whether a moment is on the axis."""
        return self.start_s <= at_s <= self.end_s

    @property
    def by_clock(self) -> bool:
        """Whether the axis is so long that minutes read better."""
        return self.end_s - self.start_s > _CLOCK_FROM_S and not self.in_ms

    def told(self, at_s: float) -> str:
        """A moment in words."""
        since_s = at_s - self.zero_s
        return clock(since_s) if self.by_clock and since_s >= _MINUTE_S else duration(since_s)


def text_px(text: str, size_px: float) -> float:
    """The width of one line in the page's type, which is as wide as any it falls back to; a little more."""
    return _HINTED * _width_per_px(text) * size_px


def fitted(text: str, size_px: float, room_px: float) -> str:
    """A text cut with an ellipsis where it is wider than its room."""
    if text_px(text, size_px) <= room_px:
        return text
    kept = text
    while kept and text_px(kept + "\N{HORIZONTAL ELLIPSIS}", size_px) > room_px:
        kept = kept[:-1]
    return kept + "\N{HORIZONTAL ELLIPSIS}"


@lru_cache(maxsize=4096)
def _width_per_px(text: str) -> float:
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))
    font.set_size(_MEASURED_AT_PX, 72)
    font.set_text(text)
    width, _ = font.get_width_height()
    return width / _SUBPIXELS / _MEASURED_AT_PX
