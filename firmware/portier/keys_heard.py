"""A key of the far phone as it arrives: by which way, since when, for how long, and what was odd about it.

Whoever counts keys posts a `Digit` for each press, once. These values tell the rest, for `portier dtmf-test`
alone: they hold the key, and go into no log, no record and no status.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Way(StrEnum):
    """How a key travels: as RTP events, as a SIP request, or as its two tones in the sound."""

    EVENT = "RFC 4733"
    INFO = "SIP INFO"
    TONE = "in-band"


class Stage(Enum):
    """A key went down, is still down, or came up."""

    DOWN = "down"
    HELD = "held"
    UP = "up"


@dataclass(frozen=True, slots=True)
class KeyNews:
    """One sign of a key. `lasted_s` is how long it has been down, None where the far phone does not say.

    `counts` says whether this made a Digit: not where the same press came by another way before, or the way
    counts for nothing.
    """

    leg: int
    way: Way
    key: str = field(repr=False)
    at_s: float
    stage: Stage = Stage.DOWN
    lasted_s: float | None = None
    odd: tuple[str, ...] = ()
    counts: bool = False


@dataclass(frozen=True, slots=True)
class KeyRemark:
    """What is odd about how a leg's telephone sends keys at all."""

    leg: int
    text: str


HearKey = Callable[[KeyNews | KeyRemark], None]
"""Hands a key's news to who shows them, from any thread. Returns at once and never raises."""


def unshown(news: KeyNews | KeyRemark) -> None:
    """Where nobody is shown keys."""
    del news
