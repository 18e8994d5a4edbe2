"""Old rows go: by age where the clock is right, and by number. The chain goes on from an anchor."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from .row import Entry, Own, Stamp

_DAY_US = 24 * 3600 * 1_000_000
_AT_ONCE = 5000
"""So that no write takes long."""
_SPARE = 100
"""Where there are too many, this part of them goes at once: each purge is a write and a row."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long rows are kept, and how many."""

    keep_days: int = 90
    keep_rows: int = 100_000


def cut(database: sqlite3.Connection, rule: Rule, now: Stamp) -> int:
    """The number up to which rows are to go, where there are too many or too old ones; else 0."""
    first, last = database.execute("SELECT min(number), max(number) FROM rows").fetchone()
    if first is None:
        return 0
    up_to = _old(database, rule, now)
    if last - first >= rule.keep_rows:
        # The row that tells of it is one more.
        up_to = max(up_to, last + 1 - rule.keep_rows + rule.keep_rows // _SPARE)
    return min(up_to, first + _AT_ONCE - 1, last) if up_to >= first else 0


def told(up_to: int, rule: Rule, now: Stamp) -> Entry:
    """The row that says so: without it a chain that begins late is a chain that was cut."""
    why = f"up to row {up_to}, by {rule.keep_days} days and {rule.keep_rows} rows"
    return Entry(now, Own.PURGED.value, why=why)


def away(database: sqlite3.Connection, up_to: int) -> None:
    """Take the rows away, and keep the last one's link as the anchor of the rest."""
    database.execute(
        "UPDATE anchor SET number = ?, link = (SELECT link FROM rows WHERE number = ?)", (up_to, up_to)
    )
    for table in ("rows", "people"):
        database.execute(f"DELETE FROM {table} WHERE number <= ?", (up_to,))  # noqa: S608 -- names of ours
    database.execute("DELETE FROM erased WHERE by_row <= ?", (up_to,))


def _old(database: sqlite3.Connection, rule: Rule, now: Stamp) -> int:
    """The last of the rows at the beginning that are too old. By a wrong clock nothing is old.

    Nothing before there is a day's worth: a row may stay for a day more.
    """
    if not now.clock_right:
        return 0
    limit_us = now.at_us - rule.keep_days * _DAY_US
    oldest = database.execute("SELECT at_us FROM rows WHERE clock_right ORDER BY number LIMIT 1").fetchone()
    if oldest is None or oldest[0] >= limit_us - _DAY_US:
        return 0
    fresh, old = database.execute(
        "SELECT min(number) FILTER (WHERE at_us >= :limit), max(number) FILTER (WHERE at_us < :limit) "
        "FROM rows WHERE clock_right",
        {"limit": limit_us},
    ).fetchone()
    return int(old if fresh is None else min(old, fresh - 1))
