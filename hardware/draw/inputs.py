"""Buttons: near, far, behind an optocoupler, four of them; and contacts that the station is to read."""

from __future__ import annotations

from hardware.draw.compound import raspberry_pi
from hardware.draw.pinout import pinout
from hardware.draw.sheet import BLUE, GREY, RED, VIOLET, Sheet

BUTTONS = ("bell", "second_button", "third_button", "fourth_button")


def drawings() -> dict[str, Sheet]:
    """All of this subject, by file name."""
    return {
        "button-near": near(),
        "button-far": far(),
        "button-opto": opto(),
        "buttons-four": four(),
        "contacts": contacts(),
    }


def near() -> Sheet:
    """In the same housing as the Pi."""
    sheet = Sheet("Button within a metre of the Pi, in the same housing", 19, 5.6)
    sheet.zone("INDOORS", (0.3, 0.3), (18.7, 5.3), "or all in one box at the door, the relay elsewhere")
    sheet.part("button", (1.6, 3.2), (3.6, 3.2), "S1 bell")
    sheet.wire((3.6, 3.2), (4.6, 3.2))
    sheet.part("resistor", (4.6, 3.2), (7.0, 3.2), "R1  1 kΩ")
    sheet.wire((7.0, 3.2), (12.9, 3.2), colour=BLUE)
    sheet.wire((1.6, 3.2), (1.6, 1.4), (12.9, 1.4))
    sheet.note((7.6, 2.3), "the chip's own pull-up", "holds it high (about 50 kΩ)", colour=GREY)
    raspberry_pi(sheet, (13.0, 0.8), (17.8, 4.4), {"bell": 3.2, "GND": 1.4})
    return sheet


def far() -> Sheet:
    """On a cable of up to thirty metres."""
    sheet = Sheet("Button on a cable of up to 30 m, in the same building", 25, 8.0)
    sheet.zone("OUTDOORS", (0.3, 0.3), (5.2, 7.7))
    sheet.zone("INDOORS", (5.2, 0.3), (24.7, 7.7), "terminal and filter beside the Pi")
    line, ground, supply = 3.8, 1.6, 6.4
    sheet.part("button", (1.2, line), (3.2, line), "S1 bell\ngold contact")
    sheet.wire((1.2, line), (1.2, ground), (8.2, ground))
    sheet.wire((3.2, line), (8.2, line))
    sheet.note((5.6, 2.9), "one twisted pair,", "screen to GND", "at the Pi only", colour=GREY)
    sheet.note((8.9, 2.7), "ferrite clip,", "2 to 3 turns", colour=GREY)
    sheet.terminal((8.3, line))
    sheet.terminal((8.3, ground))
    sheet.wire((8.4, line), (14.6, line))
    sheet.wire((8.4, ground), (20.5, ground))
    sheet.part("surge diode", (11.4, line), (11.4, ground), "D1 TVS\nSMAJ5.0CA", "right")
    sheet.part("resistor", (13.6, line), (13.6, supply), "R1\n1 kΩ ¼ W", "left")
    sheet.wire((13.6, supply), (20.5, supply), colour=VIOLET)
    sheet.part("resistor", (14.6, line), (16.6, line), "R2  4.7 kΩ")
    sheet.wire((16.6, line), (20.5, line), colour=BLUE)
    sheet.part("capacitor", (18.6, line), (18.6, ground), "C1\n100 nF", "left")
    sheet.dot((11.4, line), (11.4, ground), (13.6, line), (18.6, line), (18.6, ground))
    raspberry_pi(sheet, (20.6, 0.9), (24.2, 7.2), {"3.3 V": supply, "bell": line, "GND": ground})
    return sheet


def opto() -> Sheet:
    """Farther, or in another building."""
    sheet = Sheet("Button farther away, or in another building: an optocoupler", 26, 8.6)
    sheet.zone("OUTDOORS", (0.3, 0.3), (5.4, 8.3), "any distance")
    sheet.zone("INDOORS", (5.4, 0.3), (25.7, 8.3))
    top, line, ground = 6.4, 3.4, 1.2
    sheet.part("button", (1.6, top), (3.6, top), "S1 bell")
    sheet.wire((3.6, top), (5.3, top))
    sheet.wire((1.6, top), (1.6, line), (5.3, line))
    sheet.note((2.0, 4.9), "one pair", colour=GREY)
    sheet.terminal((5.4, top))
    sheet.terminal((5.4, line))
    sheet.part("fuse", (5.5, top), (7.5, top), "F1  100 mA")
    sheet.wire((7.5, top), (8.0, top), colour=RED)
    sheet.rail((8.0, top), "+12 V")
    sheet.wire((5.5, line), (6.6, line))
    sheet.part("resistor", (6.6, line), (8.6, line), "R1  2.2 kΩ")
    sheet.wire((8.6, line), (14.2, line))
    sheet.part("resistor", (9.6, line), (9.6, ground), "R2\n1 kΩ", "left")
    sheet.part("diode", (11.6, ground), (11.6, line), "D1\n1N4148", "left")
    sheet.terminal((6.5, ground), "0 V")
    sheet.wire((6.6, ground), (14.2, ground))
    sheet.frame((12.9, 0.8), (16.5, 4.4), "U1 PC817")
    sheet.part("lamp", (14.2, line), (14.2, ground))
    sheet.wire((15.2, 2.7), (15.2, 1.9), width=2)
    sheet.wire((15.2, 2.4), (16.0, 3.0), (16.0, line), (17.0, line))
    sheet.wire((15.2, 2.2), (16.0, 1.6), (16.0, ground), (20.9, ground))
    sheet.wire((17.0, line), (20.9, line), colour=BLUE)
    sheet.part("resistor", (17.8, line), (17.8, top), "R3\n10 kΩ", "left")
    sheet.wire((17.8, top), (20.9, top), colour=VIOLET)
    sheet.part("capacitor", (19.4, line), (19.4, ground), "C1\n100 nF", "left")
    sheet.dot((9.6, line), (9.6, ground), (11.6, line), (11.6, ground))
    sheet.dot((17.8, line), (19.4, line), (19.4, ground))
    sheet.note(
        (9.2, 6.5),
        "The loop has a supply of its own;",
        "its 0 V and the Pi's GND are not joined.",
        "24 V: R1 is 4.7 kΩ.",
        "R2 is needed: without it hum presses the button.",
    )
    raspberry_pi(sheet, (21.0, 0.7), (25.2, 7.2), {"3.3 V": top, "bell": line, "GND": ground})
    return sheet


def four() -> Sheet:
    """Four buttons, a pair each."""
    sheet = Sheet("Four buttons on one cable: a pair and a filter for each", 27, 16.6)
    sheet.zone("OUTDOORS", (0.3, 0.3), (5.4, 16.3))
    sheet.zone("INDOORS", (5.4, 0.3), (26.7, 16.3), "terminals and filters beside the Pi")
    sheet.wire((13.0, 14.6), (21.9, 14.6), colour=VIOLET)
    ends = {"3.3 V": 14.6}
    for count, name in enumerate(BUTTONS):
        y = 12.4 - count * 3.4
        sheet.part("button", (1.3, y), (3.3, y), f"S{count + 1} {pinout().functions[name].words}")
        sheet.wire((3.3, y), (9.1, y))
        sheet.wire((1.3, y), (1.3, y - 1.2), (9.1, y - 1.2))
        sheet.note((5.7, y - 0.6), f"pair {count + 1} of the cable", colour=GREY)
        _filter(sheet, y, count + 1)
        sheet.wire((17.0, y), (21.9, y), colour=BLUE)
        sheet.dot((11.9, y - 1.2))
        ends[name] = y
    sheet.wire((13.0, 13.7), (13.0, 14.6), colour=VIOLET)
    sheet.wire((11.9, 11.2), (11.9, 1.0))
    sheet.wire((17.0, 1.0), (21.9, 1.0))
    sheet.note((18.0, 15.6), "D1 to D4: SMAJ5.0CA")
    raspberry_pi(sheet, (22.0, 0.6), (26.4, 15.6), {**ends, "GND": 1.0})
    return sheet


def contacts() -> Sheet:
    """What the station observes: it only ever looks on."""
    title = "Contacts that the station observes: each acts by its own wires, without the station"
    sheet = Sheet(title, 27, 14.0)
    sheet.zone(
        "INDOORS", (0.3, 0.3), (26.7, 13.7), "none of these moves a lock: the door obeys its own wires"
    )
    supply, ground, tamper = 12.0, 1.4, 3.0
    rows = {
        "door_contact": (11.0, True, "S1 door contact,\nclosed while the door is"),
        "exit_button": (8.6, False, "S2 second contact\nof the exit button (NO)"),
        "fire_contact": (6.2, True, "S3 second contact of the\nfire contact (NC)"),
    }
    sheet.wire((1.2, 6.2), (1.2, supply), (9.2, supply), colour=VIOLET)
    sheet.part("resistor", (9.2, supply), (11.2, supply), "R1  100 Ω", "below")
    sheet.wire((11.2, supply), (22.0, supply), colour=VIOLET)
    sheet.wire((18.0, 9.4), (18.0, ground))
    ends = {"3.3 V": supply}
    for name, (y, closed, words) in rows.items():
        sheet.wire((1.2, y), (2.0, y))
        sheet.part("resistor", (10.4, y), (10.4, y - 1.6), "2.2 kΩ", "left")
        sheet.wire((10.4, y - 1.6), (18.0, y - 1.6))
        sheet.dot((1.2, y), (10.4, y), (16.4, y - 1.6), (18.0, y - 1.6))
        _contact_line(sheet, y, y - 1.6, words, closed=closed)
        ends[name] = y
    sheet.wire((2.0, tamper), (1.2, tamper), (1.2, ground), (22.0, ground))
    sheet.part("resistor", (9.4, tamper), (9.4, tamper + 1.3))
    sheet.note((9.75, tamper + 0.75), "1 kΩ")
    sheet.rail((9.4, tamper + 1.2), "3.3 V")
    sheet.dot((9.4, tamper), (16.4, ground), (18.0, ground))
    _contact_line(
        sheet, tamper, ground, "S4 tamper contact in the outdoor box,\nclosed while that is", closed=True
    )
    sheet.note(
        (1.2, 0.85),
        "On a cable of more than a metre, each line also has the surge diode of button-far, and the pair is "
        "twisted. A cut wire reads as door ajar, fire, or an opened box.",
    )
    raspberry_pi(sheet, (22.0, 1.0), (26.4, 13.1), {**ends, "tamper": tamper, "GND": ground})
    return sheet


def _filter(sheet: Sheet, y: float, count: int) -> None:
    """Terminals, surge diode, pull-up, series resistor and capacitor of one button of four."""
    ground = y - 1.2
    sheet.terminal((9.2, y))
    sheet.terminal((9.2, ground))
    sheet.wire((9.3, y), (14.4, y))
    sheet.wire((9.3, ground), (17.0, ground))
    sheet.part("surge diode", (10.6, y), (10.6, ground))
    sheet.note((10.95, y - 0.6), f"D{count}")
    sheet.part("resistor", (13.0, y), (13.0, y + 1.3))
    sheet.note((13.4, y + 0.65), f"R{count}1  1 kΩ")
    if count > 1:
        sheet.rail((13.0, y + 1.25), "3.3 V")
    sheet.part("resistor", (14.4, y), (16.0, y))
    sheet.note((14.5, y - 0.55), f"R{count}2  4.7 kΩ")
    sheet.wire((16.0, y), (17.0, y), colour=BLUE)
    sheet.part("capacitor", (17.0, y), (17.0, ground))
    sheet.note((17.35, y - 0.6), f"C{count}  100 nF")
    sheet.dot((10.6, y), (10.6, ground), (13.0, y), (17.0, y))


def _contact_line(sheet: Sheet, y: float, ground: float, words: str, *, closed: bool) -> None:
    """A contact, its series resistor and its capacitor."""
    sheet.part("closed contact" if closed else "open contact", (2.0, y), (3.6, y))
    sheet.note((3.9, y + (0.55 if "\n" in words else 0.45)), words)
    sheet.wire((3.6, y), (12.6, y))
    sheet.part("resistor", (12.6, y), (14.6, y), "4.7 kΩ")
    sheet.part("capacitor", (16.4, y), (16.4, ground), "100 nF", "left")
    sheet.wire((14.6, y), (22.0, y), colour=BLUE)
    sheet.dot((16.4, y))
