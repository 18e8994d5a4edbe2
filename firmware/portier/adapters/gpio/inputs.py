"""The observed contacts: door contacts, exit buttons, fire and tamper contact. The station only looks on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from portier.adapters.gpio.contacts import ContactReader
from portier.adapters.gpio.factory import claim_errors
from portier.core.events import InputEdge
from portier.core.inputs import Input
from portier.errors import GpioError
from portier.plan import InputPin
from portier.ports import Post


class Inputs:
    """Claims their pins and posts InputEdge for each edge, and for what is active at the start.

    Raises GpioError when a pin cannot be claimed.
    """

    def __init__(self, factory: Any, pins: Mapping[Input, InputPin], post: Post) -> None:
        self._pins = dict(pins)
        self._post = post
        self._contacts: dict[Input, ContactReader] = {}
        try:
            for one, pin in pins.items():
                tell = partial(self._changed, one)
                self._contacts[one] = ContactReader(factory, pin.pin, pin.closed_is_low, tell)
        except claim_errors() as error:
            self.close()
            raise GpioError(f"gpio: cannot claim pin {pin.pin} for the {one}: {error}") from error

    def start(self) -> None:
        """Begin to post edges."""
        for one, contact in self._contacts.items():
            if contact.start() is self._pins[one].closed_is_active:
                self._post(InputEdge(one, active=True, at_start=True, at_s=time.monotonic()))

    def close(self) -> None:
        """Give the pins back."""
        for contact in self._contacts.values():
            contact.close()

    def _changed(self, one: Input, closed: bool, at_s: float) -> None:
        self._post(InputEdge(one, active=closed is self._pins[one].closed_is_active, at_s=at_s))
