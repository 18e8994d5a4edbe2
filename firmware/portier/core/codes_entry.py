"""A complete access code: asked for, answered, released or refused; of a keypad, a card or a caller."""

from __future__ import annotations

from dataclasses import replace

from . import codes_checks, codes_guard, incoming, limits, road
from .audit import Record, Road, What
from .codes import CodeMatch, Entry
from .codes_state import Asked, words
from .effects import Audit, Effect, LookUpCode, Note, Play, Release, SpendCode, Tone
from .events import CodeLookedUp
from .rules import Rules
from .states import State

Outcome = tuple[State, list[Effect]]

CARD = "card:"
"""How the entry of a card begins, which no key can write."""


def grown(typed: str, key: str, length: int) -> tuple[str, Entry | None]:
    """An attempt with its next key: what goes on, and the entry where this key ends it.

    It ends at its length, or at `*`; that alone is no attempt, so it may follow a complete code.
    """
    if key == "*":
        return "", Entry(typed) if typed else None
    if len(key) != 1 or key not in "0123456789":
        return typed, None
    typed += key
    return ("", Entry(typed)) if len(typed) >= length else (typed, None)


def entered(
    rules: Rules, state: State, source: str, door: str, entry: Entry, at_s: float, leg: int = 0
) -> Outcome:
    """Ask the directory, unless the source is blocked or this can be no code."""
    if refused := codes_guard.refusal(state, source, door, at_s):
        return refused
    if len(entry.keys) != rules.code_length and not entry.keys.startswith(CARD):
        return codes_guard.wrong(state, source, door, at_s)
    codes = state.codes
    number = codes.last + 1
    asked = codes.asked | {number: Asked(source, door, leg)}
    return replace(state, codes=replace(codes, asked=asked, last=number)), [LookUpCode(number, entry)]


def looked_up(rules: Rules, state: State, event: CodeLookedUp) -> Outcome:
    """The directory has answered; a caller who keyed the code hears what comes of it."""
    asked = state.codes.asked.get(event.attempt)
    if asked is None:
        return state, []
    after, effects = _answered(rules, state, asked, event)
    return after, to_caller(effects) if incoming.talks(after, asked.leg) else effects


def to_caller(effects: list[Effect]) -> list[Effect]:
    """Let the call's far end hear the tones, too: the same ones as at a keypad, and so no more."""
    return [replace(one, to_far_end=True) if isinstance(one, Play) else one for one in effects]


def _answered(rules: Rules, state: State, asked: Asked, event: CodeLookedUp) -> Outcome:
    """Who was blocked meanwhile is so for this code, too."""
    left = {number: one for number, one in state.codes.asked.items() if number != event.attempt}
    after = replace(state, codes=replace(state.codes, asked=left))
    if refused := codes_guard.refusal(after, asked.source, asked.door, event.at_s):
        return refused
    match = event.match
    if match is None:
        return codes_guard.wrong(after, asked.source, asked.door, event.at_s)
    why = codes_checks.why_not(rules, after, match, asked.door, event.at_s, asked.spent)
    if why:
        row = Audit(Record(What.REFUSED, asked.door, Road.ACCESS_CODE, match.label, match.resident, why))
        note = Note(f"{_named(match, asked)}, refused: {why}")
        if codes_checks.stations_own(rules, after, match, asked.door, event.at_s):
            return after, [Play(Tone.DENIED), row, note]
        after, effects = codes_guard.wrong(after, asked.source, asked.door, event.at_s, row)
        return after, [*effects, note]
    return _release(rules, after, asked, match, event.at_s)


def _release(rules: Rules, state: State, asked: Asked, match: CodeMatch, at_s: float) -> Outcome:
    by = _named(match, asked)
    asks = road.Asked(asked.door, Road.ACCESS_CODE, by, match.label, match.resident, match.long)
    after, effects = road.request(rules, state, asks, at_s)
    # No use is taken of a code where the door is released already, for as long as it may be.
    if match.uses_left is not None and any(isinstance(one, Release) for one in effects):
        after, effects = _spent(after, match.code), [*effects, SpendCode(match.code)]
    if asked.leg and incoming.talks(after, asked.leg):
        effects += limits.released(rules, asked.leg, at_s)
        if not any(isinstance(one, Play) for one in effects):
            # Released already, for somebody else: who stands there was told, and the caller was not.
            effects.append(Play(Tone.GRANTED))
    return after, effects


def _named(match: CodeMatch, asked: Asked) -> str:
    """For the log, which nobody can erase a person from: the number that `portier codes list` shows."""
    return f"code {match.code}, {words(asked.source)}"


def _spent(state: State, code: int) -> State:
    """Who asked for the same code a moment ago was told of one use too many."""
    codes = state.codes
    asked = {number: replace(one, spent=(*one.spent, code)) for number, one in codes.asked.items()}
    return replace(state, codes=replace(codes, asked=asked))
