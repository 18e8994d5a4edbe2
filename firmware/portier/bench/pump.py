"""The charge pump of the heartbeat drive: the voltage of its transistor after the edges of a pin.

hardware/relay.md has the circuit. A rising edge pushes charge through the coupling capacitor into the storage
capacitor, a falling edge makes the next push possible, a resistor drains all the time. No level counts.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from portier.bench.pinfile import PinFile

ON_V = 1.45
"""From here on every transistor of the kind conducts (AO3400A: gate threshold at most 1.45 V)."""
OFF_V = 0.65
"""Up to here none does (AO3400A: at least 0.65 V)."""
HOLD_S = 1.0
"""The longest it holds a relay after the last edge, at either level of the pin: 0.8 s by its values, 0.9 s
with capacitors that are 10 % larger."""
_LOOK_EVERY_S = 0.004


@dataclass(frozen=True, slots=True)
class PumpParts:
    """The values of the circuit: farad, ohm, volt."""

    coupling_f: float = 1e-6
    storage_f: float = 4.7e-6
    drain_ohm: float = 100e3
    pin_v: float = 3.3
    diode_v: float = 0.2


class ChargePump:
    """The pump's output. Moments are monotonic seconds and must not go back."""

    def __init__(self, parts: PumpParts | None = None) -> None:
        self._parts = parts or PumpParts()
        self._high = False
        self._at_s = 0.0
        self._volts = 0.0

    def edge(self, at_s: float, *, high: bool) -> None:
        """Let the pin change; a repeated level is none."""
        if high is self._high:
            return
        self._volts, self._at_s = self.volts(at_s), at_s
        self._high = high
        if high:
            parts = self._parts
            push_v = parts.pin_v - 2 * parts.diode_v
            charge = parts.coupling_f * push_v + parts.storage_f * self._volts
            self._volts = max(self._volts, charge / (parts.coupling_f + parts.storage_f))

    def volts(self, at_s: float) -> float:
        """The gate's voltage. While the pin is high both capacitors drain, else the storage alone."""
        parts = self._parts
        farads = parts.storage_f + (parts.coupling_f if self._high else 0)
        return self._volts * math.exp(-(at_s - self._at_s) / (parts.drain_ohm * farads))


class Reading(NamedTuple):
    """What the gate had at a moment."""

    at_s: float
    volts: float


class PumpedRelay:
    """A pump on a pin in a file, and its relay, seen from another process. Use as a context manager.

    It misses no edge, as the file counts them; those between two looks it takes for evenly spread.
    """

    def __init__(self, pins: PinFile, pin: int) -> None:
        self._pins = pins
        self._pin = pin
        self._pump = ChargePump()
        self._edges_seen = 0
        self._waited = 0
        self._looked_s = time.monotonic()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="charge-pump", daemon=True)
        self.edges_s: list[float] = []
        """The moments of all edges."""
        self.readings: list[Reading] = []
        """The gate's voltage at each look."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def wait_released(self, limit_s: float) -> float:
        """Wait until any relay of the kind is on; the moment. TimeoutError when it does not come on.

        What happened before the moment of the last wait does not count, all that happened since does.
        """
        return self._wait(lambda volts: volts >= ON_V, limit_s)

    def wait_locked(self, limit_s: float) -> float:
        """Wait until every relay of the kind is off, as `wait_released` does."""
        return self._wait(lambda volts: volts <= OFF_V, limit_s)

    def released_part(self, since_s: float, until_s: float) -> float:
        """In which part of the time between two moments any relay of the kind was on: 0 to 1."""
        volts = [one.volts for one in tuple(self.readings) if since_s <= one.at_s <= until_s]
        return sum(one >= ON_V for one in volts) / max(len(volts), 1)

    def highest_v(self, since_s: float) -> float:
        """The highest voltage from a moment on."""
        return max(one.volts for one in tuple(self.readings) if one.at_s >= since_s)

    def _wait(self, reached: Callable[[float], bool], limit_s: float) -> float:
        until_s = time.monotonic() + limit_s
        while time.monotonic() < until_s:
            time.sleep(_LOOK_EVERY_S)
            while self._waited < len(self.readings):
                at_s, volts = self.readings[self._waited]
                if reached(volts):
                    return at_s
                self._waited += 1
        raise TimeoutError(f"the gate at GPIO{self._pin} had {self.readings[-1:]} after {limit_s} s")

    def _run(self) -> None:
        while not self._ending.wait(_LOOK_EVERY_S):
            self._look()

    def _look(self) -> None:
        changes, high = self._pins.changes(self._pin), self._pins.energised(self._pin)
        if changes.rises - changes.falls != high:
            return  # half of a change is written
        edges = changes.rises + changes.falls
        if new := edges - self._edges_seen:
            last_s = changes.rose_s if high else changes.fell_s
            step_s = (last_s - self._looked_s) / new
            for left in reversed(range(new)):
                at_s = last_s - left * step_s
                self._pump.edge(at_s, high=high is (left % 2 == 0))
                self.edges_s.append(at_s)
            self._edges_seen = edges
        self._looked_s = time.monotonic()
        self.readings.append(Reading(self._looked_s, self._pump.volts(self._looked_s)))
