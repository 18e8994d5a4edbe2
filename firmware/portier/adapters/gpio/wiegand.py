"""Wiegand readers and keypads: each card and key is posted, once, when its frame is over.

A pulse lasts 50 us, the next comes 1 to 2 ms later. The kernel notes the moment of each falling edge, this
program hears of it some milliseconds afterwards: so bits are put in order by those moments, by nothing
else. The kernel keeps 16 edges of a line that nobody has fetched yet: a program that waits longer for its
turn loses pulses, and with them the frame.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from gpiozero import InputDevice

from portier.adapters.gpio.factory import claim_errors
from portier.adapters.gpio.wiegand_frames import MOST_BITS, Card, Pulse, card, key, whole_frames
from portier.core.codes import Entry
from portier.core.events import CardRead, KeypadKey
from portier.errors import GpioError
from portier.plan import WiegandPins
from portier.ports import Post
from portier.process import name_thread

_log = logging.getLogger(__name__)

SETTLED_S = 0.06
"""Pulses may be told late, some after others: so long nothing more must have come."""

HELD_S = 1.0
"""A card that is held to a reader is told again and again by some: within this time it is the same one."""


class WiegandReader:
    """Claims D0 and D1 as inputs, pulled up, and posts from a thread of its own that sleeps between frames.

    Raises GpioError when a pin cannot be claimed.
    """

    def __init__(self, factory: Any, name: str, pins: WiegandPins, post: Post) -> None:
        self._name = name
        self._pins = pins
        self._post = post
        self._changed = threading.Condition()
        self._pulses: list[Pulse] = []
        self._latest_s = float("-inf")
        self._closing = False
        self._held: tuple[Card, float] | None = None
        self._spoiled = 0
        self._lines: list[_Line] = []
        self._thread = threading.Thread(target=self._run, name=f"wiegand-{name}", daemon=True)
        try:
            for bit, pin in enumerate((pins.d0, pins.d1)):
                self._lines.append(_Line(self, bit, InputDevice(pin, pull_up=True, pin_factory=factory)))
        except claim_errors() as error:
            for line in self._lines:
                line.device.close()
            raise GpioError(f'gpio: cannot claim pin {pin} for keypad "{name}": {error}') from error

    def start(self) -> None:
        """Begin to post."""
        self._thread.start()
        for line in self._lines:
            line.start()

    def close(self) -> None:
        """Give the pins back."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        for line in self._lines:
            line.device.close()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def pulse(self, pulse: Pulse) -> None:
        """A line fell: from the library's thread."""
        with self._changed:
            if len(self._pulses) <= MOST_BITS:
                self._pulses.append(pulse)
            self._latest_s = max(self._latest_s, pulse.at_s)
            self._changed.notify()

    def _run(self) -> None:
        name_thread(f"wiegand-{self._name}")
        before_s = float("-inf")
        while (told := self._next()) is not None:
            pulses, latest_s = told
            for bits, whole in whole_frames(pulses, before_s):
                if whole:
                    self._frame(bits)
                else:
                    self._spoil(len(bits))
            before_s = latest_s

    def _next(self) -> tuple[list[Pulse], float] | None:
        """Wait for pulses, and for the silence after them: they, and when the last came; None once closed."""
        with self._changed:
            while not self._pulses and not self._closing:
                self._changed.wait()
            # Nothing of it is kept: noise without an end is let go of now and then.
            while len(self._pulses) <= MOST_BITS and not self._closing:
                if not self._changed.wait(SETTLED_S):
                    break
            told = self._pulses, self._latest_s
            self._pulses, self._latest_s = [], float("-inf")
            return None if self._closing else told

    def _frame(self, bits: tuple[int, ...]) -> None:
        now_s = time.monotonic()
        if (pressed := key(bits, self._pins.key_bits)) is not None:
            self._post(KeypadKey(self._name, pressed, at_s=now_s))
        elif (read := card(bits, self._pins.card_bits)) is not None:
            held, self._held = self._held, (read, now_s)
            if held is None or held[0] != read or now_s - held[1] > HELD_S:
                self._post(CardRead(self._name, Entry(f"card:{read.facility}:{read.number}"), at_s=now_s))
        else:
            self._spoil(len(bits))

    def _spoil(self, count: int) -> None:
        """Told at the first, the tenth, the hundredth ...: noise may be without an end."""
        self._spoiled += 1
        if f"{self._spoiled}".strip("0") == "1":
            _log.warning(
                'gpio: keypad "%s": a frame of %d pulses is no card and no key (%d so far): pulses were lost '
                "or are noise, or its cards or keys have another length than configured",
                self._name,
                count,
                self._spoiled,
            )


class _Line:
    """One of the two lines. (gpiozero keeps no hold of what it calls, but of a method's object.)"""

    def __init__(self, reader: WiegandReader, bit: int, device: Any) -> None:
        self._reader = reader
        self._bit = bit
        self.device = device

    def start(self) -> None:
        self.device.pin.bounce = None
        self.device.pin.edges = "falling"
        self.device.pin.when_changed = self._fell

    def _fell(self, ticks_s: float, _level: int) -> None:
        self._reader.pulse(Pulse(ticks_s, self._bit))
