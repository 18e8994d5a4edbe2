"""The database that keeps the audit log: opened, written to, and purged by the writer's thread alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from . import aside, chain, doubt, head, purge, tables
from .broken import is_broken
from .row import CannotKeepError, Entry, Head, Kept, Own, Stamp

DATABASE = "audit.db"
HEAD = "audit.head"
MODE = 0o640
"""Who is of the group may read."""
_WAIT_S = 1.0
"""For another program that holds the database."""


_ADVICE = {
    sqlite3.SQLITE_FULL: "make room on that disk",
    sqlite3.SQLITE_BUSY: "another program holds it: end that",
    sqlite3.SQLITE_READONLY: "let the station's user write there, and the disk be written to",
    sqlite3.SQLITE_CANTOPEN: "let the station's user make files there",
}


class Store:
    """The audit log in a folder, for one thread. It opens itself when it is written to."""

    def __init__(self, folder: Path, rule: purge.Rule) -> None:
        self._folder = folder
        self._path = folder / DATABASE
        self._rule = rule
        self._database: sqlite3.Connection | None = None
        self._inode = 0
        self._begun = ""
        self._end: Head | None = None
        self._said: list[str] = []
        self._head_fails = False

    def append(self, entries: Iterable[Entry], now: Stamp) -> Kept:
        """Write rows so that they are on the disk, and take away what is too old; all of it or nothing.

        A database that is broken is moved aside, and a new one begins by a row that says so. Raises
        CannotKeepError, after which it may be tried again.
        """
        rows = list(entries)
        try:
            try:
                return self._append(rows, now)
            except (sqlite3.Error, TypeError, ValueError) as error:
                if not is_broken(error):
                    raise
                self._move_aside(error)
            return self._append(rows, now)
        except (sqlite3.Error, OSError, TypeError, ValueError) as error:
            self.close()
            raise CannotKeepError(self._why(error)) from error

    def _append(self, entries: list[Entry], now: Stamp) -> Kept:
        database = self._opened()
        database.execute("BEGIN IMMEDIATE")
        try:
            beginning = self._beginning(database, now)
            wrong = "" if beginning else doubt.about(database, self._folder / HEAD, self._end)
            if wrong:
                beginning = [Entry(now, Own.DOUBTED.value, why=wrong)]
            end = _extend(database, [*beginning, *entries])
            cut = purge.cut(database, self._rule, now)
            if cut:
                end = _extend(database, [purge.told(cut, self._rule, now)])
                purge.away(database, cut)
            rows = end.number - tables.anchor(database)[1]
            database.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
        self._end = end
        if wrong:
            self._said.append(f"{self._path}: {wrong}; the log goes on, and verify tells it")
        if beginning or entries or cut:
            self._note(end)
        said, self._begun, self._said = "; ".join(self._said), "", []
        return Kept(end, rows, said)

    def close(self) -> None:
        """Give the database back."""
        database, self._database = self._database, None
        if database is not None:
            with suppress(sqlite3.Error):
                database.close()

    def _move_aside(self, error: Exception) -> None:
        self.close()
        moved = aside.move(self._path)
        self._begun = f"the one before was broken, and lies aside as {moved.name}"
        self._said.append(f"it was broken ({error}) and lies aside as {moved}; a new one is begun")

    def _why(self, error: Exception) -> str:
        advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        return f"cannot write {self._path}: {error}{f': {advice}' if advice else ''}"

    def _opened(self) -> sqlite3.Connection:
        if self._database is not None and self._inode_at_path() == self._inode:
            return self._database
        self.close()
        with suppress(FileExistsError):
            # SQLite gives what it puts beside it the same rights.
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
            os.fchmod(file, MODE)
            os.close(file)
        self._database = connect(self._path)
        self._inode = self._inode_at_path()
        return self._database

    def _inode_at_path(self) -> int:
        try:
            return self._path.stat().st_ino
        except FileNotFoundError:
            return 0

    def _beginning(self, database: sqlite3.Connection, now: Stamp) -> list[Entry]:
        """Make the tables where there are none, and tell that."""
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == tables.VERSION:
            return []
        if version:
            raise OSError(
                f"{self._path} is of version {version}, and this program knows {tables.VERSION}: install a "
                "newer one, or move the file aside"
            )
        why = self._begun
        with suppress(OSError):
            before = head.read(self._folder / HEAD)
            if not why and before and before.number:
                why = f"the one before is gone; its last row was {before.number}"
                self._said.append(f"{why}; a new one is begun")
        first = Head(os.urandom(head.LOG_BYTES), 0, os.urandom(chain.LINK_BYTES))
        tables.create(database, first.log, first.link)
        with suppress(OSError):
            # Before any row is there. Where it cannot be, the end of these rows says so.
            head.begin(self._folder / HEAD, first)
        return [Entry(now, Own.BEGUN.value, why=why)]

    def _note(self, end: Head) -> None:
        """The rows are on the disk, whatever becomes of this."""
        try:
            head.write(self._folder / HEAD, end)
            self._head_fails = False
        except OSError as error:
            if not self._head_fails:
                self._said.append(f"its end cannot be noted beside it ({error}): rows cut off would not show")
            self._head_fails = True


def _extend(database: sqlite3.Connection, entries: Iterable[Entry]) -> Head:
    number, link = tables.last(database)
    for one in entries:
        number += 1
        row, person = chain.extended(number, link, one)
        tables.insert(database, row, person)
        link = row.link
    return Head(tables.anchor(database)[0], number, link)


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for writing; what is deleted is overwritten."""
    database = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            database.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        database.close()
        raise
    return database
