"""Wrong access codes, counted by where they come from: who guesses is blocked, each time for longer.

A right code forgives nothing: whoever has one could else guess at all the others between two uses of it. What
was counted is forgotten after ten minutes, and the blocks after a day without another one. Nothing here knows
a code, and nothing that happens at one source blocks another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

WRONG_LIMIT = 5
WITHIN_S = 600.0
FIRST_BLOCK_S = 30.0
LONGEST_BLOCK_S = 3600.0
QUIET_S = 24 * 3600.0

ATTACKED_BY = 4
"""Blocks of so many sources within ten minutes are an attack on the building."""

MOST_SOURCES = 128
"""Of more the least suspicious is forgotten; keypads and listed callers are fewer."""

_HIGHEST_LEVEL = 8
"""From this block on each lasts an hour."""


@dataclass(frozen=True, slots=True)
class Guesser:
    """A source: the moments of its wrong codes that still count, and how often it was blocked of late.

    While `blocked`, until `until_s`, no code of it is looked at; `refused` of them were not, so far.
    """

    wrong_s: tuple[float, ...] = ()
    level: int = 0
    blocked: bool = False
    until_s: float = 0.0
    refused: int = 0

    @property
    def block_s(self) -> float:
        """How long its last block is in all, 0 where it had none."""
        return block_s(self.level)


@dataclass(frozen=True, slots=True)
class Guesses:
    """All sources of wrong codes, and the blocks of the last ten minutes: whose, and when they began."""

    by_source: dict[str, Guesser] = field(default_factory=dict)
    blocks: tuple[tuple[str, float], ...] = ()
    alarmed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a wrong code has led to: a block of its source, and perhaps the alarm."""

    block_s: float = 0.0
    attacked: bool = False


def block_s(level: int) -> float:
    """How long the block of this number lasts, counted from 1."""
    return min(FIRST_BLOCK_S * 2.0 ** (min(level, _HIGHEST_LEVEL) - 1), LONGEST_BLOCK_S) if level else 0.0


def blocked(guesses: Guesses, source: str, at_s: float) -> bool:
    """Whether no code of this source may be looked at."""
    one = guesses.by_source.get(source)
    return one is not None and one.blocked and at_s < one.until_s


def wrong(guesses: Guesses, source: str, at_s: float) -> tuple[Guesses, Counted]:
    """Count a wrong code of a source that is not blocked."""
    before = guesses.by_source.get(source, Guesser())
    wrong_s = (*(moment_s for moment_s in before.wrong_s if moment_s > at_s - WITHIN_S), at_s)
    if len(wrong_s) < WRONG_LIMIT:
        return _kept(guesses, source, replace(before, wrong_s=wrong_s), at_s), Counted()
    level = min(before.level + 1, _HIGHEST_LEVEL)
    guesser = Guesser(level=level, blocked=True, until_s=at_s + block_s(level))
    recent = [one for one in guesses.blocks if one[1] > at_s - WITHIN_S and one[0] != source]
    blocks = (*recent, (source, at_s))[-MOST_SOURCES:]
    quiet = guesses.alarmed_s is None or guesses.alarmed_s <= at_s - WITHIN_S
    attacked = quiet and len(blocks) >= ATTACKED_BY
    after = _kept(guesses, source, guesser, at_s)
    after = replace(after, blocks=blocks, alarmed_s=at_s if attacked else guesses.alarmed_s)
    return after, Counted(block_s(level), attacked)


def refused(guesses: Guesses, source: str) -> Guesses:
    """A code of a blocked source was not looked at."""
    one = guesses.by_source[source]
    return _with(guesses, source, replace(one, refused=one.refused + 1))


def over(guesses: Guesses, source: str) -> Guesses:
    """A block is over; how many there were is remembered."""
    one = guesses.by_source.get(source)
    return guesses if one is None else _with(guesses, source, replace(one, blocked=False, refused=0))


def forgotten(guesses: Guesses, source: str) -> Guesses:
    """A source was quiet for long enough."""
    return replace(
        guesses, by_source={name: one for name, one in guesses.by_source.items() if name != source}
    )


def recalled(level: int, in_block: bool, at_s: float) -> Guesser:
    """A source as it is after a restart: a block that was not over begins anew, for its whole length."""
    level = min(level, _HIGHEST_LEVEL)
    return Guesser(level=level, blocked=in_block, until_s=at_s + block_s(level) if in_block else 0.0)


def _kept(guesses: Guesses, source: str, guesser: Guesser, at_s: float) -> Guesses:
    """With this source; without those of which nothing counts any more, nor more than there is room for."""
    others = {
        name: one
        for name, one in guesses.by_source.items()
        if name != source and (one.level or (one.wrong_s and one.wrong_s[-1] > at_s - WITHIN_S))
    }
    while len(others) >= MOST_SOURCES:
        del others[min(others, key=lambda name: suspicion(others[name]))]
    return replace(guesses, by_source=others | {source: guesser})


def suspicion(one: Guesser) -> tuple[bool, int, float]:
    """How suspicious a source is, to compare: of too many the least is forgotten."""
    return one.blocked, one.level, one.wrong_s[-1] if one.wrong_s else one.until_s


def _with(guesses: Guesses, source: str, guesser: Guesser) -> Guesses:
    return replace(guesses, by_source=guesses.by_source | {source: guesser})
