"""Reads the audit log beside the station that writes it; changes nothing. Root reads as its owner."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from portier import owner
from portier.errors import JournalError

from . import head, tables
from .broken import is_broken
from .row import Head, Person, Row
from .store import DATABASE, HEAD

_WAIT_S = 5.0
_NO_PLACE_BESIDE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def as_owner(folder: Path) -> AbstractContextManager[None]:
    """Let root act as the owner of the log's folder meanwhile. Raises JournalError."""
    return owner.as_owner(
        folder,
        lambda error: JournalError(
            f"audit: no log in {folder}: {error.strerror}: is the station's folder another (--state)?"
        ),
    )


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the log of a folder. Raises JournalError where none is there that can be read."""
    with as_owner(folder):
        yield from _reading(folder)


def _reading(folder: Path) -> Iterator[sqlite3.Connection]:
    path = folder.absolute() / DATABASE
    try:
        if not path.is_file():
            raise JournalError(
                f"audit: no log at {path}: is the station's folder another (--state), has it never run?"
            )
        database = _opened(path)
    except (OSError, sqlite3.Error) as error:
        raise JournalError(why(path, error)) from error
    try:
        yield database
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise JournalError(why(path, error)) from error
    finally:
        database.close()


def noted(folder: Path) -> Head | None:
    """The end that is noted beside the log; None where none is. Raises JournalError."""
    try:
        with as_owner(folder):
            return head.read(folder / HEAD)
    except OSError as error:
        raise JournalError(why(folder / HEAD, error)) from error


def why(path: Path, error: Exception) -> str:
    """Say what is the matter with a log."""
    if is_broken(error):
        return (
            f"audit: {path} is broken: {error}; the station moves it aside when it next writes, and begins "
            "a new one"
        )
    return (
        f"audit: cannot read {path}: {error}: be root, who reads it as the folder's owner, or of the group "
        "portier"
    )


def period(
    database: sqlite3.Connection, from_us: int | None, to_us: int | None
) -> Iterator[tuple[Row, Person | None]]:
    """The rows from a moment until before another (UTC, since 1970).

    A row whose clock was not known to be right belongs to it where its neighbours do.
    """
    first, last = database.execute(
        "SELECT min(number), max(number) FROM rows WHERE clock_right AND at_us >= ? AND at_us < ?",
        (-(2**63) if from_us is None else from_us, 2**63 - 1 if to_us is None else to_us),
    ).fetchone()
    if from_us is None:
        first = 0
    if to_us is None:
        last = 2**63 - 1 if first is not None else None
    if first is None or last is None:
        return
    for row, person in tables.rows(database, first - 1):
        if row.number > last:
            return
        at_us = row.stamp.at_us
        within = (from_us is None or at_us >= from_us) and (to_us is None or at_us < to_us)
        if within or not row.stamp.clock_right:
            yield row, person


def _opened(path: Path) -> sqlite3.Connection:
    """Read-only; where nobody has it open, and the folder cannot be written to, as a file that rests."""
    try:
        return _connected(path, "mode=ro")
    except sqlite3.OperationalError as error:
        at_rest = not path.with_name(f"{path.name}-wal").exists()
        if not at_rest or error.sqlite_errorcode & 0xFF not in _NO_PLACE_BESIDE:
            raise
    return _connected(path, "mode=ro&immutable=1")


def _connected(path: Path, options: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.as_uri()}?{options}", uri=True, timeout=_WAIT_S, isolation_level=None)
    try:
        database.text_factory = tables.text
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version != tables.VERSION:
            raise JournalError(
                f"audit: {path} is of version {version}, and this program reads {tables.VERSION}"
            )
    except BaseException:
        database.close()
        raise
    return database
