"""One drawing: symbols at places, wires between them, and words that nothing runs through.

Places are (x, y) in units of half an inch, y upwards. The sheet remembers every box and line, so that a test
can tell where words overlap.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, pairwise
from typing import Literal

import schemdraw
from hardware.draw.words import FONT, SMALL_POINTS, TEXT_POINTS, Align, Box, Words, size
from schemdraw import elements as symbols

schemdraw.use("svg")

Place = tuple[float, float]
Side = Literal["above", "below", "left", "right"]
Zone = Literal["OUTDOORS", "INDOORS", "DOOR"]
Kind = Literal[
    "resistor",
    "capacitor",
    "diode",
    "schottky",
    "surge diode",
    "lamp",
    "fuse",
    "button",
    "open contact",
    "closed contact",
]

BLACK, RED, ORANGE, VIOLET, BLUE, GREY = "#111", "#b00020", "#b45309", "#7a3fa0", "#0b5394", "#666"
SUPPLIES = {"+12 V": RED, "+5 V": ORANGE, "3.3 V": VIOLET}
UNVERIFIED = "Not built or measured by this project yet: not verified on hardware."

_ZONES: dict[Zone, str] = {"OUTDOORS": "#e3eefb", "INDOORS": "#f6f3ea", "DOOR": "#eef5e6"}
_SYMBOLS: dict[Kind, Callable[[], symbols.Element2Term]] = {
    "resistor": symbols.ResistorIEC,
    "capacitor": symbols.Capacitor,
    "diode": symbols.Diode,
    "schottky": symbols.Schottky,
    "surge diode": symbols.DiodeTVS,
    "lamp": symbols.LED,
    "fuse": symbols.FuseIEC,
    "button": symbols.Button,
    "open contact": symbols.Switch,
    "closed contact": partial(symbols.Switch, nc=True),
}
_GAP = 0.14
_TITLE_HEIGHT = 1.0


class Sheet:
    """A sheet of `width` by `height` units; its title, and whether it was built, stand in a strip below."""

    def __init__(self, title: str, width: float, height: float, status: str = UNVERIFIED) -> None:
        self.title = title
        self.words: list[Words] = []
        self._page = Box(0, -_TITLE_HEIGHT, width, height)
        self._drawn: list[tuple[str, Box]] = []
        self._drawing = schemdraw.Drawing(show=False)
        self._drawing.config(unit=2, fontsize=TEXT_POINTS, font=FONT, lw=1.4, bgcolor="white", margin=0.05)
        self._rectangle((0, -_TITLE_HEIGHT), (width, height), fill="white", colour=BLACK)
        self._line((0, 0), (width, 0))
        self.text((0.25, -0.5), title, points=13, bold=True)
        self.text((width - 0.25, -0.5), status, align="right", points=SMALL_POINTS, colour=RED)

    # Areas

    def zone(self, name: Zone, corner: Place, opposite: Place, words: str = "") -> None:
        """Colour an area, given by its lower left and upper right corner, and name it."""
        self._rectangle(corner, opposite, fill=_ZONES[name], colour=GREY)
        text = f"{name}: {words}" if words else name
        self.text((corner[0] + 0.2, opposite[1] - 0.3), text, bold=True, colour=GREY)

    def frame(self, corner: Place, opposite: Place, words: str) -> None:
        """Draw a dashed box around what is one board."""
        self._rectangle(corner, opposite, fill="white", colour=GREY, dashed=True)
        self.text((corner[0] + 0.15, opposite[1] - 0.28), words, points=SMALL_POINTS, colour=GREY)

    def block(self, corner: Place, opposite: Place, words: str, fill: str = "white") -> None:
        """Draw a device as a box with words in its middle."""
        self._rectangle(corner, opposite, fill=fill, colour=BLACK)
        middle = ((corner[0] + opposite[0]) / 2, (corner[1] + opposite[1]) / 2)
        self.text(middle, words, align="center")

    # Wires and symbols

    def wire(self, *places: Place, colour: str = BLACK, dashed: bool = False, width: float = 1.4) -> None:
        """Draw straight pieces from place to place."""
        for start, end in pairwise(places):
            self._line(start, end, colour=colour, dashed=dashed, width=width)

    def dot(self, *places: Place) -> None:
        """Join the wires that meet here."""
        for place in places:
            self._drawing += symbols.Dot(radius=0.07).at(place)

    def circle(self, place: Place, radius: float, colour: str = BLACK) -> None:
        """Draw a small open circle: an end, a contact."""
        self._drawing += symbols.Dot(open=True, radius=radius).at(place).color(colour)

    def arrowhead(self, place: Place) -> None:
        """Draw the point of an arrow that goes to the left."""
        self._drawing += symbols.Arrowhead(headlength=0.2, headwidth=0.2).at(place).theta(180)

    def part(self, kind: Kind, start: Place, end: Place, words: str = "", side: Side = "above") -> None:
        """Draw a symbol with two ends, and its reference and value at one side of its middle."""
        self._drawing += _SYMBOLS[kind]().endpoints(start, end)
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        along, across = 0.45, 0.5 if kind == "button" else 0.25
        upright = start[0] == end[0]
        reach_x, reach_y = (across, along) if upright else (along, across)
        body = Box(x - reach_x, y - reach_y, x + reach_x, y + reach_y)
        self._drawn.append((f"part {words!r}", body))
        self._remember_line(start, end)
        if words:
            self.beside(body, words, side)

    def terminal(self, place: Place, words: str = "", side: Side = "left", colour: str = BLACK) -> None:
        """Draw a screw terminal or a pin, with its name."""
        self.circle(place, 0.1, colour)
        x, y = place
        body = Box(x - 0.1, y - 0.1, x + 0.1, y + 0.1)
        self._drawn.append((f"terminal {words!r}", body))
        if words:
            self.beside(body, words, side, colour)

    def rail(self, place: Place, words: str) -> None:
        """Draw the end of a supply, upwards."""
        x, y = place
        colour = SUPPLIES[words]
        self._line((x, y), (x, y + 0.35), colour=colour)
        self._line((x - 0.3, y + 0.35), (x + 0.3, y + 0.35), colour=colour, width=2.2)
        self.text((x, y + 0.6), words, align="center", colour=colour, bold=True, points=SMALL_POINTS)

    # Words

    def text(
        self,
        place: Place,
        words: str,
        *,
        align: Align = "left",
        points: float = TEXT_POINTS,
        colour: str = BLACK,
        bold: bool = False,
    ) -> None:
        """Write words; `place` is the middle of their height."""
        self.words.append(Words(words, place, align, points, colour, bold))

    def note(self, place: Place, *lines: str, colour: str = BLACK) -> None:
        """Write small words, line by line."""
        self.text(place, "\n".join(lines), points=SMALL_POINTS, colour=colour)

    def beside(self, body: Box, words: str, side: Side, colour: str = BLACK) -> None:
        """Write words beside a box."""
        width, height = size(words, TEXT_POINTS)
        x, y = (body.left + body.right) / 2, (body.bottom + body.top) / 2
        place = {
            "above": (x - width / 2, body.top + _GAP + height / 2),
            "below": (x - width / 2, body.bottom - _GAP - height / 2),
            "left": (body.left - _GAP - width, y),
            "right": (body.right + _GAP, y),
        }[side]
        self.text(place, words, colour=colour)

    # What came of it

    def overlaps(self) -> Iterator[str]:
        """Tell which words run into others, into a symbol or a wire, or off the sheet."""
        for one in self.words:
            if not one.box.within(self._page):
                yield f"{one.text!r} leaves the sheet"
            yield from (f"{one.text!r} runs into {what}" for what, box in self._drawn if one.box.meets(box))
        for first, second in combinations(self.words, 2):
            if first.box.meets(second.box):
                yield f"{first.text!r} runs into {second.text!r}"

    def svg(self) -> str:
        """The drawing as a file, the same each time."""
        symbols_only: str = self._drawing.get_imagedata("svg").decode()
        text = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", symbols_only)
        head, _, body = text.removesuffix("</svg>").partition(">")
        lines = [f'{head} role="img">', f"<title>{html.escape(self.title, quote=False)}</title>"]
        lines += body.replace("><", ">\n<").splitlines()
        lines += [line for words in self.words for line in words.svg()]
        return "\n".join([*lines, "</svg>", ""])

    def _line(
        self, start: Place, end: Place, *, colour: str = BLACK, dashed: bool = False, width: float = 1.4
    ) -> None:
        line = symbols.Line().endpoints(start, end).color(colour).linewidth(width)
        self._drawing += line.linestyle("--") if dashed else line
        self._remember_line(start, end)

    def _rectangle(
        self, corner: Place, opposite: Place, *, fill: str, colour: str, dashed: bool = False
    ) -> None:
        rectangle = symbols.Rect(corner1=corner, corner2=opposite, fill=fill, lw=1).at((0, 0)).theta(0)
        rectangle = rectangle.color(colour).zorder(-1)
        self._drawing += rectangle.linestyle("--") if dashed else rectangle
        (left, bottom), (right, top) = corner, opposite
        corners = ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))
        for start, end in pairwise(corners):
            self._remember_line(start, end)

    def _remember_line(self, start: Place, end: Place) -> None:
        # A slanting line takes more than it needs: there are few, and short ones.
        left, right = sorted((start[0], end[0]))
        bottom, top = sorted((start[1], end[1]))
        box = Box(left - 0.02, bottom - 0.02, right + 0.02, top + 0.02)
        self._drawn.append((f"the line from {start} to {end}", box))
