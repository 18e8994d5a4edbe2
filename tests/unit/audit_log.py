"""An audit log for tests: rows written at moments that a test names, and what the log is found to be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from portier.adapters.journal import reading, tables
from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import Entry, Kept, Person, Row, Stamp
from portier.adapters.journal.store import DATABASE, Store
from portier.adapters.journal.verify import Verdict, verify

DAY_US = 24 * 3600 * 1_000_000
NOW_US = 1_790_000_000_000_000
RULE = Rule()
BOOT = bytes(range(16))


def stamp(number: int = 0, *, days: float = 0.0, right: bool = True) -> Stamp:
    """A moment: `number` seconds and `days` days after a day in 2026."""
    return Stamp(
        NOW_US + number * 1_000_000 + round(days * DAY_US),
        1_000_000 * number + round(days * DAY_US),
        BOOT,
        right,
    )


def released(number: int, who: str = "", resident: int = 0, *, days: float = 0.0) -> Entry:
    """A row of a release."""
    return Entry(stamp(number, days=days), "released", "front", "release digit", "", who, resident)


def written(folder: Path, entries: Iterable[Entry], rule: Rule = RULE, *, days: float = 0.0) -> Kept:
    """Write rows in one batch, at a moment."""
    store = Store(folder, rule)
    try:
        return store.append(entries, stamp(days=days))
    finally:
        store.close()


def verdict(folder: Path) -> Verdict:
    """What is found of the log, with the end that is noted beside it."""
    kept = reading.noted(folder)
    with reading.reading(folder) as database:
        return verify(database, [kept] if kept else [])


def rows(folder: Path) -> list[tuple[Row, Person | None]]:
    """All rows."""
    with reading.reading(folder) as database:
        return list(tables.rows(database))


def changed(folder: Path, statement: str, *values: object) -> int:
    """Do to the database what somebody with root's rights might; how many rows that met."""
    database = sqlite3.connect(folder / DATABASE, isolation_level=None)
    try:
        return database.execute(statement, values).rowcount
    finally:
        database.close()
