"""The light of the stairs: on for its time after a press, a release, the exit button or a fire alarm."""

from __future__ import annotations

from dataclasses import replace

from .door_rules import LightWhen
from .effects import CancelTimer, Effect, StartTimer, SwitchLight
from .events import Event, PressRequested
from .inputs import InputKind
from .rules import Rules
from .states import Fire, Released, State
from .timers import LightTimer

Outcome = tuple[State, list[Effect]]


def followed(rules: Rules, before: State, state: State, event: Event) -> Outcome:
    """Switch it on, or let it be on for longer, where an event was what does that."""
    rule = rules.light
    if rule is None:
        return state, []
    if state.stopping:
        dark, effects = darkened(state)
        return dark, [*effects, CancelTimer(LightTimer())] if effects else []
    if rule.when.isdisjoint(_happened(before, state, event)):
        return state, []
    switch: list[Effect] = [] if state.light else [SwitchLight(on=True)]
    return replace(state, light=True), [*switch, StartTimer(LightTimer(), event.at_s + rule.lit_s)]


def darkened(state: State) -> Outcome:
    """Its time is over."""
    return (replace(state, light=False), [SwitchLight(on=False)]) if state.light else (state, [])


def _happened(before: State, state: State, event: Event) -> set[LightWhen]:
    found: set[LightWhen] = set()
    pressed = any(now.counted and not before.contacts[name].counted for name, now in state.contacts.items())
    if pressed or isinstance(event, PressRequested):
        found.add(LightWhen.PRESS)
    if any(
        isinstance(now, Released) and not isinstance(before.doors[name], Released)
        for name, now in state.doors.items()
    ):
        found.add(LightWhen.RELEASE)
    if any(
        now.contact.counted and not before.inputs[one].contact.counted
        for one, now in state.inputs.items()
        if one.kind is InputKind.EXIT
    ):
        found.add(LightWhen.EXIT)
    if state.fire is Fire.ALARM and before.fire is not Fire.ALARM:
        found.add(LightWhen.FIRE)
    return found
