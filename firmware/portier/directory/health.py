"""Looks at a directory from beside a running station, and changes nothing: what `portier doctor` tells."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field

from portier.errors import DirectoryFileError

from . import files as places, hashing, keeping, store
from .files import Files
from .model import Line
from .store import DamagedError, NewerError, Stored

_LEAST_ROOM_BYTES = 1 << 20
_STORAGE = "look at the storage: df, mount, dmesg"
_DAMAGED = (
    "the station puts it aside and goes on with the last good copy: see portier residents list, "
    "and replace the storage if it happens again"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and what to do; `grave` where an access code or a whole directory does not work."""

    text: str
    advice: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. `forbidden`: this user may not look; `residents` and `codes` count what is known.

    `lines` are the residents' telephones, beside whose number they are of; None where they were not read.
    """

    residents: int = 0
    codes: int = 0
    there: bool = True
    forbidden: bool = False
    troubles: tuple[Trouble, ...] = ()
    lines: tuple[tuple[int, tuple[Line, ...]], ...] | None = field(default=(), repr=False)


def look(files: Files) -> Look:
    """See how a directory is. Never raises for anything that lies there."""
    path = files.database
    try:
        path.lstat()
    except FileNotFoundError:
        return _gone(files)
    except OSError:
        return Look(forbidden=True, lines=None)
    if not os.access(path, os.R_OK):
        return Look(forbidden=True, lines=None)
    try:
        with store.opened(path, 0.5, only_read=True) as connection:
            stored = store.read(connection)
    except NewerError:
        newer = Trouble(f"{path}: it was made by a newer version of Portier", "upgrade this one", True)
        return Look(troubles=(newer,), lines=None)
    except (sqlite3.Error, OSError, DamagedError) as error:
        return Look(troubles=(_unread(files, error), *_storage(files)), lines=None)
    book = stored.book
    troubles = (*_key(files, stored), *_storage(files), *_copy(files))
    lines = tuple((whose.number, whose.lines) for whose in book.residents)
    return Look(len(book.residents), len(book.codes), troubles=troubles, lines=lines)


def _gone(files: Files) -> Look:
    if not os.access(files.good, os.F_OK):
        return Look(there=False)
    text = f"{files.database}: it is gone, and its last good copy is not"
    advice = "the next start of the station, or portier residents list, uses that"
    return Look(troubles=(Trouble(text, advice),), lines=None)


def _unread(files: Files, error: Exception) -> Trouble:
    passes = isinstance(error, sqlite3.Error) and store.passes(error)
    advice = "end the program that holds it, or look at the storage" if passes else _DAMAGED
    words = keeping.words(error) if passes else f"it is damaged ({error})"
    return Trouble(f"{files.database}: {words}", advice, grave=not passes)


def _key(files: Files, stored: Stored) -> tuple[Trouble, ...]:
    if not stored.book.codes:
        return ()
    advice = "bring it back by portier restore, or give every code anew"
    try:
        key = places.read_key(files)
    except DirectoryFileError as error:
        return (Trouble(f"{error}; no access code works", advice, grave=True),)
    if key is None and files.credential:
        # Handed to the service alone.
        return ()
    if key is None or hashing.check(key) != stored.key_check:
        lack = "there is no device key" if key is None else "this device key is not theirs"
        return (Trouble(f"{files.key}: {lack}: no access code works", advice, grave=True),)
    return ()


def _storage(files: Files) -> tuple[Trouble, ...]:
    try:
        storage = os.statvfs(files.database)
    except OSError as error:
        return (Trouble(f"{files.database}: {error.strerror}", _STORAGE),)
    text = ""
    if storage.f_flag & os.ST_RDONLY:
        text = "its storage can only be read: uses of codes are forgotten by a restart"
    elif storage.f_bavail * storage.f_frsize < _LEAST_ROOM_BYTES:
        text = "there is no room left on the storage: uses of codes are forgotten by a restart"
    return (Trouble(f"{files.database}: {text}", _STORAGE),) if text else ()


def _copy(files: Files) -> tuple[Trouble, ...]:
    if not keeping.copy_is_old(files):
        return ()
    text = f"{files.good}: the last good copy is missing, or older than the directory"
    return (Trouble(text, "it is made anew by the next start of the station"),)
