"""Lamps: one diode indoors, five outdoors behind a driver."""

from __future__ import annotations

from hardware.draw.compound import raspberry_pi
from hardware.draw.pinout import pinout
from hardware.draw.sheet import BLUE, GREY, ORANGE, Sheet
from hardware.draw.words import SMALL_POINTS

LAMPS = ("lamp_status", "lamp_calling", "lamp_talking", "lamp_released", "lamp_failure")


def drawings() -> dict[str, Sheet]:
    """All of this subject, by file name."""
    return {"lamp": one(), "lamps-five": five()}


def one() -> Sheet:
    """Enough indoors, or to try the station."""
    sheet = Sheet("A lamp beside the Pi", 16, 4.8)
    sheet.zone("INDOORS", (0.3, 0.3), (15.7, 4.5), "to try it: about 1 mA")
    raspberry_pi(sheet, (0.8, 0.8), (5.6, 3.9), {"lamp_status": 2.9, "GND": 1.2}, "left")
    sheet.wire((5.7, 2.9), (7.0, 2.9), colour=BLUE)
    sheet.part("resistor", (7.0, 2.9), (9.0, 2.9), "R1  1 kΩ")
    sheet.part("lamp", (11.0, 2.9), (11.0, 1.2), "D1", "left")
    sheet.wire((9.0, 2.9), (11.0, 2.9))
    sheet.wire((11.0, 1.2), (5.7, 1.2))
    return sheet


def five() -> Sheet:
    """All signs, at the door, by a chip of eight transistors that rests dark while its inputs float."""
    sheet = Sheet("Five lamps at the door: a driver indoors, never straight from the pins", 27, 11.4)
    sheet.zone("INDOORS", (0.3, 0.3), (19.4, 11.1))
    sheet.zone("OUTDOORS", (19.4, 0.3), (26.7, 11.1))
    supply, ground, bottom_lamp = 9.7, 1.2, 2.4
    heights = {name: bottom_lamp + 1.35 * (len(LAMPS) - 1 - count) for count, name in enumerate(LAMPS)}
    raspberry_pi(sheet, (0.8, 0.8), (5.8, 10.4), {"5 V": supply, **heights, "GND": ground}, "left")
    sheet.block((9.0, 0.8), (12.6, 9.0), "U1\nULN2803A")
    sheet.wire((5.9, supply), (13.6, supply), colour=ORANGE)
    sheet.part("fuse", (13.6, supply), (16.0, supply), "F1  500 mA")
    sheet.wire((16.0, supply), (24.6, supply), (24.6, bottom_lamp), colour=ORANGE)
    sheet.terminal((19.4, supply))
    sheet.wire((5.9, ground), (9.0, ground))
    sheet.note((9.15, ground), "9 GND")
    sheet.text((12.45, 8.4), "10 COM", align="right", points=SMALL_POINTS)
    sheet.wire((12.6, 8.4), (13.2, 8.4), (13.2, supply), colour=ORANGE)
    sheet.dot((13.2, supply))
    for count, (name, y) in enumerate(heights.items(), 1):
        sheet.wire((5.9, y), (9.0, y), colour=BLUE)
        sheet.note((9.15, y), f"{count}")
        sheet.text((12.45, y), f"{19 - count}", align="right", points=SMALL_POINTS)
        sheet.wire((12.6, y), (14.4, y))
        sheet.part("resistor", (14.4, y), (16.4, y))
        sheet.note((14.6, y + 0.48), f"R{count}  220 Ω")
        sheet.wire((16.4, y), (19.3, y))
        sheet.terminal((19.4, y))
        sheet.wire((19.5, y), (21.4, y))
        sheet.part("lamp", (24.0, y), (21.4, y))
        sheet.note((20.0, y + 0.32), f"D{count} {pinout().functions[name].words.removeprefix('lamp ')}")
        sheet.wire((24.0, y), (24.6, y))
        sheet.dot((24.6, y))
    sheet.note((13.4, 1.0), "about 10 mA each from 5 V", colour=GREY)
    return sheet
