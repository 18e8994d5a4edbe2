"""Keeps the directory usable, whatever becomes of its file: a damaged one makes way for the last good copy.

The copy is made after each good change, checked before it counts, and put in place at once. Uses of codes are
counted in both, so that no code comes back to life with it.
"""

from __future__ import annotations

import glob
import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portier import disk
from portier.errors import DirectoryFileError

from . import files as places, store
from .files import Files
from .model import Book
from .store import DamagedError, NewerError, Stored

_log = logging.getLogger(__name__)
_JOURNAL = "-journal"
_DAMAGED = "damaged-"
_WORDS = {
    sqlite3.SQLITE_BUSY: "it is locked by another program",
    sqlite3.SQLITE_LOCKED: "it is locked by another program",
    sqlite3.SQLITE_FULL: "there is no room left on the storage",
    sqlite3.SQLITE_READONLY: "it can only be read",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "it cannot be opened",
    sqlite3.SQLITE_IOERR: "the storage is at fault",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to use; `trouble` says why it is not the database, which may be worth `another_try`.

    `known` is false where there was no copy to use either.
    """

    stored: Stored
    trouble: str = ""
    another_try: bool = False
    known: bool = True


def load(files: Files, busy_s: float = 0.5) -> Found:
    """Read the directory, or its last good copy. Never raises for anything that lies there."""
    path = files.database
    try:
        if not _is_there(path):
            return _missing(files)
        with store.opened(path, busy_s) as connection:
            return Found(store.read(connection))
    except NewerError:
        return _copy(files, f"{path}: it was made by a newer version of Portier: upgrade this one")
    except (sqlite3.Error, OSError, DamagedError) as error:
        if isinstance(error, DamagedError) or (isinstance(error, sqlite3.Error) and not store.passes(error)):
            return _damaged(files, str(error))
        return _copy(files, f"{path}: {words(error)}", another_try=True)


def put_by(files: Files) -> None:
    """Make the last good copy anew, once it is proved. Raises DamagedError, OSError, sqlite3.Error."""
    with store.opened(files.database) as connection:
        content = connection.serialize()
    with closing(sqlite3.connect(":memory:")) as proof:
        proof.deserialize(content)
        store.read(proof)
    places.put(files.good, content)


def put_aside(files: Files) -> Path:
    """Keep the database as it is beside itself; where. Raises OSError, sqlite3.Error."""
    aside = unused(
        files.database.with_name(f"{files.database.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    )
    with store.opened(files.database) as connection:
        places.put(aside, connection.serialize())
    return aside


def copy_is_old(files: Files) -> bool:
    """Whether the database has changed since its last good copy."""
    try:
        changed_ns = files.database.stat().st_mtime_ns
    except OSError:
        return False
    try:
        return files.good.stat().st_mtime_ns < changed_ns
    except OSError:
        return True


def alter(files: Files, change: Callable[[Book], Book], key_check: str = "") -> tuple[Stored, str]:
    """Change the directory, made where there is none, and its copy; and what is not right all the same.

    Raises DirectoryFileError, and what `change` raises: then nothing has changed.
    """
    found = load(files, store.BUSY_S)
    if found.trouble and found.another_try:
        raise DirectoryFileError(f"{found.trouble}: nothing was changed")
    try:
        if not _is_there(files.database):
            _make(files.database)
        with store.opened(files.database) as connection:
            stored = store.change(connection, change, key_check)
    except (sqlite3.Error, OSError, DamagedError, NewerError) as error:
        raise DirectoryFileError(f"{files.database}: {words(error)}: nothing was changed") from error
    try:
        put_by(files)
    except (sqlite3.Error, OSError, DamagedError) as error:
        return stored, f"{files.good}: {words(error)}: the last good copy is the one before this change"
    return stored, found.trouble


def spend(files: Files, uses: Mapping[int, int]) -> None:
    """Count uses of codes in the database and in its copy. Raises sqlite3.Error where it is not counted."""
    with store.opened(files.database) as connection:
        store.spend(connection, uses)
    with suppress(sqlite3.Error), store.opened(files.good) as connection:
        store.spend(connection, uses)


def move_aside(path: Path, why: str) -> Path | None:
    """Give a database or a key another name; None where there is none. Raises OSError."""
    aside = unused(path.with_name(f"{path.name}.{why}"))
    # First: it would be played into whatever takes the place of its database.
    _journal_along(path, aside)
    try:
        path.rename(aside)
    except FileNotFoundError:
        return None
    except OSError:
        _journal_along(aside, path)
        raise
    return aside


def move_back(aside: Path, path: Path) -> None:
    """Undo `move_aside`, over whatever lies there by now. Raises OSError."""
    aside.rename(path)
    _journal_along(aside, path)


def unused(path: Path) -> Path:
    """This name, or one like it that nothing has."""
    found, count = path, 1
    while _is_there(found):
        count += 1
        found = path.with_name(f"{path.name}-{count}")
    return found


def words(error: Exception) -> str:
    """Say in words what is wrong with a file."""
    match error:
        case sqlite3.Error():
            return _WORDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))
        case NewerError():
            return "it was made by a newer version of Portier"
        case OSError():
            return error.strerror or str(error)
        case _:
            return f"it is damaged ({error})"


def _journal_along(database: Path, to: Path) -> None:
    """Let a journal go where its database goes."""
    with suppress(FileNotFoundError):
        database.with_name(database.name + _JOURNAL).rename(to.with_name(to.name + _JOURNAL))


def _is_there(path: Path) -> bool:
    """Raises OSError where that cannot be told."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _missing(files: Files) -> Found:
    if not _is_there(files.good):
        return _lost(files)
    found = _copy(files, f"{files.database}: it is gone")
    return _put_back(files, found)


def _lost(files: Files) -> Found:
    """Nothing there yet, or no more: an empty house must not pass for the one that was damaged."""
    aside = sorted(files.database.parent.glob(f"{glob.escape(files.database.name)}.{_DAMAGED}*"))
    if not aside:
        return Found(Stored(Book()))
    trouble = (
        f"{files.database}: it was damaged, lies aside as {aside[-1].name}, and there is no good copy "
        "of it: nobody is known; bring it back by portier restore, begin anew by any change, or delete it"
    )
    return Found(Stored(Book()), trouble, known=False)


def _damaged(files: Files, why: str) -> Found:
    trouble = f"{files.database}: it is damaged ({why})"
    try:
        aside = move_aside(files.database, f"{_DAMAGED}{datetime.now(UTC):%Y%m%dT%H%M%S}")
    except OSError as error:
        return _copy(files, f"{trouble}, and cannot be moved aside: {words(error)}")
    name = aside.name if aside else "nowhere"
    return _put_back(files, _copy(files, f"{trouble}, and was moved aside to {name}"))


def _put_back(files: Files, found: Found) -> Found:
    """Let the copy take the place of the database."""
    if not found.known:
        return found
    try:
        places.put(files.database, files.good.read_bytes())
    except OSError as error:
        _log.warning("directory: %s cannot be put back: %s", files.database, words(error))
    return found


def _copy(files: Files, trouble: str, *, another_try: bool = False) -> Found:
    try:
        with store.opened(files.good, 0.5) as connection:
            stored = store.read(connection)
    except (sqlite3.Error, DamagedError, NewerError, OSError) as error:
        why = f"; there is no good copy of it either ({words(error)}): nobody is known"
        return Found(Stored(Book()), f"{trouble}{why}", another_try, known=False)
    return Found(stored, f"{trouble}; the last good copy is used", another_try)


def _make(path: Path) -> None:
    """Make a database that is never there half made."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    store.make(new)
    try:
        # Never over one that somebody else has made meanwhile.
        path.hardlink_to(new)
    finally:
        new.unlink()
    disk.settle(path.parent)
