"""The database's tables, and rows to and from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from .row import Person, Row, Stamp

VERSION = 1
_TABLES = """
CREATE TABLE rows (
    number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, clock_right INTEGER NOT NULL, boot BLOB NOT NULL,
    mono_us INTEGER NOT NULL, what TEXT NOT NULL, door TEXT NOT NULL, road TEXT NOT NULL, why TEXT NOT NULL,
    commitment BLOB NOT NULL, link BLOB NOT NULL
) STRICT;
CREATE TABLE people (
    number INTEGER PRIMARY KEY, salt BLOB NOT NULL, who TEXT NOT NULL, resident INTEGER NOT NULL
) STRICT;
CREATE TABLE erased (number INTEGER PRIMARY KEY, by_row INTEGER NOT NULL) STRICT;
CREATE TABLE anchor (
    one INTEGER PRIMARY KEY CHECK (one = 1), log BLOB NOT NULL, number INTEGER NOT NULL, link BLOB NOT NULL
) STRICT;
"""
_TRUTH: dict[object, object] = {0: False, 1: True}
"""Another number is not made one of these: it is to be found."""
_AT_ONCE = 1000
_SELECT = """
SELECT number, at_us, clock_right, boot, mono_us, what, door, road, why, commitment, link, salt, who, resident
FROM rows LEFT JOIN people USING (number) WHERE number > ? ORDER BY number LIMIT ?
"""


def create(database: sqlite3.Connection, log: bytes, link: bytes) -> None:
    """Make the tables of a chain that begins at `link`."""
    for statement in _TABLES.split(";")[:-1]:
        database.execute(statement)
    database.execute("INSERT INTO anchor VALUES (1, ?, 0, ?)", (log, link))
    database.execute(f"PRAGMA user_version = {VERSION}")


def insert(database: sqlite3.Connection, row: Row, person: Person | None) -> None:
    """Keep a row, and beside it whose it is."""
    stamp = row.stamp
    database.execute(
        "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.number,
            stamp.at_us,
            int(stamp.clock_right),
            stamp.boot,
            stamp.mono_us,
            row.what,
            row.door,
            row.road,
            row.why,
            row.commitment,
            row.link,
        ),
    )
    if person is not None:
        database.execute(
            "INSERT INTO people VALUES (?, ?, ?, ?)", (row.number, person.salt, person.who, person.resident)
        )


def text(data: bytes) -> str:
    """Read a text whatever bytes it has, so that a change of them is found and told."""
    return data.decode("utf-8", "surrogateescape")


def rows(database: sqlite3.Connection, after: int = 0) -> Iterator[tuple[Row, Person | None]]:
    """Read the rows after a number, in their order, each with its personal data where they are kept.

    A few at a time: who takes them slowly must not keep SQLite from tidying its log.
    """
    while found := database.execute(_SELECT, (after, _AT_ONCE)).fetchall():
        for one in found:
            yield _row(one[:11]), None if one[11] is None else Person(*one[11:])
        after = found[-1][0]


def anchor(database: sqlite3.Connection) -> tuple[bytes, int, bytes]:
    """What the first row that is kept follows: the log, the number and the link."""
    log, number, link = database.execute("SELECT log, number, link FROM anchor").fetchone()
    return log, number, link


def last(database: sqlite3.Connection) -> tuple[int, bytes]:
    """The last row's number and link, or the anchor's where there is no row."""
    found = database.execute("SELECT number, link FROM rows ORDER BY number DESC LIMIT 1").fetchone()
    return found or anchor(database)[1:]


def _row(values: tuple[object, ...]) -> Row:
    number, at_us, right, boot, mono_us, what, door, road, why, commitment, link = values
    stamp = Stamp(at_us, mono_us, boot, _TRUTH.get(right, right))  # type: ignore[arg-type]
    return Row(number, stamp, what, door, road, why, commitment, link)  # type: ignore[arg-type]
