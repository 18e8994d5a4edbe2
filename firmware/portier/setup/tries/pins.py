"""The pin factory that a child is told of on its command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from portier.adapters.gpio.factory import FactoryName, make_factory
from portier.errors import GpioError


def opened(name: str, mock_file: str) -> Any:
    """Open it; `mock_file` is empty where there is none. Raises GpioError."""
    factories: dict[str, FactoryName] = {one: one for one in get_args(FactoryName)}
    if name not in factories:
        raise GpioError(f'gpio: factory "{name}" is not known: set gpio.factory')
    return make_factory(factories[name], Path(mock_file) if mock_file else None)
