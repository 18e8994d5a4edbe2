"""The core alone, on a clock of its own: no loop and no ports, for a look at every single effect."""

from __future__ import annotations

from collections.abc import Mapping

from portier.core import station
from portier.core.effects import CancelTimer, Effect, StartTimer
from portier.core.events import (
    ButtonEdge,
    CallEnded,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    InputEdge,
    PhoneReady,
    TimerFired,
)
from portier.core.inputs import Input
from portier.core.rules import Rules
from portier.core.timers import Timer

SETTLED_S = 1 / 16
"""Longer than any observed contact's debounce time is by default; a fraction that floats hold exactly."""


class BareStation:
    """The core's state, its running timers with their moments, and the time; all to be looked at.

    Timers run out while `wait` passes the time, each at its own moment, in the order of their moments.
    """

    def __init__(self, rules: Rules, remembered: Mapping[str, str] | None = None, now_s: float = 0.0) -> None:
        self.rules = rules
        self.now_s = now_s
        self.timers: dict[Timer, float] = {}
        self.state, self.first_effects = station.initial(rules, remembered, now_s)
        self._keep_timers(self.first_effects)

    def take(self, event: Event) -> list[Effect]:
        """Decide on an event and keep the timers that the decision starts and cancels."""
        self.state, effects = station.step(self.rules, self.state, event)
        self._keep_timers(effects)
        return effects

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass; the effects of all timers that ran out meanwhile."""
        end_s = self.now_s + seconds
        effects: list[Effect] = []
        while due := [(due_s, timer) for timer, due_s in self.timers.items() if due_s <= end_s]:
            self.now_s, timer = min(due, key=lambda pair: pair[0])
            del self.timers[timer]
            effects += self.take(TimerFired(timer, at_s=self.now_s))
        self.now_s = end_s
        return effects

    def become_ready(self) -> list[Effect]:
        """SIP is up."""
        return self.take(PhoneReady(at_s=self.now_s))

    def edge(self, button: str, closed: bool) -> list[Effect]:
        """The contact of a button changes."""
        return self.take(ButtonEdge(button, closed, at_s=self.now_s))

    def observe(self, one: Input, active: bool) -> list[Effect]:
        """An observed contact changes, and stays so until that counts."""
        edge = self.take(InputEdge(one, active, at_s=self.now_s))
        return edge + self.wait(SETTLED_S)

    def press(self, button: str) -> list[Effect]:
        """A clean press, held until it counts, and let go until that counts too."""
        debounce_s = self.rules.buttons[button].debounce_s
        effects = self.edge(button, closed=True) + self.wait(debounce_s)
        return effects + self.edge(button, closed=False) + self.wait(debounce_s)

    def ring(self, leg: int | None = None) -> list[Effect]:
        """The far end of a leg rings; of the last one placed unless told."""
        return self._progress(leg, CallPhase.RINGING)

    def answer(self, leg: int | None = None) -> list[Effect]:
        """The far end of a leg answers."""
        return self._progress(leg, CallPhase.ANSWERED)

    def end(self, reason: EndReason, status: int = 0, leg: int | None = None) -> list[Effect]:
        """A leg is over."""
        return self.take(CallEnded(self._leg(leg), reason, status, at_s=self.now_s))

    def keys(self, keys: str, leg: int | None = None) -> list[Effect]:
        """The far end of a leg presses keys, all at this moment."""
        effects: list[Effect] = []
        for key in keys:
            effects += self.take(Digit(self._leg(leg), key, at_s=self.now_s))
        return effects

    def _keep_timers(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartTimer(timer, due_s):
                    self.timers.pop(timer, None)
                    self.timers[timer] = due_s
                case CancelTimer(timer):
                    self.timers.pop(timer, None)
                case _:
                    pass

    def _progress(self, leg: int | None, phase: CallPhase) -> list[Effect]:
        return self.take(CallProgress(self._leg(leg), phase, at_s=self.now_s))

    def _leg(self, leg: int | None) -> int:
        return self.state.last_leg if leg is None else leg
