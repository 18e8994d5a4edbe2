"""From a pin to a relay's contact: by level, by heartbeat, with a limit in hardware, by a bought board."""

from __future__ import annotations

from hardware.draw.compound import changeover, inverter, raspberry_pi, transistor
from hardware.draw.pinout import pinout
from hardware.draw.sheet import BLUE, GREY, ORANGE, Place, Sheet
from hardware.draw.words import SMALL_POINTS, Align

_GROUND_Y, _PIN_Y, _SUPPLY_Y = 1.6, 3.8, 6.4
_ENDS = {"5 V": _SUPPLY_Y, "strike": _PIN_Y, "GND": _GROUND_Y}
_OUT_OF_REACH = "where nobody outside can reach it"


def drawings() -> dict[str, Sheet]:
    """All of this subject, by file name."""
    return {
        "relay": level(),
        "relay-heartbeat": heartbeat(),
        "relay-one-shot": one_shot(),
        "relay-board": board(),
    }


def level() -> Sheet:
    """The plain driver."""
    sheet = Sheet('Relay, drive = "level": the pin is high while the door is released', 20, 8.6)
    sheet.zone("INDOORS", (0.3, 0.3), (19.7, 8.3), _OUT_OF_REACH)
    raspberry_pi(sheet, (0.8, 1.2), (4.2, 7.2), _ENDS, "left")
    sheet.wire((4.3, _PIN_Y), (5.0, _PIN_Y), colour=BLUE)
    sheet.part("resistor", (5.0, _PIN_Y), (7.0, _PIN_Y), "R1  1 kΩ")
    _driver(sheet, (8.8, _PIN_Y), from_x=7.0, drain="R2\n10 kΩ")
    sheet.note(
        (5.0, 0.85),
        "R2 is the pull-down. It is compulsory: a stopped program",
        "leaves the pin floating, and the chip's own is off by then.",
    )
    return sheet


def heartbeat() -> Sheet:
    """The charge pump before the driver."""
    sheet = Sheet('Relay, drive = "heartbeat": the pin toggles while the door is released', 26, 8.6)
    sheet.zone("INDOORS", (0.3, 0.3), (25.7, 8.3), _OUT_OF_REACH)
    raspberry_pi(sheet, (0.8, 1.2), (4.2, 7.2), _ENDS, "left")
    sheet.wire((4.3, _PIN_Y), (6.4, _PIN_Y), colour=BLUE)
    sheet.part("resistor", (5.6, _PIN_Y), (5.6, _GROUND_Y), "R3\n10 kΩ", "left")
    sheet.part("resistor", (6.4, _PIN_Y), (8.4, _PIN_Y), "R1  1 kΩ")
    sheet.part("capacitor", (8.4, _PIN_Y), (10.2, _PIN_Y), "C1  1 µF")
    sheet.part("schottky", (10.2, _GROUND_Y), (10.2, _PIN_Y), "D2a", "left")
    sheet.part("schottky", (10.2, _PIN_Y), (12.0, _PIN_Y), "D2b")
    sheet.part("capacitor", (12.4, _PIN_Y), (12.4, _GROUND_Y), "C2\n4.7 µF", "left")
    sheet.wire((12.0, _PIN_Y), (12.4, _PIN_Y))
    for x in (5.6, 10.2, 12.4):
        sheet.dot((x, _PIN_Y), (x, _GROUND_Y))
    _driver(sheet, (15.0, _PIN_Y), from_x=12.4, drain="R2\n100 kΩ")
    sheet.note(
        (5.0, 0.85),
        "D2: BAT54S, two diodes in one case (1 to GND, 3 to C1, 2 to C2). C1, C2: X7R or film, ±10 %, 16 V.",
        "A level, high or low, gives the transistor no voltage: only edges do. By simulation the relay is on",
        "40 ms after the first edge, and off within 1 s of the last one. R3 keeps hum from making edges.",
    )
    return sheet


def one_shot() -> Sheet:
    """A limit of twelve seconds, whatever the pin does."""
    sheet = Sheet("One-shot: some 12 s of release at the most, without software", 28, 10.6)
    sheet.zone("INDOORS", (0.3, 0.3), (27.7, 10.3), "between the pin, or the charge pump, and the transistor")
    ground, supply, middle = 1.6, 8.6, 4.6
    sheet.terminal((1.5, supply), "+5 V", "below", ORANGE)
    sheet.wire((1.6, supply), (20.2, supply), colour=ORANGE)
    sheet.terminal((1.5, ground), "GND", "above")
    sheet.wire((1.6, ground), (21.4, ground))
    sheet.terminal((1.5, middle), "IN", "above", BLUE)
    sheet.note(
        (0.6, 3.5),
        "the pump's C2: R1 is",
        "its R2; or, with 10 kΩ,",
        f"{pinout().tag('strike')}",
        colour=GREY,
    )
    sheet.wire((1.6, middle), (4.4, middle), colour=BLUE)
    sheet.part("resistor", (3.7, middle), (3.7, ground), "R1\n100 kΩ", "right")
    first = inverter(sheet, (4.4, middle), "1  U1a  2")
    sheet.wire(first, (7.0, middle))
    sheet.wire((7.0, middle), (7.0, 3.2), (7.6, 3.2))
    second = inverter(sheet, (7.6, 3.2), "3  U1b  4")
    sheet.wire(second, (12.2, 3.2), (12.2, 4.2), (13.6, 4.2))
    sheet.wire((7.0, middle), (7.0, 6.0), (7.6, 6.0))
    sheet.part("capacitor", (7.6, 6.0), (9.2, 6.0), "C1  10 nF")
    sheet.wire((9.2, 6.0), (13.6, 6.0))
    sheet.part("resistor", (9.7, 6.0), (9.7, supply), "R2\n10 kΩ", "left")
    sheet.part("diode", (11.2, 6.0), (11.2, supply), "D1\n1N4148", "right")
    sheet.dot((3.7, middle), (3.7, ground), (7.0, middle))
    sheet.dot((9.7, 6.0), (11.2, 6.0), (9.7, supply), (11.2, supply))
    _timer(sheet, ground, supply)
    sheet.wire((18.0, 5.1), (22.2, 5.1), colour=BLUE)
    sheet.part("resistor", (22.2, 5.1), (24.2, 5.1), "R4  1 kΩ")
    sheet.wire((24.2, 5.1), (24.9, 5.1), colour=BLUE)
    sheet.terminal((25.0, 5.1), "OUT", "above", BLUE)
    sheet.note((24.0, 4.1), "to the gate of Q1,", "with its own 10 kΩ", "to ground (relay)", colour=GREY)
    sheet.note(
        (1.0, 0.85),
        "U1: 74HCT14, pin 14 to +5 V, 7 to GND, unused inputs 5, 9, 11 and 13 to GND. 100 nF from +5 V to "
        "GND at U1 and at U2.",
        "R3 1 %, C2 film ±10 %: 10.6 to 13.6 s, never shorter than the 10 s that a release may last "
        "(max_release_s).",
    )
    return sheet


def board() -> Sheet:
    """A bought relay board with an active-low input, behind a transistor of one's own."""
    sheet = Sheet("A bought relay board, active low: behind a transistor it rests de-energised", 24, 8.6)
    sheet.zone("INDOORS", (0.3, 0.3), (23.7, 8.3), _OUT_OF_REACH)
    raspberry_pi(sheet, (0.8, 1.2), (4.2, 7.2), _ENDS, "left")
    sheet.wire((4.3, _PIN_Y), (5.6, _PIN_Y), colour=BLUE)
    sheet.part("resistor", (5.6, _PIN_Y), (7.6, _PIN_Y), "R1  1 kΩ")
    sheet.wire((7.6, _PIN_Y), (8.6, _PIN_Y))
    sheet.part("resistor", (7.6, _PIN_Y), (7.6, _GROUND_Y), "R2\n10 kΩ", "left")
    drain, source = transistor(sheet, (8.6, _PIN_Y), "Q1\nAO3400A")
    sheet.wire(source, (source[0], _GROUND_Y))
    sheet.dot((7.6, _PIN_Y), (7.6, _GROUND_Y), (source[0], _GROUND_Y))
    sheet.wire(drain, (drain[0], 5.0), (12.9, 5.0), colour=BLUE)
    sheet.wire((4.3, _SUPPLY_Y), (12.9, _SUPPLY_Y), colour=ORANGE)
    sheet.wire((4.3, _GROUND_Y), (12.9, _GROUND_Y))
    sheet.frame((13.0, 1.2), (19.6, 7.5), "relay board, 5 V")
    for y, words in ((_SUPPLY_Y, "VCC"), (5.0, "IN1  (low = on)"), (_GROUND_Y, "GND")):
        sheet.terminal((13.0, y), words, "right")
    sheet.note((13.3, 3.3), "JD-VCC jumper on:", "coil and input", "share the 5 V", colour=GREY)
    _contact(sheet, (17.2, 4.6), 2.6, 19.6)
    sheet.note(
        (0.8, 0.65),
        "Never straight from the pin to IN1: claiming a pin drives it low for a moment, which releases the "
        "door, and 3.3 V does not switch every such board off.",
    )
    return sheet


def _driver(sheet: Sheet, gate: Place, from_x: float, drain: str) -> None:
    """The resistor from gate to ground, the transistor, the relay with its diode, and its contact."""
    x, y = gate
    sheet.wire((from_x, y), gate)
    sheet.part("resistor", (x - 0.6, y), (x - 0.6, _GROUND_Y), drain, "left")
    sheet.dot((x - 0.6, y), (x - 0.6, _GROUND_Y))
    top, bottom = transistor(sheet, gate, "Q1\nAO3400A")
    coil_x, diode_x = top[0], top[0] - 1.5
    sheet.wire(bottom, (coil_x, _GROUND_Y))
    sheet.wire((4.3, _GROUND_Y), (coil_x, _GROUND_Y))
    sheet.wire((4.3, _SUPPLY_Y), (coil_x, _SUPPLY_Y), colour=ORANGE)
    sheet.part("resistor", top, (coil_x, _SUPPLY_Y))
    sheet.part("diode", (diode_x, top[1]), (diode_x, _SUPPLY_Y), "D1\n1N4007", "left")
    sheet.wire(top, (diode_x, top[1]))
    sheet.dot(top, (diode_x, _SUPPLY_Y))
    middle_y = (top[1] + _SUPPLY_Y) / 2
    sheet.text((coil_x + 0.4, middle_y + 0.35), "K1, coil 5 V")
    blade = _contact(sheet, (coil_x + 3.6, middle_y + 0.2), middle_y - 1.6, coil_x + 6.8)
    sheet.wire((coil_x + 0.25, middle_y), blade, colour=GREY, dashed=True)


def _contact(sheet: Sheet, common: Place, common_end_y: float, end_x: float) -> Place:
    """The relay's contact and the three terminals for the lock; where its blade is."""
    ends = changeover(sheet, common)
    sheet.wire(common, (common[0], common_end_y), (end_x - 0.1, common_end_y))
    sheet.wire(ends.normally_open, (end_x - 0.1, ends.normally_open[1]))
    sheet.wire(ends.normally_closed, (end_x - 0.1, ends.normally_closed[1]))
    for y, words in (
        (ends.normally_open[1], "NO"),
        (ends.normally_closed[1], "NC"),
        (common_end_y, "COM"),
    ):
        sheet.terminal((end_x, y), words, "right")
    sheet.note((end_x + 0.2, common_end_y - 0.7), "to the lock:", "see locks.md", colour=GREY)
    return ends.blade


def _timer(sheet: Sheet, ground: float, supply: float) -> None:
    left, right, middle = 13.6, 18.0, 15.8
    sheet.block((left, 2.8), (right, 7.2), "U2\nTLC555")
    pins: tuple[tuple[float, float, str, Align], ...] = (
        (left + 0.15, 6.0, "2 TRIG", "left"),
        (left + 0.15, 4.2, "4 RESET", "left"),
        (right - 0.15, 6.6, "7 DISCH", "right"),
        (right - 0.15, 6.0, "6 THRES", "right"),
        (right - 0.15, 5.1, "3 OUT", "right"),
        (right - 0.15, 3.6, "5 CONT", "right"),
        (middle, 6.95, "8", "center"),
        (middle, 3.05, "1", "center"),
    )
    for x, y, words, align in pins:
        sheet.text((x, y), words, align=align, points=SMALL_POINTS)
    sheet.wire((middle, 7.2), (middle, supply), colour=ORANGE)
    sheet.wire((middle, 2.8), (middle, ground))
    sheet.wire((right, 6.0), (19.0, 6.0), (19.0, 6.6))
    sheet.wire((right, 6.6), (21.4, 6.6), (21.4, 4.6))
    sheet.part("resistor", (20.2, 6.6), (20.2, supply), "R3\n1.1 MΩ", "left")
    sheet.part("capacitor", (21.4, 4.6), (21.4, ground), "C2\n10 µF", "right")
    sheet.wire((right, 3.6), (18.9, 3.6))
    sheet.part("capacitor", (18.9, 3.6), (18.9, ground), "C3\n10 nF", "right")
    sheet.dot((19.0, 6.6), (20.2, 6.6), (middle, supply), (middle, ground), (18.9, ground))
