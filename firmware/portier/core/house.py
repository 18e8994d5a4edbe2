"""What concerns doors and house but no call: the observed contacts, orders, holds, fire, tamper, light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import contacts, fire, holds, leaves, lights, orders, speech, tamper
from .audit import Road
from .effects import Effect, Remember, StartTimer
from .events import CallOffered, DoorOrdered, Event, FireResetRequested, InputEdge, TimerFired
from .rules import Rules
from .states import Fire, Leaf, State, Watched
from .timers import (
    AjarTimer,
    FireCallTimer,
    FireResetTimer,
    FireToneTimer,
    HoldTimer,
    InputTimer,
    LightTimer,
    QuietTimer,
    StuckInputTimer,
    TamperTimer,
    Timer,
)

Outcome = tuple[State, list[Effect]]


def initial(rules: Rules, state: State, remembered: Mapping[str, str]) -> State:
    """The house as it is at the start, with what was remembered over it."""
    owed: list[tuple[Timer, float]] = []
    burnt = rules.fire is not None and fire.KEY in remembered
    if burnt and rules.fire and rules.fire.reset_after_s is not None:
        owed.append((FireResetTimer(), rules.fire.reset_after_s))
    barred = rules.tamper is not None and tamper.KEY in remembered
    if barred and rules.tamper:
        owed.append((TamperTimer(), rules.tamper.blocks_codes_s))
    return replace(
        state,
        orders=orders.initial(rules, dict(remembered)),
        inputs={one: Watched() for one in contacts.of(rules)},
        leaves={name: Leaf() for name, one in rules.doors.items() if one.contact},
        fire=Fire.OVER if burnt else Fire.NONE,
        codes_barred=barred,
        owed=tuple(owed),
    )


def forgotten(rules: Rules, remembered: Mapping[str, str]) -> list[Effect]:
    """Remember nothing of an input that is configured no more: it would come back with it, years later."""
    of_rules = {fire.KEY: rules.fire, tamper.KEY: rules.tamper}
    return [Remember(key, None) for key, rule in of_rules.items() if rule is None and key in remembered]


def decide(rules: Rules, state: State, event: Event) -> Outcome | None:
    """Take an event of the house; None for every other."""
    match event:
        case InputEdge():
            return contacts.edge(rules, state, event)
        case DoorOrdered():
            return orders.ordered(rules, state, event)
        case FireResetRequested():
            return fire.reset(state, Road.COMMAND)
        case CallOffered():
            return fire.offered(rules, state, event)
        case TimerFired(timer=timer, at_s=at_s):
            return _timer(rules, state, timer, at_s)
        case _:
            return None


def followed(rules: Rules, before: State, state: State, event: Event) -> Outcome:
    """What follows for doors, light and microphone from what an event has changed."""
    if before.stopping:
        return state, []
    first: list[Effect] = [StartTimer(timer, event.at_s + wait_s) for timer, wait_s in state.owed]
    if first:
        state = replace(state, owed=())
    if state is before:
        return state, []
    state, held = holds.followed(rules, state, event.at_s)
    state, stood = leaves.followed(rules, before, state, event.at_s)
    state, lit = lights.followed(rules, before, state, event)
    state, muted = speech.followed(rules, before, state)
    return state, [*first, *held, *stood, *lit, *muted]


def _timer(rules: Rules, state: State, timer: Timer, at_s: float) -> Outcome | None:
    match timer:
        case HoldTimer(name):
            return holds.renewed(state, name, at_s)
        case InputTimer(one):
            return contacts.settled(rules, state, one, at_s)
        case StuckInputTimer(one):
            return contacts.stuck(rules, state, one)
        case QuietTimer(one):
            return contacts.quiet(rules, state, one, at_s)
        case AjarTimer(name):
            return leaves.ajar(rules, state, name, at_s)
        case FireToneTimer():
            return fire.announced(state, at_s)
        case FireCallTimer(leg):
            return fire.farewell(state, leg)
        case FireResetTimer():
            return fire.reset(state, None)
        case TamperTimer():
            return tamper.over(state)
        case LightTimer():
            return lights.darkened(state)
        case _:
            return None
