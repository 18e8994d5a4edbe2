"""One row of the audit log as it is kept, and the words that the log has of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portier.core.audit import Record


class CannotKeepError(Exception):
    """Rows cannot be written at the moment; its text says where, why and what to do."""


class Own(Enum):
    """What the log says of itself. Nothing asks for such a row."""

    BEGUN = "log begun"
    LOST = "rows lost"
    PURGED = "old rows purged"
    ERASED = "personal data erased"
    DOUBTED = "log's end in doubt"


_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something happened.

    `at_us` is UTC since 1970, right only where `clock_right`. `boot` is the kernel's number of this start of
    the machine (16 bytes), `mono_us` the monotonic clock since then: they tell the order whatever the time
    of day says.
    """

    at_us: int
    mono_us: int
    boot: bytes
    clock_right: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written: the words, and whose they are. `who` and `resident` can be erased later."""

    stamp: Stamp
    what: str
    door: str = ""
    road: str = ""
    why: str = ""
    who: str = ""
    resident: int = 0

    @property
    def personal(self) -> bool:
        """Whether it tells of somebody."""
        return bool(self.who or self.resident)


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept for good. `commitment` stands for the personal data, empty where there were none."""

    number: int
    stamp: Stamp
    what: str
    door: str
    road: str
    why: str
    commitment: bytes
    link: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """The personal data of a row, which may be erased."""

    salt: bytes
    who: str
    resident: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last row's number and link; `log` tells one chain from another."""

    log: bytes
    number: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.link.hex()}"


def entry(record: Record, stamp: Stamp) -> Entry:
    """Write a record down with its moment."""
    road = record.road.value if record.road else ""
    return Entry(
        stamp,
        record.what.value,
        clean(record.door),
        road,
        clean(record.why),
        clean(record.who),
        record.resident,
    )


def clean(text: str) -> str:
    """Only what can be seen, and not too much of it: a name may come from a stranger's telephone."""
    return "".join(one if one.isprintable() else "?" for one in text[:_LONGEST])


@dataclass(frozen=True, slots=True)
class Kept:
    """What a write has led to: the end of the chain, how many rows are kept, and what is to be said."""

    head: Head
    rows: int
    said: str = ""
