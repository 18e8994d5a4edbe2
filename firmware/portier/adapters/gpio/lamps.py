"""Lamps: one status lamp that tells all by its rhythm, and a lamp of its own for each sign that has one.

Status lamp: idle a short flash every 3 s, calling slow blinking, talking steady, muted with a short gap each
second, released or held fast blinking, failure two flashes and a pause. The lamp of *released* shows a held
door, too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from itertools import cycle
from typing import Any

from gpiozero import OutputDevice

from portier.adapters.gpio.factory import claim_errors
from portier.core.effects import Sign
from portier.errors import GpioError
from portier.facts import PinChange
from portier.ports import Tell, unheard

RHYTHMS_S: dict[Sign, tuple[float, ...]] = {
    Sign.RELEASED: (0.1, 0.1),
    Sign.MUTED: (0.9, 0.1),
    Sign.TALKING: (),
    Sign.CALLING: (0.5, 0.5),
    Sign.HELD: (0.1, 0.1),
    Sign.FAILURE: (0.15, 0.15, 0.15, 1.05),
    Sign.IDLE: (0.05, 2.95),
}
"""Seconds on, off, on, off ...; steadily on where empty."""

_SHOWN_BY = {Sign.RELEASED: {Sign.RELEASED, Sign.HELD}}


class LampBank:
    """Claims the lamps' pins as outputs, dark; `tell` hears of each change.

    Raises GpioError when a pin cannot be claimed.
    """

    def __init__(
        self,
        factory: Any,
        status_pin: int | None,
        sign_pins: Mapping[Sign, int],
        loop: asyncio.AbstractEventLoop,
        tell: Tell = unheard,
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._lamps: dict[Sign | None, OutputDevice] = {}
        self._next: asyncio.TimerHandle | None = None
        wanted: list[tuple[Sign | None, int]] = list(sign_pins.items())
        if status_pin is not None:
            wanted.append((None, status_pin))
        try:
            for sign, pin in wanted:
                self._lamps[sign] = OutputDevice(pin, initial_value=False, pin_factory=factory)
        except claim_errors() as error:
            self.close()
            raise GpioError(f'gpio: cannot claim pin {pin} for lamp "{_name(sign)}": {error}') from error

    def indicate(self, signs: frozenset[Sign]) -> None:
        """Show exactly these signs."""
        for sign, lamp in self._lamps.items():
            if sign is not None:
                self._light(sign, lamp, not signs.isdisjoint(_SHOWN_BY.get(sign, {sign})))
        status = self._lamps.get(None)
        if status is None:
            return
        if self._next:
            self._next.cancel()
        self._light(None, status, True)
        if rhythm := RHYTHMS_S[next(sign for sign in Sign if sign in signs)]:
            self._beat(status, cycle(rhythm))

    def close(self) -> None:
        """Lamps out, pins back."""
        if self._next:
            self._next.cancel()
        for lamp in self._lamps.values():
            lamp.close()

    def _beat(self, status: OutputDevice, steps: cycle[float]) -> None:
        self._next = self._loop.call_later(next(steps), self._toggle, status, steps)

    def _toggle(self, status: OutputDevice, steps: cycle[float]) -> None:
        self._light(None, status, not status.value)
        self._beat(status, steps)

    def _light(self, sign: Sign | None, lamp: OutputDevice, lit: bool) -> None:
        if bool(lamp.value) is not lit:
            lamp.value = lit
            self._tell(PinChange(f"lamp {_name(sign)}", lit, at_s=time.monotonic()))


def _name(sign: Sign | None) -> str:
    return "status" if sign is None else sign.value
