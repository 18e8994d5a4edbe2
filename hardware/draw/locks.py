"""Locks and their supply: fail-secure, fail-safe, and a strike for alternating current."""

from __future__ import annotations

from hardware.draw.compound import changeover
from hardware.draw.sheet import GREY, RED, Sheet

_TOP_Y, _BOTTOM_Y = 6.7, 2.7
_HANDLE = "The handle inside must open the door always."


def drawings() -> dict[str, Sheet]:
    """All of this subject, by file name."""
    return {
        "lock-fail-secure": fail_secure(),
        "lock-fail-safe": fail_safe(),
        "lock-ac": alternating(),
    }


def fail_secure() -> Sheet:
    """Power opens it."""
    sheet = _sheet("Fail-secure strike (power opens): on NO; exit button in parallel", "+12 V DC", "0 V")
    _normally_open(sheet)
    _lock(sheet, "Y1 strike\n12 V DC\nfail-secure")
    sheet.part("diode", (20.6, _BOTTOM_Y), (20.6, _TOP_Y), "D1\n1N4002", "right")
    sheet.note(
        (0.7, 1.0),
        "At rest no current flows: locked. The relay or the exit button closes: current, and the door can",
        f"be opened. Without power it stays locked. {_HANDLE}",
        "D1 within 30 cm of the strike, its ring to +.",
    )
    return sheet


def fail_safe() -> Sheet:
    """Power locks it."""
    sheet = _sheet(
        "Fail-safe lock or magnet (power locks): on NC; every contact in series", "+12 V DC", "0 V"
    )
    sheet.part("closed contact", (7.2, _TOP_Y), (9.2, _TOP_Y), "S2 fire contact\n(NC)")
    sheet.part("closed contact", (9.8, _TOP_Y), (11.8, _TOP_Y), "S1 exit button\n(NC)")
    sheet.wire((9.2, _TOP_Y), (9.8, _TOP_Y))
    common = (12.8, _TOP_Y + 0.5)
    sheet.wire((11.8, _TOP_Y), (12.3, _TOP_Y), (12.3, common[1]), common)
    sheet.wire(changeover(sheet, common).normally_closed, (15.4, _TOP_Y))
    _lock(sheet, "Y1 lock\n12 V DC\nfail-safe")
    sheet.part("diode", (20.6, _BOTTOM_Y), (20.6, _TOP_Y), "D1\n1N4002", "right")
    sheet.note(
        (0.7, 1.0),
        "At rest current flows: locked. The fire contact, the exit button or the energised relay breaks it,",
        "each by itself: the door can be opened. So does a loss of power. S1 and S2 carry the whole current.",
        "D1 within 30 cm of the lock, its ring to +.",
    )
    return sheet


def alternating() -> Sheet:
    """An old strike that buzzes."""
    sheet = _sheet(
        "AC strike (power opens, buzzes): on NO, a varistor in place of the diode", "8 to 12 V AC", ""
    )
    _normally_open(sheet)
    _lock(sheet, "Y1 strike\n12 V AC\nfail-secure")
    sheet.part("resistor", (20.6, _BOTTOM_Y), (20.6, _TOP_Y), "RV1\nvaristor\n33 V", "right")
    sheet.wire((20.1, 4.2), (20.3, 4.2), (20.9, 5.2))
    sheet.note(
        (0.7, 1.0),
        "For seconds only, never for long: most AC strikes are made for that. RV1 within 30 cm of it:",
        "33 V (sold as 20 V AC) for 8 to 12 V, 47 V (30 V AC) for 24 V; change it after some years.",
        _HANDLE,
    )
    return sheet


def _sheet(title: str, plus: str, minus: str) -> Sheet:
    sheet = Sheet(title, 25, 9.6)
    sheet.zone(
        "INDOORS", (0.3, 0.3), (16.4, 9.3), "supply, relay and fuse where nobody outside can reach them"
    )
    sheet.zone("DOOR", (16.4, 0.3), (24.7, 9.3))
    sheet.block((0.8, 2.1), (3.4, 7.5), "PS2\nthe lock's\nown supply\nSELV")
    sheet.terminal((3.4, _TOP_Y))
    sheet.terminal((3.4, _BOTTOM_Y))
    sheet.note((3.6, _TOP_Y + 0.55), plus, colour=RED)
    if minus:
        sheet.note((3.6, _BOTTOM_Y + 0.35), minus)
    sheet.part("fuse", (3.5, _TOP_Y), (7.2, _TOP_Y), "F1  1 A", "below")
    return sheet


def _normally_open(sheet: Sheet) -> None:
    """The relay's contact, and the exit button beside it: either closes."""
    common = (9.0, _TOP_Y)
    sheet.wire((7.2, _TOP_Y), common)
    opened = changeover(sheet, common).normally_open
    sheet.wire(opened, (13.4, opened[1]), (13.4, _TOP_Y), (15.4, _TOP_Y))
    sheet.wire((7.8, _TOP_Y), (7.8, 4.1), (9.0, 4.1))
    sheet.part("button", (9.0, 4.1), (11.2, 4.1), "S1 exit button (NO)")
    sheet.wire((11.2, 4.1), (13.4, 4.1), (13.4, _TOP_Y))
    sheet.dot((7.8, _TOP_Y), (13.4, _TOP_Y))


def _lock(sheet: Sheet, words: str) -> None:
    """The coil in the door, and the wires to it."""
    coil_x, end_x = 18.4, 20.6
    sheet.wire((15.4, _TOP_Y), (16.3, _TOP_Y))
    sheet.wire((3.5, _BOTTOM_Y), (16.3, _BOTTOM_Y))
    for y in (_TOP_Y, _BOTTOM_Y):
        sheet.terminal((16.4, y))
        sheet.wire((16.5, y), (end_x, y))
        sheet.dot((coil_x, y))
    sheet.part("resistor", (coil_x, _TOP_Y), (coil_x, _BOTTOM_Y))
    sheet.note((coil_x - 1.7, 4.7), words)
    sheet.note((16.9, 8.1), "in the frame or on the leaf,", "cable 2 x 0.5 mm² or more", colour=GREY)
