"""The local gong: one output, high while it sounds."""

from __future__ import annotations

import time
from typing import Any

from gpiozero import OutputDevice

from portier.adapters.gpio.factory import claim_errors
from portier.errors import GpioError
from portier.facts import PinChange
from portier.ports import Tell, unheard


class GongOutput:
    """Claims the gong's pin as an output, low; `tell` hears of each change.

    Raises GpioError when the pin cannot be claimed.
    """

    def __init__(self, factory: Any, pin: int, tell: Tell = unheard) -> None:
        self._tell = tell
        try:
            self._output = OutputDevice(pin, initial_value=False, pin_factory=factory)
        except claim_errors() as error:
            raise GpioError(f"gpio: cannot claim pin {pin} for the gong: {error}") from error

    def switch(self, on: bool) -> None:
        """Let it sound, or be still."""
        if bool(self._output.value) is not on:
            self._output.value = on
            self._tell(PinChange("gong", on, at_s=time.monotonic()))

    def close(self) -> None:
        """Still, pin back."""
        self.switch(on=False)
        self._output.close()
