"""What each road to a door may do, and what may block it; which keys release which door.

An attempt is a fixed window of keys: it ends at a release digit, at the length of the longest one, at
`*` or at its time-out, and then the next key begins a new one. No key is ever looked at twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from .audit import Road
from .rules import Rules
from .states import Fire, Order, State


class Deed(Enum):
    """What can be asked of a door."""

    RELEASE = "release"
    HOLD = "hold"
    END_HOLD = "end a hold"
    LOCK = "lock"
    UNLOCK = "unlock"


class Bar(Enum):
    """What may stand in a road's way; GUESSING bars a source of codes, and is known to who counts those."""

    LOCK = "the door is locked until a command unlocks it"
    TAMPER = "the box was opened: access codes are blocked for a while"
    GUESSING = "too many wrong codes"
    CLOCK = "the clock is not known to be right"
    NOT_RATED = "the configuration does not say that its relay may hold (may_hold)"
    FIRE = "there is a fire alarm, which is to be reset first"


POWERS: Mapping[tuple[Road, Deed], frozenset[Bar]] = {
    (Road.RELEASE_DIGIT, Deed.RELEASE): frozenset({Bar.LOCK}),
    (Road.ACCESS_CODE, Deed.RELEASE): frozenset({Bar.LOCK, Bar.TAMPER, Bar.GUESSING}),
    (Road.EXIT_BUTTON, Deed.RELEASE): frozenset(),
    (Road.COMMAND, Deed.RELEASE): frozenset(),
    (Road.COMMAND, Deed.HOLD): frozenset({Bar.LOCK, Bar.NOT_RATED}),
    (Road.COMMAND, Deed.END_HOLD): frozenset(),
    (Road.COMMAND, Deed.LOCK): frozenset({Bar.FIRE}),
    (Road.COMMAND, Deed.UNLOCK): frozenset(),
    (Road.SCHEDULE, Deed.HOLD): frozenset({Bar.LOCK, Bar.CLOCK, Bar.NOT_RATED}),
    (Road.FIRE, Deed.HOLD): frozenset({Bar.NOT_RATED}),
}
"""What each road may ask of a door, and what bars it. What is not here no road may."""


def bars(rules: Rules, state: State, door: str) -> frozenset[Bar]:
    """What stands in the way of anybody at this door, as far as the station's state tells it."""
    fire = state.fire is not Fire.NONE
    found = {
        # In a fire no lock keeps anybody out, or in.
        Bar.LOCK: state.orders.get(door) is Order.LOCK and not fire,
        Bar.TAMPER: state.codes_barred,
        Bar.CLOCK: state.clock_unsure,
        Bar.NOT_RATED: not rules.doors[door].may_hold,
        Bar.FIRE: fire,
    }
    return frozenset(bar for bar, there in found.items() if there)


def barred(rules: Rules, state: State, door: str, road: Road, deed: Deed = Deed.RELEASE) -> Bar | None:
    """What bars this road from this deed now; None where it may. ValueError for what no road may."""
    if (road, deed) not in POWERS:
        raise ValueError(f"{road.value} may never {deed.value}")
    stands = POWERS[road, deed] & bars(rules, state, door)
    return next((bar for bar in Bar if bar in stands), None)


@dataclass(frozen=True, slots=True)
class Opens:
    """The attempt is a door's release digit."""

    door: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The attempt goes on with these keys."""

    keys: str

    def __repr__(self) -> str:
        return "Pending()"


@dataclass(frozen=True, slots=True)
class Wrong:
    """The attempt is over and releases nothing."""


@dataclass(frozen=True, slots=True)
class Prolongs:
    """The key asks for more time to talk, and is part of no attempt."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The key is no attempt."""


Verdict = Opens | Pending | Wrong | Prolongs | Ignored


def judge(rules: Rules, keys: str, key: str) -> Verdict:
    """Take the next key of a call whose attempt so far is `keys`."""
    if key == "#":
        return Prolongs()
    attempt = keys + key
    digits = {door.release_digit: door.name for door in rules.doors.values()}
    if attempt in digits:
        return Opens(digits[attempt])
    if any(digit.startswith(attempt) for digit in digits):
        return Pending(attempt)
    if key == "*":
        return Wrong() if keys else Ignored()
    if len(attempt) < max(map(len, digits), default=0):
        return Pending(attempt)
    return Wrong()
