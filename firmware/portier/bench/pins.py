"""Mocked pins that remember when they changed, and one that can be told to be stuck."""

from __future__ import annotations

import time
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin


class TimedPin(MockPin):
    """gpiozero's mock pin with a history of (monotonic seconds, level)."""

    def __init__(self, factory: Any, info: Any) -> None:
        self.history: list[tuple[float, bool]] = []
        super().__init__(factory, info)

    def _change_state(self, value: bool) -> bool:
        changed = bool(super()._change_state(value))
        if changed:
            self.history.append((time.monotonic(), bool(value)))
        return changed

    def times(self, level: bool, since_s: float = 0.0) -> list[float]:
        """The moments, from `since_s` on, at which the pin changed to `level`."""
        return [at_s for at_s, value in self.history if value is level and at_s >= since_s]


class StuckPin(TimedPin):
    """An output that never follows: a relay whose coil is broken."""

    def _set_state(self, value: bool) -> None:
        del value


class BenchPins:
    """A gpiozero factory of timed mock pins, with hands to press buttons and eyes on relays."""

    def __init__(self, stuck: frozenset[int] = frozenset()) -> None:
        self.factory = MockFactory(pin_class=TimedPin)
        for number in stuck:
            self.factory.pin(number, pin_class=StuckPin)

    def pin(self, number: int) -> TimedPin:
        """The pin with this BCM number."""
        pin = self.factory.pin(number)
        if not isinstance(pin, TimedPin):
            raise TypeError(f"GPIO{number} is no pin of this bench")
        return pin

    def forget(self) -> None:
        """Let go of what pins remember, but for the last change of each."""
        for pin in self.factory.pins.values():
            del pin.history[:-1]
            # gpiozero's own memory of it.
            pin.clear_states()

    def close_contact(self, number: int, *, to_high: bool = False) -> float:
        """Push a button that closes to ground, or close a contact to 3.3 V; the moment of the edge."""
        self._drive(number, to_high)
        return self.pin(number).times(level=to_high)[-1]

    def open_contact(self, number: int, *, to_high: bool = False) -> None:
        """Let it go: its pull takes the pin to the other level."""
        self._drive(number, not to_high)

    def _drive(self, number: int, high: bool) -> None:
        if high:
            self.pin(number).drive_high()
        else:
            self.pin(number).drive_low()

    def energised(self, number: int) -> bool:
        """Whether an output is high; a pin that was given back is not."""
        pin = self.pin(number)
        return pin.function == "output" and bool(pin.state)
