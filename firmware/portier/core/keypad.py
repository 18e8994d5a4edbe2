"""Keypads, card readers and callers who may use access codes: what each of their keys leads to."""

from __future__ import annotations

from dataclasses import replace

from . import codes_entry, codes_guard, incoming, limits, presses
from .codes import Entry
from .codes_state import CALLER, KEYPAD
from .effects import CancelTimer, Effect, Level, Note, Play, StartTimer, Tone
from .events import (
    CardRead,
    CodeLookedUp,
    Digit,
    Event,
    KeypadKey,
    KeypadLost,
    KeypadRestored,
    TimerFired,
)
from .rules import FLAT, Rules
from .states import Incoming, State
from .timers import BlockTimer, DigitTimer, ForgetTimer, KeypadTimer

Outcome = tuple[State, list[Effect]]

CALL_KEY = "#"
"""Ends a flat's number on a keypad. In a call it prolongs that, and does nothing else."""

_NAMED = 8


def decide(rules: Rules, state: State, event: Event) -> Outcome | None:
    """All that concerns access codes and flats' numbers; None for every other event."""
    match event:
        case KeypadKey():
            return _key(rules, state, event)
        case CardRead(keypad=name, card=card, at_s=at_s):
            rule = rules.keypads.get(name)
            if rule is None:
                return state, []
            return codes_entry.entered(rules, state, KEYPAD + name, rule.door, card, at_s)
        case KeypadLost(keypad=name, reason=reason):
            lost = state.codes.lost
            text = f'keypad "{name}" does not work: {reason}; it is tried again'
            told: list[Effect] = [] if name in lost else [Note(text, Level.WARNING)]
            return _losing(state, lost | {name}), told
        case KeypadRestored(keypad=name):
            lost = state.codes.lost
            told = [Note(f'keypad "{name}" works again')] if name in lost else []
            return _losing(state, lost - {name}), told
        case CodeLookedUp():
            return codes_entry.looked_up(rules, state, event)
        case Digit(leg=leg):
            call = caller(rules, state, leg)
            return _heard(_callers_key(rules, state, call, event)) if call else None
        case TimerFired(timer=DigitTimer(leg)):
            call = caller(rules, state, leg)
            if call is None or not call.keys:
                return None
            return _heard(_denied(replace(state, call=replace(call, keys=""))))
        case TimerFired(timer=KeypadTimer(name)):
            return _denied(_typed(state, name, "")) if name in state.codes.typed else (state, [])
        case TimerFired(timer=BlockTimer(source), at_s=at_s):
            return codes_guard.block_over(state, source, at_s)
        case TimerFired(timer=ForgetTimer(source)):
            return codes_guard.quiet(state, source)
        case _:
            return None


def never_rung(rules: Rules) -> list[Effect]:
    """Tell of flats whose numbers nobody can key: an attempt as long as a code is one."""
    flats = [one for one in rules.flats if not (one.isascii() and one.isdecimal())]
    long = [one for one in rules.flats if one not in flats and len(one) >= rules.code_length]
    told: list[Effect] = []
    if rules.keypads and flats:
        told.append(Note(f"flats that no keypad can ring, as their numbers are not digits: {_some(flats)}"))
    if rules.keypads and long:
        text = f"flats that no keypad can ring, as their numbers are as long as a code: {_some(long)}"
        told.append(Note(text, Level.WARNING))
    return told


def _some(flats: list[str]) -> str:
    more = len(flats) - _NAMED
    return ", ".join(flats[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def caller(rules: Rules, state: State, leg: int) -> Incoming | None:
    """The call from outside in this leg, where its keys are an access code's, and never a release digit."""
    call = incoming.talks(state, leg)
    if call is None or rules.incoming is None or call.number not in rules.incoming.code_from:
        return None
    return call


def _key(rules: Rules, state: State, event: KeypadKey) -> Outcome:
    rule = rules.keypads.get(event.keypad)
    if rule is None:
        return state, []
    name, timer = rule.name, KeypadTimer(rule.name)
    before = state.codes.typed.get(name, Entry("")).keys
    if event.key == CALL_KEY:
        if not before:
            return state, []
        after, effects = _call(rules, _typed(state, name, ""), name, before, event.at_s)
        return after, [*effects, CancelTimer(timer)]
    typed, entry = codes_entry.grown(before, event.key, rules.code_length)
    after = _typed(state, name, typed)
    if entry is not None:
        after, effects = codes_entry.entered(rules, after, KEYPAD + name, rule.door, entry, event.at_s)
        return after, [*effects, CancelTimer(timer)]
    if typed == before:
        return state, []
    return after, [StartTimer(timer, event.at_s + rule.key_timeout_s)]


def _call(rules: Rules, state: State, keypad: str, number: str, at_s: float) -> Outcome:
    """A flat's number is a press like a button's, with its limits. It is no code, and none is looked for."""
    if number not in rules.flats:
        return state, [Play(Tone.NOT_AVAILABLE), Note(f'keypad "{keypad}": no flat has the number keyed')]
    return presses.by_hand(rules, state, FLAT + number, at_s)


def _callers_key(rules: Rules, state: State, call: Incoming, event: Digit) -> Outcome:
    if event.key == CALL_KEY:
        return state, limits.prolonged(rules, call.leg, event.at_s)
    timer = DigitTimer(call.leg)
    typed, entry = codes_entry.grown(call.keys, event.key, rules.code_length)
    after = replace(state, call=replace(call, keys=typed))
    if entry is not None:
        door = rules.incoming.code_door if rules.incoming else ""
        source = CALLER + call.number
        after, effects = codes_entry.entered(rules, after, source, door, entry, event.at_s, call.leg)
        return after, [*effects, CancelTimer(timer)]
    if typed == call.keys:
        return state, []
    return after, [StartTimer(timer, event.at_s + rules.digit_timeout_s)]


def _heard(outcome: Outcome) -> Outcome:
    after, effects = outcome
    return after, codes_entry.to_caller(effects)


def _denied(state: State) -> Outcome:
    """An attempt that was left unfinished is over. It has guessed at nothing, and is not counted."""
    return state, [Play(Tone.DENIED)]


def _losing(state: State, lost: frozenset[str]) -> State:
    return replace(state, codes=replace(state.codes, lost=lost))


def _typed(state: State, keypad: str, typed: str) -> State:
    others = {name: entry for name, entry in state.codes.typed.items() if name != keypad}
    kept = others | {keypad: Entry(typed)} if typed else others
    return replace(state, codes=replace(state.codes, typed=kept))
