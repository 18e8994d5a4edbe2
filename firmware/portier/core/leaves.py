"""What a door's contact tells: opened after a release or by force, shut again, left open too long."""

from __future__ import annotations

from dataclasses import replace

from . import door
from .audit import Record, What
from .door_rules import ContactRule
from .effects import Audit, CancelTimer, Effect, Level, Note, Play, StartTimer, Tone
from .inputs import Input, InputKind
from .rules import Rules
from .states import Fire, Held, Leaf, Locked, Released, State
from .timers import AjarTimer

GRACE_S = 1.0
"""So long after its release a door may still be seen to open: the contact is later than the hand."""

TONE_EVERY_S = 5.0
"""From one pre-alarm tone to the next."""

_NOTHING = Leaf()
Outcome = tuple[State, list[Effect]]


def found(state: State, name: str, is_open: bool) -> State:
    """The door is found so, at the start or after a fault: nobody knows how it came to be."""
    leaf = state.leaves[name]
    alarms = leaf.alarms if is_open else frozenset()
    return _with(state, name, replace(leaf, open=is_open, alarms=alarms))


def moved(rules: Rules, state: State, name: str, is_open: bool, at_s: float) -> Outcome:
    """The door was opened or shut."""
    rule, leaf = rules.doors[name].contact, state.leaves[name]
    if rule is None:
        return state, []
    if not is_open:
        shut: list[Effect] = [_row(What.CLOSED, name)]
        if leaf.alarms:
            shut += [Note(f'door "{name}" is shut again'), _row(What.ALARM_OVER, name)]
        return _with(state, name, replace(leaf, open=False, alarms=frozenset())), shut
    if rule.forced_alarm and not _may_open(state, name, at_s - rule.debounce_s):
        forced = replace(leaf, open=True, alarms=leaf.alarms | {What.FORCED})
        text = f'door "{name}" was opened without a release: forced, or by a key'
        return _with(state, name, forced), [Note(text, Level.WARNING), _row(What.FORCED, name)]
    opened = _with(state, name, replace(leaf, open=True))
    return _locked_again(rule, opened, name, [_row(What.OPENED, name)])


def ajar(rules: Rules, state: State, name: str, at_s: float) -> Outcome:
    """An open door has gone on without a release: a tone at the door, then the alarm."""
    rule, leaf = rules.doors[name].contact, state.leaves[name]
    if rule is None or rule.held_open_s is None or leaf.ajar_s is None:
        return state, []
    alarm_s = leaf.ajar_s + rule.held_open_s
    if at_s < alarm_s:
        due_s = min(at_s + TONE_EVERY_S, alarm_s)
        return state, [Play(Tone.HELD_OPEN), StartTimer(AjarTimer(name), due_s)]
    after = _with(state, name, replace(leaf, alarms=leaf.alarms | {What.HELD_OPEN}, ajar_s=None))
    text = f'door "{name}" has stood open for {rule.held_open_s:.0f} s without a release'
    return after, [Note(text, Level.WARNING), _row(What.HELD_OPEN, name)]


def followed(rules: Rules, before: State, state: State, at_s: float) -> Outcome:
    """Keep in mind when each door was locked, and since when it stands open without a release."""
    effects: list[Effect] = []
    for name, rule in rules.doors.items():
        contact = rule.contact
        if contact is None:
            continue
        leaf = state.leaves[name]
        if isinstance(before.doors[name], Released) and isinstance(state.doors[name], Locked):
            leaf = replace(leaf, locked_s=at_s)
        counts = contact.held_open_s is not None and _stands_open(state, name)
        if counts and leaf.ajar_s is None and contact.held_open_s is not None:
            leaf = replace(leaf, ajar_s=at_s)
            wait_s = max(0.0, contact.held_open_s - contact.pre_alarm_s)
            effects.append(StartTimer(AjarTimer(name), at_s + wait_s))
        if not counts and leaf.ajar_s is not None:
            leaf = replace(leaf, ajar_s=None)
            effects.append(CancelTimer(AjarTimer(name)))
        if leaf is not state.leaves[name]:
            state = _with(state, name, leaf)
    return state, effects


def _locked_again(rule: ContactRule, state: State, name: str, effects: list[Effect]) -> Outcome:
    """Lock a door that has opened, where it is configured so; a hold goes on, and a fire locks nothing."""
    now = state.doors[name]
    pulse = isinstance(now, Released) and not isinstance(now, Held)
    if not rule.relock or not pulse or state.fire is not Fire.NONE:
        return state, effects
    locked, more = door.lock(name)
    return replace(state, doors=state.doors | {name: locked}), [*effects, *more]


def _may_open(state: State, name: str, opened_s: float) -> bool:
    exit_button = state.inputs.get(Input(InputKind.EXIT, name))
    leaving = exit_button is not None and (exit_button.contact.seen or exit_button.contact.counted)
    return (
        isinstance(state.doors[name], Released)
        or opened_s <= state.leaves[name].locked_s + GRACE_S
        or leaving
        or state.fire is not Fire.NONE
    )


def _stands_open(state: State, name: str) -> bool:
    leaf = state.leaves[name]
    faulty = state.inputs[Input(InputKind.DOOR, name)].faulty
    released = isinstance(state.doors[name], Released) or state.fire is not Fire.NONE
    return leaf.open and not released and not faulty and What.HELD_OPEN not in leaf.alarms


def _with(state: State, name: str, leaf: Leaf) -> State:
    return replace(state, leaves=state.leaves | {name: leaf})


def _row(what: What, name: str) -> Audit:
    return Audit(Record(what, name))
