"""What a row of the picture is, and how it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from .style import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 0.75
"""Points (1/72 inch) in a pixel (1/96 inch)."""
BESIDE_PX = 5.0
"""Between a thing and its label."""

Side = Literal["left", "center", "right"]


class Row(Protocol):
    """One row; its axes are `height_px` high, in pixels from its upper left corner or else in time."""

    title: str
    subtitle: str
    height_px: float
    in_pixels: bool

    def draw(self, axes: Axes) -> None:
        """Add all that it shows to its axes."""
        ...


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    size_px: float,
    side: Side = "left",
    ink: Ink = Ink.TEXT,
    covers: bool = False,
) -> None:
    """Put one line of text with its baseline at a point; one that `covers` hides the lines below it."""
    box = {"facecolor": Ink.PAPER.value, "linewidth": 0, "pad": 1.0} if covers else None
    axes.text(x, y, text, fontsize=size_px * POINTS, color=ink, ha=side, va="baseline", bbox=box)
