"""A contact on a pin: every edge is told with the moment it happened. Debouncing is the core's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gpiozero import InputDevice

_LONGEST_DELIVERY_S = 20.0
"""A stamp of the monotonic clock is not older; those of other clocks differ by far more."""

Tell = Callable[[bool, float], None]
"""Hears whether the contact is closed, and since when (monotonic)."""


class ContactReader:
    """Claims a pin as an input, with a pull-up where closed is low, else a pull-down."""

    def __init__(self, factory: Any, pin: int, closed_is_low: bool, tell: Tell) -> None:
        self._closed_level = 0 if closed_is_low else 1
        self._tell = tell
        self._device = InputDevice(pin, pull_up=closed_is_low, pin_factory=factory)

    def start(self) -> bool:
        """Begin to tell edges; whether the contact is closed now."""
        self._device.pin.bounce = None
        self._device.pin.edges = "both"
        self._device.pin.when_changed = self._changed
        return bool(self._device.pin.state == self._closed_level)

    def close(self) -> None:
        """Give the pin back."""
        self._device.close()

    def _changed(self, ticks: float, level: int) -> None:
        self._tell(level == self._closed_level, _moment(ticks))


def _moment(ticks_s: float) -> float:
    """The edge's own time stamp where it is of the monotonic clock, else now (factories differ)."""
    now_s = time.monotonic()
    return ticks_s if 0 <= now_s - ticks_s < _LONGEST_DELIVERY_S else now_s
