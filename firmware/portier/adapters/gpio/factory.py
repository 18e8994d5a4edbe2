"""The pin factory the configuration names, or an error that says what to do: never a silent fallback."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any, Literal

from gpiozero.exc import GPIOZeroError

from portier.errors import GpioError

FactoryName = Literal["lgpio", "rpigpio", "mock"]

_CLASSES: dict[FactoryName, tuple[str, str]] = {
    "lgpio": ("gpiozero.pins.lgpio", "LGPIOFactory"),
    "rpigpio": ("gpiozero.pins.rpigpio", "RPiGPIOFactory"),
    "mock": ("gpiozero.pins.mock", "MockFactory"),
}
_EXTRAS = {
    "lgpio": 'install it with "pip install portier[pi]"',
    "rpigpio": 'install it with "pip install portier[rpigpio]"',
    "mock": "install gpiozero",
}


def make_factory(name: FactoryName, mock_file: Path | None = None) -> Any:
    """Open the named gpiozero pin factory; `mock_file` is where mocked pins can be seen from outside.

    Raises:
        GpioError: the library is missing, this is no Raspberry Pi, or the rights are.
    """
    if name == "mock" and mock_file is not None:
        return _mirrored(mock_file)
    module, class_name = _CLASSES[name]
    try:
        return getattr(importlib.import_module(module), class_name)()
    except ImportError as error:
        raise GpioError(f'gpio: factory "{name}" cannot be loaded: {error}; {_EXTRAS[name]}') from error
    except (OSError, RuntimeError, GPIOZeroError) as error:
        raise GpioError(f'gpio: factory "{name}" cannot open the pins: {error}; {_advice(error)}') from error
    except Exception as error:
        # lgpio raises an exception class of its own, with no base but Exception.
        if type(error).__module__ != "lgpio":
            raise
        raise GpioError(f'gpio: factory "{name}" cannot open the pins: {error}; {_advice(error)}') from error


def claim_errors() -> tuple[type[Exception], ...]:
    """What claiming or driving a pin may raise: gpiozero's errors, the kernel's, and those of lgpio."""
    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError, RuntimeError, *([lgpio.error] if lgpio else []))


def _mirrored(path: Path) -> Any:
    from portier.bench.mirrored import MirroredFactory

    try:
        return MirroredFactory(path)
    except OSError as error:
        raise GpioError(
            f'gpio: the file of mocked pins "{path}" cannot be had: {error.strerror}; set gpio.mock_file'
        ) from error


def _advice(error: Exception) -> str:
    if isinstance(error, PermissionError) or "permission" in str(error).lower():
        return 'run as a user of the group "gpio"'
    return 'is this a Raspberry Pi, and is the user in the group "gpio"? On a bench set gpio.factory = "mock"'
