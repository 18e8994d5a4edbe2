"""The directory in SQLite: whole transactions, on the disk before they count (synchronous=EXTRA).

A rollback journal, not a WAL: one file is the directory, changes are few, and EXTRA also outlasts a power cut
between the end of a transaction and the removal of its journal (sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import gc
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import rows
from .model import Book

VERSION = 1
BUSY_S = 5.0
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE residents (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, flat TEXT NOT NULL, language TEXT NOT NULL,
    lines TEXT NOT NULL, release_from TEXT NOT NULL, code_from TEXT NOT NULL
) STRICT;
CREATE TABLE codes (
    number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, length INTEGER NOT NULL, label TEXT NOT NULL,
    resident INTEGER NOT NULL, doors TEXT NOT NULL, profile TEXT NOT NULL, from_time TEXT NOT NULL,
    until_time TEXT NOT NULL, long INTEGER NOT NULL, uses INTEGER, used INTEGER NOT NULL
) STRICT;
"""
_SEALED = (
    "SELECT group_concat(row, char(10)) FROM (SELECT number || '|' || name || '|' || flat || '|' || language "
    "|| '|' || lines || '|' || release_from || '|' || code_from AS row FROM residents ORDER BY number)",
    "SELECT group_concat(row, char(10)) FROM (SELECT number || '|' || hex(digest) || '|' || length || '|' || "
    "label || '|' || resident || '|' || doors || '|' || profile || '|' || from_time || '|' || until_time "
    "|| '|' || long || '|' || coalesce(uses, '') AS row FROM codes ORDER BY number)",
)
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class DamagedError(Exception):
    """What lies there is no directory, or no longer one."""


class NewerError(Exception):
    """The database was made by a newer version of this program."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a database holds; `key_check` tells by which device key its codes were made, "" without codes."""

    book: Book
    key_check: str = ""


def passes(error: sqlite3.Error) -> bool:
    """Whether an error says nothing against the database: locked, full, read-only, or a fault of storage."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING


@contextmanager
def opened(path: Path, busy_s: float = BUSY_S, *, only_read: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a database that is there. A journal that a power cut has left is rolled back by reading."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={'ro' if only_read else 'rw'}",
        timeout=busy_s,
        isolation_level=None,
        uri=True,
    )
    try:
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("PRAGMA secure_delete=ON")
        yield connection
    finally:
        connection.close()


def make(path: Path, key_check: str = "") -> None:
    """Make an empty database where nothing lies."""
    path.touch(mode=0o600, exist_ok=False)
    with opened(path) as connection:
        connection.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version={VERSION}")
        _write(connection, Book(), Stored(Book(), key_check))
        connection.execute("COMMIT")


def read(connection: sqlite3.Connection) -> Stored:
    """Read and check a database. Raises DamagedError, NewerError, or an sqlite3.Error that `passes`."""
    try:
        with not_collecting():
            return _read(connection)
    except sqlite3.Error as error:
        if passes(error):
            raise
        raise DamagedError(str(error)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedError(f"a row of it is none: {type(error).__name__}") from error


@contextmanager
def not_collecting() -> Iterator[None]:
    """Nothing here makes cycles, for which ten thousands of rows would be looked through again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def change(connection: sqlite3.Connection, alter: Callable[[Book], Book], key_check: str = "") -> Stored:
    """Read, change and write, all in one transaction; whatever `alter` raises, nothing has changed."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = read(connection)
        book = alter(before.book)
        after = Stored(book, key_check or before.key_check if book.codes else "")
        _write(connection, before.book, after)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return after


def spend(connection: sqlite3.Connection, uses: Mapping[int, int]) -> None:
    """Count uses of codes, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(
            "UPDATE codes SET used = min(uses, used + ?) WHERE number = ? AND uses IS NOT NULL",
            [(count, number) for number, count in uses.items()],
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _read(connection: sqlite3.Connection) -> Stored:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise NewerError
    (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise DamagedError(str(said))
    facts = dict(connection.execute("SELECT name, value FROM facts"))
    if facts["seal"] != _seal(connection):
        raise DamagedError("its content is not what was written")
    residents = connection.execute("SELECT * FROM residents ORDER BY number")
    codes = connection.execute("SELECT * FROM codes ORDER BY number")
    making = rows.Codes()
    book = Book(
        tuple(map(rows.resident, residents)),
        tuple(map(making.code, codes)),
        int(facts["next_resident"]),
        int(facts["next_code"]),
    )
    # Without codes no key is asked for: all were revoked as theirs was lost.
    return Stored(book, facts["key_check"] if book.codes else "")


def _write(connection: sqlite3.Connection, before: Book, after: Stored) -> None:
    book = after.book
    residents = [rows.of_resident(one) for one in book.residents]
    codes = [rows.of_code(one) for one in book.codes]
    _write_table(connection, "residents", {rows.of_resident(one) for one in before.residents}, residents)
    _write_table(connection, "codes", {rows.of_code(one) for one in before.codes}, codes)
    facts = {
        "next_resident": str(book.next_resident),
        "next_code": str(book.next_code),
        "key_check": after.key_check,
        "seal": _seal(connection),
    }
    connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())


def _seal(connection: sqlite3.Connection) -> str:
    """What all rows come to, but for how often codes were used: a worn-out card changes bits unseen."""
    found = hashlib.sha256()
    for statement in _SEALED:
        (text,) = connection.execute(statement).fetchone()
        found.update((text or "").encode())
    return found.hexdigest()


def _write_table(
    connection: sqlite3.Connection, table: str, before: set[rows.Row], after: list[rows.Row]
) -> None:
    """Write what has changed and nothing else: cards wear out by writing."""
    same = before.intersection(after)
    gone = [(row[0],) for row in before - same]
    fresh = [row for row in after if row not in same]
    connection.executemany(f"DELETE FROM {table} WHERE number = ?", gone)  # noqa: S608 -- a name of ours
    if fresh:
        places = ", ".join("?" * len(fresh[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", fresh)  # noqa: S608
