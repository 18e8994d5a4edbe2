"""Buttons: every edge of a contact is posted with the moment it happened. Debouncing is the core's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from gpiozero import InputDevice

from portier.adapters.gpio.factory import claim_errors
from portier.core.events import ButtonEdge
from portier.errors import GpioError
from portier.plan import ButtonPin
from portier.ports import Post

_LONGEST_DELIVERY_S = 20.0
"""A stamp of the monotonic clock is not older; those of other clocks differ by far more."""


class Buttons:
    """Claims the buttons' pins as inputs and posts ButtonEdge for each edge, and for one held at start.

    Raises GpioError when a pin cannot be claimed.
    """

    def __init__(self, factory: Any, pins: Mapping[str, ButtonPin], post: Post) -> None:
        self._contacts: list[_Contact] = []
        try:
            for name, pin in pins.items():
                self._contacts.append(_Contact(factory, name, pin, post))
        except claim_errors() as error:
            self.close()
            raise GpioError(f'gpio: cannot claim pin {pin.pin} for button "{name}": {error}') from error

    def start(self) -> None:
        """Begin to post edges."""
        for contact in self._contacts:
            contact.start()

    def close(self) -> None:
        """Give the pins back."""
        for contact in self._contacts:
            contact.close()


class _Contact:
    def __init__(self, factory: Any, name: str, pin: ButtonPin, post: Post) -> None:
        self._name = name
        self._closed_level = 0 if pin.closed_is_low else 1
        self._post = post
        self._device = InputDevice(pin.pin, pull_up=pin.closed_is_low, pin_factory=factory)

    def start(self) -> None:
        self._device.pin.bounce = None
        self._device.pin.edges = "both"
        self._device.pin.when_changed = self._changed
        if self._device.pin.state == self._closed_level:
            self._post(ButtonEdge(self._name, closed=True, at_s=time.monotonic()))

    def close(self) -> None:
        self._device.close()

    def _changed(self, ticks: float, level: int) -> None:
        self._post(ButtonEdge(self._name, closed=level == self._closed_level, at_s=_moment(ticks)))


def _moment(ticks_s: float) -> float:
    """The edge's own time stamp where it is of the monotonic clock, else now (factories differ)."""
    now_s = time.monotonic()
    return ticks_s if 0 <= now_s - ticks_s < _LONGEST_DELIVERY_S else now_s
