"""The row of the picture that shows intervals, as a technical drawing shows lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .layout import Box, first_free_tiers
from .row import BESIDE_PX, Side, write
from .scale import Look, Scale, fitted, text_px
from .style import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TIERS = 8
_ARROWS_FROM_PX = 20.0
_AWAY_PX = 7.0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the axis with its name and, where it is told, its length in words."""

    start_s: float
    end_s: float
    name: str
    length: str = ""


class Dimensions:
    """A line between two ends for each span, and its label in, behind or before it."""

    subtitle, in_pixels = "", True

    def __init__(self, title: str, spans: Sequence[Span], ink: Ink, look: Look, scale: Scale) -> None:
        self.title = title
        self._ink = ink
        self._size_px, self._line_px = look.text_px, look.text_px * 1.6
        placed = [_placed(span, look, scale) for span in spans]
        tiers = first_free_tiers([one.box for one in placed])
        self._placed = [(one, tier) for one, tier in zip(placed, tiers, strict=True) if tier < _MOST_TIERS]
        self.height_px = self._line_px * (1 + max((tier for _, tier in self._placed), default=0))

    def draw(self, axes: Axes) -> None:
        """Draw the lines and their labels."""
        for one, tier in self._placed:
            y = self._line_px * (tier + 0.5)
            axes.plot([one.start, one.end], [y, y], color=self._ink, linewidth=1.1)
            axes.plot([one.start, one.end], [y, y], "|", color=self._ink, markersize=8, markeredgewidth=1.1)
            if one.end - one.start > _ARROWS_FROM_PX:
                for at, marker in ((one.start + 4, "<"), (one.end - 4, ">")):
                    axes.plot([at], [y], marker, color=self._ink, markersize=4, markeredgewidth=0)
            base = y + self._size_px * 0.36
            write(axes, one.text_at, base, one.text, self._size_px, one.side, self._ink, covers=True)


@dataclass(frozen=True, slots=True)
class _Placed:
    start: float
    end: float
    text: str
    text_at: float
    side: Side
    box: Box


def _placed(span: Span, look: Look, scale: Scale) -> _Placed:
    """The label in the line where it fits, else on the side with more room, its name cut where it must be."""
    start, end = scale.px(span.start_s), scale.px(span.end_s)
    text = f"{span.name} {span.length}".rstrip()
    width = text_px(text, look.text_px)
    if width + 8 * BESIDE_PX < end - start:
        return _Placed(start, end, text, (start + end) / 2, "center", (start, end))
    behind, before = scale.plot_px - end - _AWAY_PX, start - _AWAY_PX
    if width > max(behind, before):
        room = max(behind, before) - text_px(f" {span.length}", look.text_px)
        text = f"{fitted(span.name, look.text_px, room)} {span.length}".rstrip()
        width = text_px(text, look.text_px)
    if width <= behind:
        return _Placed(start, end, text, end + _AWAY_PX, "left", (start, end + _AWAY_PX + width))
    return _Placed(start, end, text, before, "right", (before - width, end))
