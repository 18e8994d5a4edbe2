"""Which pins may carry what: numbers of the chip (BCM), as far as the Pi's own use of a pin allows."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field

# Until a program claims it, a pin follows the Pi: its resistors, the boot messages, its buses. What is left
# are the quiet pins of hardware/pinout.toml.
_NOT_FOR_A_STRIKE = {
    **dict.fromkeys((2, 3), "has a fixed pull-up to 3.3 V: it would release the door at power-up"),
    **dict.fromkeys(range(4, 9), "is pulled up while the Pi boots: it would release the door"),
    **dict.fromkeys(
        range(9, 12), "is a line of SPI, which moves it where it is on: it would release the door"
    ),
    14: "carries the Pi's boot messages: they would release the door",
    15: "is pulled up when the serial port is on: it would release the door",
    **dict.fromkeys(range(18, 22), "is a line of I2S, which a sound HAT moves: it would release the door"),
}


_HIGH_AT_BOOT = {2, 3, 4, 5, 6, 7, 8, 14, 15}


def _pin(pin: int) -> int:
    if pin in {0, 1}:
        raise ValueError("belongs to the EEPROM of a HAT")
    if not 2 <= pin <= 27:
        raise ValueError("is not a GPIO number of the header, whose positions are counted otherwise")
    return pin


def _strike_pin(pin: int) -> int:
    if pin in _NOT_FOR_A_STRIKE:
        raise ValueError(_NOT_FOR_A_STRIKE[pin])
    return _pin(pin)


def quiet_at_boot(else_: str) -> Callable[[int], int]:
    """Refuse a pin that is high while the Pi boots, for an output that `else_` would happen on."""

    def check(pin: int) -> int:
        if pin in _HIGH_AT_BOOT:
            raise ValueError(f"is high while the Pi boots: {else_}")
        return pin

    return check


Pin = Annotated[int, AfterValidator(_pin), Field(json_schema_extra={"allowed": "GPIO 2 to 27"})]
StrikePin = Annotated[
    int,
    AfterValidator(_strike_pin),
    Field(json_schema_extra={"allowed": "GPIO 12, 13, 16, 17 and 22 to 27"}),
]
