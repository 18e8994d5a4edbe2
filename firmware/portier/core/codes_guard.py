"""Guessing at access codes, as everybody else hears of it: tones, the log, the audit log, the memory.

Only codes are refused here. A called resident's release digit, the exit button, fire and a flat's number on a
keypad never come this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import guessing
from .audit import Record, Road, What
from .codes_state import CALLER, KEYPAD, words
from .effects import Audit, CancelTimer, Effect, Level, Note, Play, Remember, StartTimer, Tone
from .guessing import Guesser, Guesses
from .states import State
from .timers import BlockTimer, ForgetTimer

Outcome = tuple[State, list[Effect]]

_KEY = "codes."


def refusal(state: State, source: str, door: str, at_s: float) -> Outcome | None:
    """What a code of a blocked source leads to, right or wrong; None where the source is not blocked."""
    guesses = state.codes.guesses
    if not guessing.blocked(guesses, source, at_s):
        return None
    effects: list[Effect] = [Play(Tone.BLOCKED)]
    if not guesses.by_source[source].refused:
        # The first of each block; how many there were is told at its end.
        effects.append(_refused(source, door, "blocked"))
    return _with(state, guessing.refused(guesses, source)), effects


def wrong(state: State, source: str, door: str, at_s: float, row: Audit | None = None) -> Outcome:
    """A code that is none; or one that is refused as if it were, with the `row` that tells why."""
    guesses, counted = guessing.wrong(state.codes.guesses, source, at_s)
    after, row = _with(state, guesses), row or _refused(source, door, "unknown code")
    if not counted.block_s:
        return after, [Play(Tone.DENIED), row]
    guesser = guesses.by_source[source]
    why = f"{guessing.WRONG_LIMIT} wrong access codes"
    text = f"{words(source)}: {why}, blocked for {counted.block_s:.0f} s; right ones are refused, too"
    effects: list[Effect] = [
        Play(Tone.BLOCKED),
        row,
        StartTimer(BlockTimer(source), guesser.until_s),
        CancelTimer(ForgetTimer(source)),
        Remember(_KEY + source, f"{guesser.level} {counted.block_s:.0f}"),
        Audit(
            Record(What.CODES_BLOCKED, door, Road.ACCESS_CODE, _who(source), why=f"{_where(source)}: {why}")
        ),
        Note(text, Level.WARNING),
    ]
    return after, [*effects, *(_alarm(guesses, door) if counted.attacked else [])]


def block_over(state: State, source: str, at_s: float) -> Outcome:
    """A source may be used again."""
    guesser = state.codes.guesses.by_source.get(source)
    if guesser is None or not guesser.blocked:
        return state, []
    after = _with(state, guessing.over(state.codes.guesses, source))
    count = guesser.refused
    rows = [_refused(source, "", f"blocked: {count} in all")] if count > 1 else []
    return after, [
        StartTimer(ForgetTimer(source), at_s + guessing.QUIET_S),
        Remember(_KEY + source, f"{guesser.level} 0"),
        *rows,
        Note(f"{words(source)}: access codes count again; refused in the block: {count}"),
    ]


def quiet(state: State, source: str) -> Outcome:
    """A source has not been blocked for a day."""
    return _with(state, guessing.forgotten(state.codes.guesses, source)), [Remember(_KEY + source, None)]


def recalled(remembered: Mapping[str, str], at_s: float) -> tuple[Guesses, list[Effect]]:
    """What a station that starts knows of sources that were blocked before.

    No wall clock tells how much of a block is over, and none is needed: it begins anew. Of more than there is
    room for, keypads come first, then the most suspicious.
    """
    found: dict[str, Guesser] = {}
    for key, value in remembered.items():
        level, _, rest = value.partition(" ")
        source = key.removeprefix(_KEY)
        # What cannot be read counts as nothing.
        if source == key or not (
            level.isascii() and level.isdecimal() and 0 < len(level) <= 3 and int(level)
        ):
            continue
        found[source] = guessing.recalled(int(level), rest != "0", at_s)

    def rank(source: str) -> tuple[bool, tuple[bool, int, float]]:
        return source.startswith(KEYPAD), guessing.suspicion(found[source])

    effects: list[Effect] = []
    kept = sorted(found, key=rank, reverse=True)[: guessing.MOST_SOURCES]
    guesses = Guesses({source: found[source] for source in kept})
    for source, one in guesses.by_source.items():
        if one.blocked:
            effects.append(StartTimer(BlockTimer(source), one.until_s))
            effects.append(Note(f"{words(source)}: blocked again for {one.block_s:.0f} s", Level.WARNING))
        else:
            effects.append(StartTimer(ForgetTimer(source), at_s + guessing.QUIET_S))
    return guesses, effects


def _alarm(guesses: Guesses, door: str) -> list[Effect]:
    names = ", ".join(words(source) for source, _ in guesses.blocks)
    text = f"access codes are guessed from several sides within {guessing.WITHIN_S / 60:.0f} min: {names}"
    row = Record(What.CODES_ATTACKED, door, Road.ACCESS_CODE, why=f"{len(guesses.blocks)} sources blocked")
    return [Audit(row), Note(text, Level.WARNING)]


def _refused(source: str, door: str, why: str) -> Audit:
    return Audit(Record(What.REFUSED, door, Road.ACCESS_CODE, _who(source), why=f"{_where(source)}: {why}"))


def _who(source: str) -> str:
    """A caller is known by his number; of a keypad nobody knows who stands there."""
    return source.removeprefix(CALLER) if source.startswith(CALLER) else ""


def _where(source: str) -> str:
    """Without a number: a row tells of a person in `who` alone, where it can be erased."""
    return "a caller" if source.startswith(CALLER) else words(source)


def _with(state: State, guesses: Guesses) -> State:
    return replace(state, codes=replace(state.codes, guesses=guesses))
