"""Keypads of rows and columns: a thread that sleeps until a key is down, then scans until all are up.

At rest every row is low, and a key pulls its column low: that edge wakes the thread. In a scan one row at a
time is low, and the others are inputs without a pull: keys that are down together join no two outputs, so
that no diode is needed.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from gpiozero import InputDevice

from portier.adapters.gpio.factory import claim_errors
from portier.adapters.gpio.key_scans import SCAN_S, KeyScans, Place
from portier.core.events import KeypadKey, KeypadLost, KeypadRestored
from portier.errors import GpioError
from portier.plan import MatrixPins
from portier.ports import Post
from portier.process import name_thread

_log = logging.getLogger(__name__)

_SETTLE_S = 0.0002
"""A column rises by its pull-up, 50 kilohms, and some nanofarads of cable."""

RETRY_S = 1.0
RETRY_MOST_S = 60.0
"""A pin that fails is tried again, each time after twice as long, up to this."""

STUCK_S = 30.0
_STUCK_SCAN_S = 0.5
"""A key that is held for longer is stuck, or glued down: it is looked at seldom until it is up."""


class MatrixKeypad:
    """Claims rows and columns, and posts KeypadKey for each press.

    Where a pin fails later, KeypadLost is posted once, and KeypadRestored after a scan that went well.
    Raises GpioError when a pin cannot be claimed.
    """

    def __init__(self, factory: Any, name: str, pins: MatrixPins, post: Post) -> None:
        self._name = name
        self._layout = pins.layout
        self._post = post
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._rows: list[Any] = []
        self._columns: list[Any] = []
        self._thread = threading.Thread(target=self._run, name=f"keypad-{name}", daemon=True)
        try:
            for pin in pins.rows:
                self._rows.append(InputDevice(pin, pull_up=None, active_state=True, pin_factory=factory))
            for pin in pins.columns:
                self._columns.append(InputDevice(pin, pull_up=True, pin_factory=factory))
        except claim_errors() as error:
            self._give_back()
            raise GpioError(f'gpio: cannot claim pin {pin} for keypad "{name}": {error}') from error

    def start(self) -> None:
        """Begin to post."""
        for column in self._columns:
            column.pin.bounce = None
            column.pin.edges = "falling"
            column.pin.when_changed = self._fell
        self._thread.start()

    def close(self) -> None:
        """Give the pins back."""
        self._closing.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)
        self._give_back()

    def _fell(self, _ticks_s: float, _level: int) -> None:
        self._woken.set()

    def _run(self) -> None:
        name_thread(f"keypad-{self._name}")
        lost, pause_s = False, RETRY_S
        while not self._closing.is_set():
            try:
                if lost:
                    self._rest()
                    self._scan()
                    lost, pause_s = False, RETRY_S
                    self._post(KeypadRestored(self._name, at_s=time.monotonic()))
                self._rest()
                self._woken.wait()
                self._follow()
            except claim_errors() as error:
                # The station rings and releases without it.
                if not lost:
                    lost = True
                    self._post(KeypadLost(self._name, str(error), at_s=time.monotonic()))
                self._closing.wait(pause_s)
                pause_s = min(2 * pause_s, RETRY_MOST_S)

    def _rest(self) -> None:
        """Let any key wake the thread. One that is down already, or came in between, is seen here."""
        for row in self._rows:
            row.pin.output_with_state(0)
        self._woken.clear()
        time.sleep(_SETTLE_S)
        if self._closing.is_set() or any(not column.pin.state for column in self._columns):
            self._woken.set()

    def _follow(self) -> None:
        """Scan until all keys are up."""
        scans, since_s, stuck = KeyScans(), time.monotonic(), False
        for row in self._rows:
            row.pin.input_with_pull("floating")
        while not scans.idle and not self._closing.is_set():
            place = scans.scanned(self._scan())
            if place is not None:
                since_s = time.monotonic()
                if (key := self._layout[place[0]][place[1]]) != ".":
                    self._post(KeypadKey(self._name, key, at_s=since_s))
            elif not stuck and time.monotonic() - since_s > STUCK_S:
                stuck = True
                _log.warning('gpio: keypad "%s": a key is down for %.0f s: stuck', self._name, STUCK_S)
            self._closing.wait(_STUCK_SCAN_S if stuck else SCAN_S)

    def _scan(self) -> frozenset[Place]:
        down: set[Place] = set()
        for place, row in enumerate(self._rows):
            row.pin.output_with_state(0)
            time.sleep(_SETTLE_S)
            down |= {(place, number) for number, one in enumerate(self._columns) if not one.pin.state}
            row.pin.input_with_pull("floating")
        return frozenset(down)

    def _give_back(self) -> None:
        for device in (*self._rows, *self._columns):
            device.close()
