"""Erases what the log says of one person, so that nobody can read it any more and the chain still holds."""

from __future__ import annotations

import re
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from portier.errors import JournalError

from . import aside, chain, head, reading, tables, verify
from .row import Entry, Head, Own, Stamp
from .store import DATABASE, HEAD, connect

_WAIT_S = 5.0
_TRY_AGAIN_S = 0.1
_LINE = re.compile(r" \(\d+\)$")


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows are nobody's now. `remains` are files that may still hold what was erased."""

    rows: int
    remains: tuple[Path, ...]


def erase(folder: Path, name: str, now: Stamp) -> Erased:
    """Erase a resident of the directory's number, or somebody the log names so. Raises JournalError.

    The station may run meanwhile. What was erased is overwritten in the database and in what SQLite keeps
    beside it; what a flash card keeps of old blocks is out of reach.
    """
    with reading.as_owner(folder):
        return _erase(folder, name, now)


def _erase(folder: Path, name: str, now: Stamp) -> Erased:
    path = folder / DATABASE
    with reading.reading(folder):
        pass
    try:
        database = connect(path)
        try:
            database.execute(f"PRAGMA busy_timeout = {_WAIT_S * 1000:.0f}")
            numbers, end = _erased(database, name, now)
            clean = _cleaned(database)
        finally:
            database.close()
        if end:
            head.write(folder / HEAD, end)
    except (OSError, sqlite3.Error) as error:
        raise JournalError(reading.why(path, error)) from error
    beside = () if clean else (path.with_name(f"{path.name}-wal"),)
    return Erased(len(numbers), (*beside, *aside.found(path)))


def _erased(database: sqlite3.Connection, name: str, now: Stamp) -> tuple[list[int], Head | None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        numbers = _rows_of(database, name)
        end = None
        if numbers:
            number, link = tables.last(database)
            told = Entry(now, Own.ERASED.value, why=verify.erasure(numbers))
            row, _ = chain.extended(number + 1, link, told)
            tables.insert(database, row, None)
            database.executemany("INSERT INTO erased VALUES (?, ?)", [(one, row.number) for one in numbers])
            database.executemany("DELETE FROM people WHERE number = ?", [(one,) for one in numbers])
            end = Head(tables.anchor(database)[0], row.number, row.link)
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    return numbers, end


def _rows_of(database: sqlite3.Connection, name: str) -> list[int]:
    """The rows of a resident by number, or of a name, also where it stands among others.

    Further lines are called NAME (2) and so on. With a number go the names that the log gives it.
    """
    found = database.execute("SELECT number, who, resident FROM people ORDER BY number").fetchall()
    wanted = int(name) if name.isdecimal() else 0
    names = {name}
    for _, who, resident in found:
        if wanted and resident == wanted:
            names |= {who, _LINE.sub("", who)}
    return [
        number
        for number, who, resident in found
        if (wanted and resident == wanted) or who in names or not names.isdisjoint(_names(who))
    ]


def _names(who: str) -> set[str]:
    """Every name in it, as it stands and without the number of a line."""
    return {name for one in who.split(", ") for name in (one, _LINE.sub("", one)) if name}


def _cleaned(database: sqlite3.Connection) -> bool:
    """Empty what SQLite keeps beside the database; a reader may hold it for a while."""
    until_s = time.monotonic() + _WAIT_S
    while True:
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        if time.monotonic() > until_s:
            return False
        time.sleep(_TRY_AGAIN_S)
