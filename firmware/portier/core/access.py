"""Which keys release which door, and what counts as a wrong attempt.

An attempt is a fixed window of keys: it ends at a release digit, at the length of the longest one, at
`*` or at its time-out, and then the next key begins a new one. No key is ever looked at twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from .rules import Rules


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
