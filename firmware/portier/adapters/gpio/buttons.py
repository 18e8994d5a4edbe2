"""Buttons: every edge of a contact is posted with the moment it happened. Debouncing is the core's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from portier.adapters.gpio.contacts import ContactReader
from portier.adapters.gpio.factory import claim_errors
from portier.core.events import ButtonEdge
from portier.errors import GpioError
from portier.plan import ButtonPin
from portier.ports import Post


class Buttons:
    """Claims the buttons' pins as inputs and posts ButtonEdge for each edge, and for one held at start.

    Raises GpioError when a pin cannot be claimed.
    """

    def __init__(self, factory: Any, pins: Mapping[str, ButtonPin], post: Post) -> None:
        self._post = post
        self._contacts: dict[str, ContactReader] = {}
        try:
            for name, pin in pins.items():
                tell = partial(self._changed, name)
                self._contacts[name] = ContactReader(factory, pin.pin, pin.closed_is_low, tell)
        except claim_errors() as error:
            self.close()
            raise GpioError(f'gpio: cannot claim pin {pin.pin} for button "{name}": {error}') from error

    def start(self) -> None:
        """Begin to post edges."""
        for name, contact in self._contacts.items():
            if contact.start():
                self._changed(name, closed=True, at_s=time.monotonic())

    def close(self) -> None:
        """Give the pins back."""
        for contact in self._contacts.values():
            contact.close()

    def _changed(self, name: str, closed: bool, at_s: float) -> None:
        self._post(ButtonEdge(name, closed, at_s=at_s))
