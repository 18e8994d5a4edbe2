"""Drives pins low without gpiozero: for `portier lock`, when nothing else of the station may work."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

_CHIPS = Path("/dev")


class Lowered(NamedTuple):
    """What came of it: `by` what, the pins that are low, those another program holds, those that failed."""

    by: str
    low: list[int]
    held: list[int]
    failed: dict[int, str]


def lower(factory: str, mock_file: Path | None, pins: Iterable[int]) -> Lowered:
    """Drive each pin low, and leave it so. Raises whatever its library raises when it has no pins at all."""
    if factory == "lgpio":
        with _lgpio_folder():
            return _by_lgpio(pins)
    if factory == "rpigpio":
        with _lgpio_folder():
            return _by_rpigpio(pins)
    if mock_file is None:
        return Lowered("mocked pins, which ended with their program", sorted(pins), [], {})
    return _by_file(mock_file, pins)


def _by_lgpio(pins: Iterable[int]) -> Lowered:
    lgpio = importlib.import_module("lgpio")
    handle, name = _header(lgpio)
    try:
        return _each(pins, f"lgpio, {name}", lambda pin: lgpio.gpio_claim_output(handle, pin, 0))
    finally:
        lgpio.gpiochip_close(handle)


def _by_rpigpio(pins: Iterable[int]) -> Lowered:
    gpio = importlib.import_module("RPi.GPIO")
    gpio.setwarnings(False)
    gpio.setmode(gpio.BCM)
    return _each(pins, "RPi.GPIO", lambda pin: gpio.setup(pin, gpio.OUT, initial=gpio.LOW))


def _by_file(path: Path, pins: Iterable[int]) -> Lowered:
    from portier.bench.pinfile import PinFile

    file = PinFile(path)

    def low(pin: int) -> None:
        file.claim(pin)
        file.show(pin, "output", level=False)
        file.give_back(pin)

    try:
        return _each(pins, f"mocked pins in {path}", low)
    finally:
        file.close()


def _each(pins: Iterable[int], by: str, low: Callable[[int], object]) -> Lowered:
    """Try every pin, whatever became of the others."""
    done = Lowered(by, [], [], {})
    for pin in sorted(pins):
        try:
            low(pin)
        except Exception as error:  # noqa: BLE001 -- each library has a class of its own
            if any(word in str(error).lower() for word in ("busy", "held", "in use")):
                done.held.append(pin)
            else:
                done.failed[pin] = f"{error}"
        else:
            done.low.append(pin)
    return done


def _header(lgpio: Any) -> tuple[int, str]:
    """Open the chip of the header's pins. Its number differs by model and kernel, its label does not."""
    for number in _numbers():
        with suppress(lgpio.error):
            handle = lgpio.gpiochip_open(number)
            label = str(lgpio.gpio_get_chip_info(handle)[3])
            if label.startswith("pinctrl-"):
                return handle, f"gpiochip{number} {label}"
            lgpio.gpiochip_close(handle)
    return lgpio.gpiochip_open(0), "gpiochip0"


def _numbers() -> list[int]:
    names = [path.name.removeprefix("gpiochip") for path in _CHIPS.glob("gpiochip*")]
    return sorted(int(name) for name in names if name.isdecimal())


@contextmanager
def _lgpio_folder() -> Iterator[None]:
    """lgpio makes a pipe in its working folder as it is imported, and fails where it cannot."""
    if "LG_WD" in os.environ or os.access(".", os.W_OK):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="portier-lock-", ignore_cleanup_errors=True) as folder:
        os.environ["LG_WD"] = folder
        yield
