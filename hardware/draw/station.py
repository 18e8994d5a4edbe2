"""The whole station, its supplies, and its sound, as blocks and cables."""

from __future__ import annotations

from hardware.draw.pinout import pinout
from hardware.draw.sheet import BLACK, BLUE, GREY, ORANGE, RED, Sheet
from hardware.draw.words import SMALL_POINTS


def drawings() -> dict[str, Sheet]:
    """All of this subject, by file name."""
    return {"station": station(), "power": power(), "sound": sound()}


def station() -> Sheet:
    """What hangs where."""
    sheet = Sheet("The whole station: what hangs outdoors, and what must not", 27, 15.4)
    sheet.zone("OUTDOORS", (0.3, 0.3), (7.4, 15.1), "the box at the door")
    sheet.zone("INDOORS", (7.4, 0.3), (20.6, 15.1), "a locked housing")
    sheet.zone("DOOR", (20.6, 0.3), (26.7, 15.1), "seen from inside")
    sheet.block((12.8, 2.8), (16.8, 13.0), "Raspberry Pi")
    tag = pinout().tag
    rows = (
        (12.0, "bell button", "pair", "filter\n(button-far)", tag("bell")),
        (9.9, "lamps", "6 wires", "driver\n(lamps-five)", f"{tag('lamp_status')}\nand four more"),
        (7.8, "USB sound card,\nmicrophone", "USB, ≤ 3 m", "", "USB"),
        (5.7, "amplifier,\nloudspeaker", "5 V pair, fuse 1 A", "", "5 V (pin 4)"),
        (3.6, "tamper contact", "pair", "filter\n(contacts)", tag("tamper")),
    )
    for y, words, cable, between, pin in rows:
        sheet.block((0.9, y - 0.7), (5.0, y + 0.7), words)
        sheet.note((7.6, y + 0.3), cable, colour=GREY)
        sheet.note((13.0, y), pin, colour=BLUE)
        sheet.wire(
            (5.0, y), (9.6 if between else 12.8, y), colour=ORANGE if cable.startswith("5 V") else BLACK
        )
        if between:
            sheet.block((9.6, y - 0.7), (12.2, y + 0.7), between)
            sheet.wire((12.2, y), (12.8, y), colour=BLUE)
    sheet.block((13.6, 13.7), (16.0, 14.7), "network")
    sheet.wire((14.8, 13.7), (14.8, 13.0))
    sheet.block((7.8, 0.8), (11.0, 2.4), "PS1  5.1 V, 3 A\nthe Pi's")
    sheet.wire((11.0, 1.6), (14.0, 1.6), (14.0, 2.8), colour=ORANGE)
    sheet.block((16.0, 0.8), (19.4, 2.4), "PS2  12 V, 2 A\nthe lock's own")
    sheet.block((17.8, 10.4), (20.2, 13.0), "relay K1\nand its\ndriver")
    sheet.wire((16.8, 11.4), (17.8, 11.4), colour=BLUE)
    sheet.text((16.65, 11.0), tag("strike"), align="right", points=SMALL_POINTS, colour=BLUE)
    sheet.wire((18.4, 2.4), (18.4, 10.4), colour=RED)
    sheet.text((18.2, 5.2), "+12 V,\nfuse F1", align="right", points=SMALL_POINTS, colour=RED)
    sheet.block((21.6, 10.4), (26.0, 13.0), "strike or lock Y1\nwith its diode")
    sheet.wire((20.2, 11.7), (21.6, 11.7), colour=RED)
    sheet.block((21.6, 6.0), (24.6, 8.2), "exit button,\nfire contact")
    sheet.wire((19.6, 10.4), (19.6, 7.1), (21.6, 7.1), colour=RED)
    sheet.wire((23.1, 8.2), (23.1, 10.4), colour=RED)
    sheet.text(
        (21.3, 5.2),
        "on the lock's supply, by wire:\nin parallel or in series,\nsee locks.md",
        points=SMALL_POINTS,
        colour=GREY,
    )
    sheet.wire((19.4, 1.6), (25.6, 1.6), (25.6, 10.4))
    sheet.note((21.3, 1.95), "0 V")
    sheet.note((20.9, 13.6), "2 x 0.5 mm² or more", colour=GREY)
    return sheet


def power() -> Sheet:
    """Two supplies that share nothing."""
    sheet = Sheet("Supplies: the lock's and the Pi's have no wire in common", 25, 9.4)
    sheet.zone("INDOORS", (0.3, 0.3), (20.8, 9.1), "both safety extra-low voltage (SELV), each with its fuse")
    sheet.zone("DOOR", (20.8, 0.3), (24.7, 9.1))
    sheet.block((0.9, 2.0), (3.2, 7.4), "mains")
    sheet.wire((3.2, 6.4), (4.4, 6.4))
    sheet.wire((3.2, 2.9), (4.4, 2.9))
    sheet.block((4.4, 5.4), (8.2, 7.4), "PS1\n5.1 V DC, 3 A")
    sheet.block((4.4, 1.9), (8.2, 3.9), "PS2\n12 V DC, 2 A")
    sheet.note((4.4, 7.9), "or PoE and a splitter", colour=GREY)
    sheet.wire((8.2, 6.4), (11.0, 6.4), colour=ORANGE)
    sheet.note((8.5, 6.8), "short, thick lead", colour=GREY)
    sheet.block((11.0, 5.0), (14.2, 7.8), "Raspberry Pi")
    sheet.wire((14.2, 7.0), (16.6, 7.0), colour=ORANGE)
    sheet.note((14.4, 7.35), "5 V (pin 2)", colour=ORANGE)
    sheet.block((16.6, 6.4), (20.2, 7.7), "lamps, amplifier,\n1 A at most")
    sheet.wire((15.6, 7.0), (15.6, 5.2), (16.6, 5.2), colour=ORANGE)
    sheet.dot((15.6, 7.0))
    sheet.block((16.6, 4.5), (20.2, 5.9), "relay coil,\n72 mA")
    sheet.wire((8.2, 2.9), (10.4, 2.9), colour=RED)
    sheet.block((10.4, 2.2), (12.4, 3.6), "F1\n1 A")
    sheet.wire((12.4, 2.9), (16.6, 2.9), colour=RED)
    sheet.block((16.6, 2.2), (20.2, 3.6), "relay contact,\nexit button")
    sheet.wire((20.2, 2.9), (21.4, 2.9), colour=RED)
    sheet.block((21.4, 2.2), (24.2, 3.6), "strike")
    sheet.wire((22.8, 2.2), (22.8, 1.2), (6.3, 1.2), (6.3, 1.9))
    sheet.note((13.0, 0.85), "0 V: not joined to the Pi's GND anywhere")
    sheet.wire((18.4, 4.5), (18.4, 3.6), colour=GREY, dashed=True)
    sheet.note((18.6, 4.05), "only the\narmature", colour=GREY)
    return sheet


def sound() -> Sheet:
    """A USB card in the box at the door."""
    sheet = Sheet("Sound by a USB card: the analogue wires stay short", 25, 8.6)
    sheet.zone("OUTDOORS", (0.3, 0.3), (15.4, 8.3), "the box at the door")
    sheet.zone("INDOORS", (15.4, 0.3), (24.7, 8.3))
    sheet.block((0.9, 5.2), (4.6, 7.2), "microphone\nin rubber, low\nin the box")
    sheet.wire((4.6, 6.2), (9.6, 6.2))
    sheet.note((4.9, 6.55), "screened, < 30 cm; at the\ncapsule 33 pF and 10 pF", colour=GREY)
    sheet.block((9.6, 4.6), (13.2, 7.2), "sound card\nUSB, CM108B\nor CM119")
    sheet.block((0.9, 0.9), (4.6, 3.3), "loudspeaker\n4 or 8 Ω, 2 W,\nclosed back,\n≥ 15 cm away")
    sheet.block((6.4, 0.9), (9.4, 3.3), "amplifier\nclass D, 5 V,\n2 to 3 W")
    sheet.wire((4.6, 2.1), (6.4, 2.1))
    sheet.note((4.75, 2.6), "twisted,\nbeads", colour=GREY)
    sheet.wire((9.4, 2.1), (11.4, 2.1), (11.4, 4.6))
    sheet.note((11.6, 3.4), "line out, volume\nset at the amplifier", colour=GREY)
    sheet.wire((13.2, 5.9), (18.2, 5.9))
    sheet.note((15.6, 6.2), "USB, ≤ 3 m", colour=GREY)
    sheet.block((18.2, 1.2), (23.6, 7.0), "Raspberry Pi")
    sheet.wire((8.0, 0.9), (8.0, 0.6), (17.2, 0.6), (17.2, 2.2), (18.2, 2.2), colour=ORANGE)
    sheet.note((15.6, 1.5), "5 V pair,\nfuse 1 A", colour=ORANGE)
    return sheet
