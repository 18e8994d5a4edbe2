"""Doors held released: by a command, in held-open hours, in a fire. What holds a door follows from the state.

A hold is given to the pins in slices, each renewed before it ends: whatever stops the renewing locks the
door within a slice.
"""

from __future__ import annotations

from dataclasses import replace

from . import access, door
from .access import Deed
from .audit import Record, Road, What
from .effects import Audit, CancelTimer, Effect, Hold, Note, Release, StartTimer
from .rules import Rules
from .states import Fire, Held, Order, Released, State
from .timers import DoorTimer, HoldTimer

SLICE_S = 10.0
"""How long the pins keep a door released that is not renewed."""

RENEW_S = 5.0
"""From one renewal to the next: one may come a slice's half late."""

_WORDS = {
    Road.COMMAND: "a command, until told otherwise",
    Road.SCHEDULE: "its held-open hours",
    Road.FIRE: "the fire alarm",
}

Outcome = tuple[State, list[Effect]]


def wanted(rules: Rules, state: State, name: str) -> Road | None:
    """By what road this door is to be held now, if at all."""
    rule = rules.doors[name]
    if state.stopping:
        return None

    def may(road: Road) -> bool:
        return access.barred(rules, state, name, road, Deed.HOLD) is None

    if state.fire is not Fire.NONE and rule.released_by_fire and may(Road.FIRE):
        return Road.FIRE
    if state.orders.get(name) is Order.HOLD and may(Road.COMMAND):
        return Road.COMMAND
    if rule.held_open and rule.held_open in state.profiles and may(Road.SCHEDULE):
        return Road.SCHEDULE
    return None


def followed(rules: Rules, state: State, at_s: float) -> Outcome:
    """Begin and end holds, so that each door is held as the state wants it."""
    effects: list[Effect] = []
    after = state
    for name, rule in rules.doors.items():
        if not rule.may_hold:
            continue
        now, by = state.doors[name], wanted(rules, state, name)
        was = now.by if isinstance(now, Held) else None
        if by is was:
            continue
        if isinstance(now, Held) and by is not None:
            changed: Released | None = replace(now, by=by)
            more: list[Effect] = []
        elif by is not None:
            changed, more = _begun(name, now if isinstance(now, Released) else None, by, at_s)
        else:
            changed, more = _ended(name, now, at_s)
        after = replace(after, doors=after.doors | {name: changed or door.lock(name)[0]})
        effects += [*more, *_told(name, was, by)]
    return after, effects


def renewed(state: State, name: str, at_s: float) -> Outcome:
    """The next slice of a hold."""
    now = state.doors[name]
    if not isinstance(now, Held):
        return state, []
    until_s = at_s + SLICE_S
    after = replace(state, doors=state.doors | {name: replace(now, until_s=until_s)})
    return after, [Hold(name, until_s), StartTimer(HoldTimer(name), at_s + RENEW_S)]


def _begun(name: str, pulse: Released | None, by: Road, at_s: float) -> tuple[Held, list[Effect]]:
    held = Held(at_s, at_s + SLICE_S, by)
    if pulse is not None:
        held = replace(held, pulse_until_s=pulse.until_s)
    return held, [Hold(name, held.until_s), StartTimer(HoldTimer(name), at_s + RENEW_S)]


def _ended(name: str, now: object, at_s: float) -> tuple[Released | None, list[Effect]]:
    """Locked, unless somebody was released a moment ago: that goes on to its end."""
    stop = CancelTimer(HoldTimer(name))
    until_s = now.pulse_until_s if isinstance(now, Held) else None
    if until_s is not None and until_s > at_s:
        return Released(at_s, until_s), [
            stop,
            Release(name, until_s),
            StartTimer(DoorTimer(name), until_s),
        ]
    return None, [stop, *door.lock(name)[1]]


def _told(name: str, was: Road | None, by: Road | None) -> list[Effect]:
    effects: list[Effect] = []
    if was is not None:
        effects.append(Audit(Record(What.HOLD_ENDED, name, was)))
    if by is not None:
        effects += [
            Note(f'door "{name}" held released by {_WORDS[by]}'),
            Audit(Record(What.HOLD_BEGUN, name, by)),
        ]
    else:
        effects.append(Note(f'door "{name}" held no more'))
    return effects
