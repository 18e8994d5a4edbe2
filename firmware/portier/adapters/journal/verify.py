"""Follows the chain from its anchor to its end, and says which rows break it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from . import chain, purge_claims, tables
from .row import Head, Own, Person, Row

_LIST = "rows, list "


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: the rows that are kept (0 and 0 where there is none), the end, and what is wrong."""

    first: int
    last: Head
    erased: int
    problems: tuple[str, ...]
    purges: tuple[purge_claims.Purge, ...] = ()


def erasure(numbers: list[int]) -> str:
    """What the row of an erasure says: how many rows, and what stands for their list."""
    return f"{len(numbers)} {_LIST}{chain.listed(numbers)}"


def verify(database: sqlite3.Connection, noted: list[Head]) -> Verdict:
    """Check every row, every erasure, the beginning and the end.

    `noted` are ends that were kept elsewhere: the row of each must still be there as it was, unless it is
    older than the anchor. Raises sqlite3.Error.
    """
    # All of it as it was at one moment: the station may write meanwhile.
    database.execute("BEGIN")
    try:
        return _verified(database, noted)
    finally:
        database.execute("ROLLBACK")


def _verified(database: sqlite3.Connection, noted: list[Head]) -> Verdict:
    log, anchor, link = tables.anchor(database)
    check = _Check(database, anchor, link, [head for head in noted if head.log in (b"", log)])
    problems = list(check.run())
    problems += [
        f"the end that was noted is of another log, and was row {head.number}: this one took its place"
        for head in noted
        if head.log not in (b"", log)
    ]
    first = anchor + 1 if check.number > anchor else 0
    return Verdict(
        first, Head(log, check.number, check.link), len(check.erased), tuple(problems), tuple(check.purges)
    )


class _Check:
    """One walk along the chain."""

    def __init__(self, database: sqlite3.Connection, anchor: int, link: bytes, noted: list[Head]) -> None:
        self._database = database
        self._anchor = anchor
        self._noted: dict[int, set[bytes]] = {}
        for one in noted:
            if one.number > anchor:
                self._noted.setdefault(one.number, set()).add(one.link)
        self._purged = 0
        self._claims: dict[int, str] = {}
        self.purges: list[purge_claims.Purge] = []
        self._first: Row | None = None
        self._lost = False
        self.number, self.link = anchor, link
        self.erased: dict[int, int] = dict(database.execute("SELECT number, by_row FROM erased"))

    def run(self) -> Iterator[str]:
        """Everything that is wrong."""
        for row, person in tables.rows(self._database):
            yield from self._follows(row)
            yield from self._whose(row, person)
            self._lost = self._lost or (self._first is None and row.what == Own.LOST.value)
            if self._first is None and not purge_claims.is_logs_own(row):
                self._first = row
            if row.what == Own.PURGED.value:
                gone = purge_claims.told(row)
                self.purges += [gone] if gone else []
                self._purged = gone.up_to if gone else 0
            if row.what == Own.DOUBTED.value:
                yield f"row {row.number} tells what the station found at the end before it: {row.why}"
            if row.what == Own.ERASED.value:
                self._claims[row.number] = row.why
            self.number, self.link = row.number, row.link
        yield from self._beginning()
        yield from self._erasures()
        yield from self._strangers()
        for number in self._noted:
            yield f"row {number} was the last one once, and is not there: the end was cut off"

    def _follows(self, row: Row) -> Iterator[str]:
        if row.number != self.number + 1:
            first, last = self.number + 1, row.number - 1
            yield f"row {first} is missing" if first == last else f"rows {first} to {last} are missing"
        elif chain.linked(self.link, row) != row.link:
            before = f"row {self.number}" if self.number > self._anchor else "the anchor"
            yield f"row {row.number} does not follow from {before}: it was changed, or {before} was"
        if self._noted.pop(row.number, {row.link}) != {row.link}:
            yield f"row {row.number} is not what it was when its link was noted: the log was written anew"

    def _whose(self, row: Row, person: Person | None) -> Iterator[str]:
        if person is None:
            if row.commitment and row.number not in self.erased:
                yield f"row {row.number} has lost whose it is, and no erasure names it"
        elif chain.committed(person) != row.commitment:
            yield f"row {row.number} says otherwise whose it is than when it was written"
        elif row.number in self.erased:
            yield f"row {row.number} counts as erased, and still says whose it is"

    def _beginning(self) -> Iterator[str]:
        if self._purged != self._anchor:
            told = f"row {self._purged}" if self._purged else "no row"
            yield f"the log begins after row {self._anchor}, and tells of a purge up to {told}: rows are gone"
        first = None if self._lost else self._first
        if self.purges and (why := purge_claims.gainsaid(self.purges[-1], first)):
            yield why

    def _erasures(self) -> Iterator[str]:
        by: dict[int, list[int]] = {}
        for number, by_row in sorted(self.erased.items()):
            by.setdefault(by_row, []).append(number)
        for by_row in sorted(by.keys() | self._claims.keys()):
            if self._claims.get(by_row) != erasure(by.get(by_row, [])):
                yield f"row {by_row} tells of another erasure than was made"

    def _strangers(self) -> Iterator[str]:
        for (number,) in self._database.execute("SELECT number FROM people EXCEPT SELECT number FROM rows"):
            yield f"row {number} has somebody's data, and is not there"
