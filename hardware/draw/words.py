"""Words on a sheet: how much room they take, and how they are written into the file."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from schemdraw.backends.svgtext import text_approx_size

Align = Literal["left", "center", "right"]

POINTS_PER_UNIT = 36
TEXT_POINTS = 11.0
SMALL_POINTS = 9.5
FONT = "Helvetica, Arial, sans-serif"

_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_OTHER_FONTS = 1.06
_BOLD = 1.07


class Box(NamedTuple):
    """Left, bottom, right, top, in units."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether both have some area in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def within(self, other: Box) -> bool:
        """Whether nothing of it is outside the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )


def size(text: str, points: float, *, bold: bool = False) -> tuple[float, float]:
    """Width and height in units: as schemdraw guesses them for Arial, and some for other fonts."""
    lines = text.split("\n")
    widths = (text_approx_size(html.escape(line, quote=False), "Arial", points)[0] for line in lines)
    width = max(widths) * _OTHER_FONTS * (_BOLD if bold else 1)
    return width / POINTS_PER_UNIT, len(lines) * _line_height(points)


@dataclass(frozen=True, slots=True)
class Words:
    """One or more lines around a place, which is the middle of their height."""

    text: str
    place: tuple[float, float]
    align: Align
    points: float
    colour: str
    bold: bool

    @property
    def box(self) -> Box:
        """The room they take."""
        width, height = size(self.text, self.points, bold=self.bold)
        x, y = self.place
        left = {"left": x, "center": x - width / 2, "right": x - width}[self.align]
        return Box(left, y - height / 2, left + width, y + height / 2)

    def svg(self) -> Iterator[str]:
        """One element a line: schemdraw's own text has no weight, and a base line of its own mind."""
        weight = ' font-weight="bold"' if self.bold else ""
        for count, line in enumerate(self.text.split("\n")):
            y = self.box.top - (count + 0.78) * _line_height(self.points)
            yield (
                f'<text x="{self.place[0] * POINTS_PER_UNIT:.2f}" y="{-y * POINTS_PER_UNIT:.2f}" '
                f'text-anchor="{_ANCHORS[self.align]}" font-family="{FONT}" '
                f'font-size="{self.points:g}"{weight} fill="{self.colour}">'
                f"{html.escape(line, quote=False)}</text>"
            )


def _line_height(points: float) -> float:
    return points * 1.22 / POINTS_PER_UNIT
