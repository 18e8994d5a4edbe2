"""Where a door stands, and what is ordered, seen and reported of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .audit import Road, What

_NEVER_S = float("-inf")


@dataclass(frozen=True, slots=True)
class Locked:
    """The door is locked."""


@dataclass(frozen=True, slots=True)
class Released:
    """The door may be opened, since and until moments of the events' clock."""

    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Held(Released):
    """The door may be opened until its hold ends; `until_s` is the end of a slice, renewed before it comes.

    `by` what road it is held, `pulse_until_s` until when somebody released it anyhow, which is shown.
    """

    by: Road = Road.COMMAND
    pulse_until_s: float | None = None


Door = Locked | Released


class Order(Enum):
    """What a command has ordered of a door, until told otherwise: at most one at a time."""

    NONE = "none"
    LOCK = "lock"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact: the level that counts, and the last one seen; True is closed, or active.

    `stuck` while it has been closed for longer than anybody presses.
    """

    counted: bool = False
    seen: bool = False
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """An observed contact, whose edges have come without a rest from `restless_s` to `edge_s`."""

    contact: Contact = Contact()
    restless_s: float = _NEVER_S
    edge_s: float = _NEVER_S
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """A door's leaf, as its contact shows it: open or not, and what is wrong about that.

    `ajar_s` since when it stands open without a release; `locked_s` when it was last locked.
    """

    open: bool = False
    alarms: frozenset[What] = frozenset()
    ajar_s: float | None = None
    locked_s: float = _NEVER_S


class Fire(Enum):
    """Whether there is a fire alarm; over is: the contact went back, and nobody has reset it."""

    NONE = "none"
    ALARM = "alarm"
    OVER = "over"
