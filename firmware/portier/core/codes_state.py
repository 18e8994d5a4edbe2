"""What the core keeps of access codes between two events: keys so far, questions open, who guesses."""

from __future__ import annotations

from dataclasses import dataclass, field

from .codes import Entry
from .guessing import Guesses


@dataclass(frozen=True, slots=True)
class Asked:
    """A complete code that the directory has been asked for.

    `source` is where it was entered ("keypad:front", "caller:201"), `leg` the call it was keyed in, 0 for
    none. `spent` are the codes that were used once since the question: its answer may not know of it.
    """

    source: str
    door: str
    leg: int = 0
    spent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Codes:
    """`typed` has the attempt so far at each keypad, `asked` the open questions by their numbers.

    `lost` are the keypads that do not work.
    """

    typed: dict[str, Entry] = field(default_factory=dict)
    asked: dict[int, Asked] = field(default_factory=dict)
    last: int = 0
    guesses: Guesses = field(default_factory=Guesses)
    lost: frozenset[str] = frozenset()


KEYPAD = "keypad:"
CALLER = "caller:"


def words(source: str) -> str:
    """A source, for people."""
    kind, _, name = source.partition(":")
    return f'{kind} "{name}"' if source.startswith(KEYPAD) else f"{kind} {name}"
