"""What the directory holds, in plain values. Never an access code itself, only what it is told apart by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One telephone of a resident: a number, dialled with the prefix or plainly, or a whole SIP address."""

    number: str = ""
    uri: str = ""
    prefix: bool = True

    def __str__(self) -> str:
        if self.uri:
            return self.uri
        return self.number if self.prefix else f"{PLAIN}{self.number}"


PLAIN = "plain:"
"""What stands before a number that is dialled without the prefix."""

CARD = "card:"
"""What stands before the two numbers of a card that a reader tells: "card:12:34567"."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives or works here. `number` is never given to another.

    `lines` ring in their order. `release_from` are the numbers from which a call to the station may release a
    door by its release digit, `code_from` those from which it may use an access code.
    """

    number: int
    name: str
    flat: str = ""
    language: str = ""
    lines: tuple[Line, ...] = ()
    release_from: tuple[str, ...] = ()
    code_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """An access code. `number` is never given to another; `digest` is the keyed hash of its `length` digits,
    or of a card, which has a length of 0.

    `resident` is whose it is, 0 for nobody's; `profile` the time profile it is bound to, "" for none. Times
    are local ones. `uses` is how often it may be used in all, None for as often as wanted; `used` how often
    it was; `long` for a longer release.
    """

    number: int
    digest: bytes = field(repr=False)
    length: int
    label: str
    doors: frozenset[str]
    resident: int = 0
    profile: str = ""
    from_time: datetime | None = None
    until_time: datetime | None = None
    uses: int | None = None
    long: bool = False
    used: int = 0

    @property
    def uses_left(self) -> int | None:
        """How often it may still be used; None for as often as wanted."""
        return None if self.uses is None else max(0, self.uses - self.used)


@dataclass(frozen=True, slots=True)
class Book:
    """The whole directory. `next_resident` and `next_code` are the numbers that nobody had yet."""

    residents: tuple[Resident, ...] = ()
    codes: tuple[Code, ...] = ()
    next_resident: int = 1
    next_code: int = 1

    def named(self, name: str) -> Resident | None:
        """The resident of this name, in large or small letters."""
        return next((one for one in self.residents if one.name.casefold() == name.casefold()), None)
