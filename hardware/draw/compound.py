"""Symbols of several pieces: a transistor, a changeover contact, an inverter, the Raspberry Pi's header."""

from __future__ import annotations

from typing import NamedTuple

from hardware.draw.pinout import pinout
from hardware.draw.sheet import BLACK, BLUE, GREY, ORANGE, VIOLET, Place, Sheet, Side
from hardware.draw.words import SMALL_POINTS, Box


class Changeover(NamedTuple):
    """Where a changeover contact ends, and the middle of its blade."""

    normally_open: Place
    normally_closed: Place
    blade: Place


def transistor(sheet: Sheet, gate: Place, words: str) -> tuple[Place, Place]:
    """Draw an N-channel MOSFET to the right of its gate; its drain above and its source below."""
    x, y = gate
    sheet.wire((x, y), (x + 0.3, y))
    sheet.wire((x + 0.3, y - 0.35), (x + 0.3, y + 0.35), width=2)
    for low, high in ((-0.45, -0.2), (-0.12, 0.12), (0.2, 0.45)):
        sheet.wire((x + 0.42, y + low), (x + 0.42, y + high), width=2)
    sheet.wire((x + 0.42, y + 0.32), (x + 0.9, y + 0.32), (x + 0.9, y + 0.8))
    sheet.wire((x + 0.42, y - 0.32), (x + 0.9, y - 0.32))
    sheet.wire((x + 0.9, y - 0.8), (x + 0.9, y), (x + 0.42, y))
    sheet.arrowhead((x + 0.46, y))
    for letter, at in (("G", (x + 0.12, y + 0.2)), ("D", (x + 1.08, y + 0.6)), ("S", (x + 1.08, y - 0.6))):
        sheet.text(at, letter, align="center", points=8, colour=GREY)
    sheet.beside(Box(x + 0.1, y - 0.5, x + 1.15, y + 0.5), words, "right")
    return (x + 0.9, y + 0.8), (x + 0.9, y - 0.8)


def changeover(sheet: Sheet, common: Place) -> Changeover:
    """Draw the contact of relay K1, at rest, to the right of its common."""
    x, y = common
    ends = Changeover((x + 1.5, y + 0.5), (x + 1.5, y - 0.5), (x + 0.75, y - 0.2))
    sheet.wire(common, (x + 1.42, y - 0.42), width=2)
    for place in (common, ends.normally_open, ends.normally_closed):
        sheet.circle(place, 0.08)
    for at, name in (
        ((x, y + 0.32), "COM"),
        ((x + 1.5, y + 0.78), "NO"),
        ((x + 1.5, y - 0.8), "NC"),
        ((x + 0.8, y + 0.35), "K1"),
    ):
        sheet.text(at, name, align="center", points=SMALL_POINTS)
    return ends


def inverter(sheet: Sheet, place: Place, words: str) -> Place:
    """Draw a Schmitt inverter to the right of its input; where its output is."""
    x, y = place
    sheet.wire((x, y - 0.55), (x, y + 0.55), (x + 1.0, y), (x, y - 0.55))
    sheet.circle((x + 1.1, y), 0.1)
    sheet.note((x, y + 0.8), words)
    return (x + 1.2, y)


def raspberry_pi(
    sheet: Sheet, corner: Place, opposite: Place, ends: dict[str, float], side: Side = "right"
) -> None:
    """Draw the Pi, and on one edge the ends of wires: functions of pinout.toml, and "5 V", "3.3 V" or "GND".

    `ends` has the height of each; `side` is where their names are, seen from the edge.
    """
    sheet.frame(corner, opposite, "Raspberry Pi")
    x = corner[0] if side == "right" else opposite[0]
    colours = {"5 V": ORANGE, "3.3 V": VIOLET, "GND": BLACK}
    for name, y in ends.items():
        if name in colours:
            sheet.terminal((x, y), f"{name} (pin {pinout().header.index(name) + 1})", side, colours[name])
        else:
            words = f"{pinout().functions[name].words}\n{pinout().tag(name)}"
            sheet.terminal((x, y), words, side, BLUE)
