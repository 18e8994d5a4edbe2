"""The 40 positions of the header, and what each is for."""

from __future__ import annotations

from hardware.draw.pinout import pinout
from hardware.draw.sheet import BLACK, BLUE, GREY, ORANGE, VIOLET, Sheet
from hardware.draw.words import SMALL_POINTS

_ROW = 0.62
_COLOURS = {"3.3 V": VIOLET, "5 V": ORANGE, "GND": BLACK}
_FILLS = {"3.3 V": "#e9dcf5", "5 V": "#fde3c4", "GND": "#d9d9d9"}


def drawings() -> dict[str, Sheet]:
    """All of this subject, by file name."""
    return {"header": header()}


def header() -> Sheet:
    """Both rows as they stand, position 1 at the upper left."""
    sheet = Sheet(
        "The header: which pin does what",
        25,
        13.6,
        "From pinout.toml. Position 1 is at the corner beside the SD card.",
    )
    for count, name in enumerate(pinout().header):
        left = count % 2 == 0
        y = 12.5 - (count // 2) * _ROW
        x = 11.6 if left else 13.4
        words, colour, fill = _said(name)
        sheet.block((x - 0.8, y - 0.27), (x + 0.8, y + 0.27), str(count + 1), fill=fill)
        beside = x - 1.0 if left else x + 1.0
        sheet.text(
            (beside, y),
            words,
            align="right" if left else "left",
            colour=colour,
            bold=colour == BLUE,
            points=SMALL_POINTS,
        )
    sheet.text((11.6, 13.1), "inner row", align="center", points=SMALL_POINTS, colour=GREY)
    sheet.text((13.4, 13.1), "outer row", align="center", points=SMALL_POINTS, colour=GREY)
    return sheet


def _said(name: str) -> tuple[str, str, str]:
    if name in _COLOURS:
        return name, _COLOURS[name], _FILLS[name]
    pin = int(name.removeprefix("GPIO"))
    function = pinout().of_pin(pin)
    if function is not None:
        way = "output" if function.direction == "out" else "input"
        return f"{name}: {function.words} ({way}, pulled {function.boot} at boot)", BLUE, "#dbe9f8"
    return f"{name}: {_short(pin)}", GREY, "white"


def _short(pin: int) -> str:
    if pin in (9, 10, 11):
        return "free, where no SPI is on"
    words = {
        range(2): "not to be used (EEPROM of a HAT)",
        range(2, 4): "left alone (1.8 kΩ to 3.3 V)",
        range(14, 16): "left alone (serial port)",
        range(18, 22): "left alone (sound of a HAT)",
    }
    return next((text for pins, text in words.items() if pin in pins), "free")
