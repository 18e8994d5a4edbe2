"""Door strikes: a relay each, energised while the door is released, with a keeper of the deadlines.

Wire the relay so that energised means released, whatever the lock. The pin needs an external pull-down:
closing it, as every stop does, leaves it a floating input.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from gpiozero import OutputDevice

from portier.adapters.gpio.drives import DRIVES, LevelDrive
from portier.adapters.gpio.factory import claim_errors
from portier.errors import GpioError
from portier.facts import PinChange
from portier.plan import StrikePin
from portier.ports import Tell, unheard
from portier.process import name_thread

_log = logging.getLogger(__name__)
_DRIVER_LIMIT_S = 0.5


class Strikes:
    """Claims the relays' pins de-energised and ends every release in time by a thread of its own.

    That thread needs nothing of the loop, so a loop that hangs does not hold a door open. It makes the edges
    of a heartbeat drive too, and sleeps while no door is released.
    Raises GpioError when a pin cannot be claimed. `on_fault` hears if the thread cannot go on, `tell` of
    each change of a relay's pin.
    """

    def __init__(
        self,
        factory: Any,
        pins: Mapping[str, StrikePin],
        on_fault: Callable[[Exception], None],
        tell: Tell = unheard,
    ) -> None:
        self._pins = dict(pins)
        self._on_fault = on_fault
        self._tell_fact = tell
        self._energised: set[str] = set()
        self._relays: dict[str, OutputDevice] = {}
        self._drives: dict[str, LevelDrive] = {}
        self._since_s: dict[str, float] = {}
        self._until_s: dict[str, float] = {}
        self._changed = threading.Condition()
        self._closing = False
        try:
            for name, pin in pins.items():
                relay = self._relays[name] = OutputDevice(pin.pin, initial_value=False, pin_factory=factory)
                self._drives[name] = DRIVES[pin.drive](relay)
        except claim_errors() as error:
            for relay in self._relays.values():
                relay.close()
            raise GpioError(f'gpio: cannot claim pin {pin.pin} for door "{name}": {error}') from error
        self._keeper = threading.Thread(target=self._keep_deadlines, name="door-deadlines", daemon=True)
        self._keeper.start()

    def release(self, door: str, until_s: float) -> None:
        """Energise the relay until `until_s` (monotonic), never past the door's hard maximum."""
        self._release(door, until_s)

    def hold(self, door: str, until_s: float) -> None:
        """Keep the relay of a door that may hold energised until `until_s` (monotonic), at most for a slice.

        Whoever does not renew it in time has the door locked: a loop that hangs holds none for longer. A door
        that may not hold is released as by any request, up to its hard maximum.
        """
        self._release(door, until_s, self._pins[door].hold_slice_s)

    def _release(self, door: str, until_s: float, slice_s: float = 0.0) -> None:
        with self._changed:
            if self._closing:
                return
            now_s = time.monotonic()
            if slice_s:
                # What follows a hold is a release of its own.
                self._since_s.pop(door, None)
                last_s = now_s + slice_s
            else:
                last_s = self._since_s.setdefault(door, now_s) + self._pins[door].max_release_s
            self._until_s[door] = min(until_s, last_s)
            if self._until_s[door] > now_s:
                self._drives[door].energise(now_s)
                self._tell(door, high=True)
            self._changed.notify()
        # Not with the lock held, for which the deadlines wait.
        if until_s <= now_s:
            _log.warning(
                'gpio: door "%s" was not released: this was wanted until %.1f s ago, '
                "and the machine was too busy to do it before",
                door,
                now_s - until_s,
            )

    def lock(self, door: str) -> None:
        """De-energise the relay now."""
        with self._changed:
            self._lock(door)

    def lock_all(self) -> None:
        """De-energise every relay for good, from any thread, even when a thread hangs in a pin's driver.

        Nothing is released any more after it. A relay that cannot be switched keeps none of the others.
        """
        self._closing = True
        failures: list[str] = []
        owned = self._changed.acquire(timeout=_DRIVER_LIMIT_S)
        try:
            for door in self._relays:
                try:
                    self._lock(door)
                except Exception as error:  # noqa: BLE001 -- whatever it is, the others must be locked
                    failures.append(f'door "{door}": {error}')
        finally:
            if owned:
                self._changed.release()
        for failure in failures:
            _log.critical("gpio: cannot de-energise the relay of %s", failure)

    def close(self) -> None:
        """De-energise all relays, then give their pins back."""
        self.lock_all()
        with self._changed:
            self._changed.notify()
        self._keeper.join(timeout=1.0)
        for relay in self._relays.values():
            relay.close()

    def _lock(self, door: str) -> None:
        self._drives[door].de_energise()
        self._since_s.pop(door, None)
        self._until_s.pop(door, None)
        self._tell(door, high=False)

    def _tell(self, door: str, high: bool) -> None:
        if high is not (door in self._energised):
            self._energised ^= {door}
            self._tell_fact(PinChange(f"door {door}", high, at_s=time.monotonic()))

    def _keep_deadlines(self) -> None:
        name_thread("door-deadlines")
        fault: Exception | None = None
        try:
            with self._changed:
                while not self._closing:
                    now_s = time.monotonic()
                    for door in [door for door, until_s in self._until_s.items() if until_s <= now_s]:
                        self._lock(door)
                    beats_s = [drive.beat(now_s) for drive in self._drives.values()]
                    next_s = min([*self._until_s.values(), *beats_s], default=math.inf)
                    # An edge may have hung in its driver while `lock_all` went on without the lock.
                    if not self._closing:
                        self._changed.wait(None if next_s == math.inf else next_s - now_s)
        except Exception as error:  # noqa: BLE001 -- whatever it is, a door without a keeper must not go on
            fault = error
        # Such an edge may have come through in the end.
        for drive in self._drives.values():
            with suppress(Exception):
                drive.de_energise()
        if fault:
            self._on_fault(fault)
