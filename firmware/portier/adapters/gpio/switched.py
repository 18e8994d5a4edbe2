"""An output that is on or off, high while it is on: the local gong, the light of the stairs."""

from __future__ import annotations

import time
from typing import Any

from gpiozero import OutputDevice

from portier.adapters.gpio.factory import claim_errors
from portier.errors import GpioError
from portier.facts import PinChange
from portier.ports import Tell, unheard


class SwitchedOutput:
    """Claims a pin as an output, low; `tell` hears of each change, by `name`.

    Raises GpioError when the pin cannot be claimed.
    """

    def __init__(self, factory: Any, pin: int, name: str, tell: Tell = unheard) -> None:
        self._name = name
        self._tell = tell
        try:
            self._output = OutputDevice(pin, initial_value=False, pin_factory=factory)
        except claim_errors() as error:
            raise GpioError(f"gpio: cannot claim pin {pin} for the {name}: {error}") from error

    def switch(self, on: bool) -> None:
        """On or off."""
        if bool(self._output.value) is not on:
            self._output.value = on
            self._tell(PinChange(self._name, on, at_s=time.monotonic()))

    def close(self) -> None:
        """Off, pin back."""
        self.switch(on=False)
        self._output.close()
