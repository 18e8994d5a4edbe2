"""A database that is broken: told from one that cannot be had at the moment, and moved aside."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

MOST_ASIDE = 5
_BESIDE = ("-wal", "-shm")
_BROKEN = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    # What is not there that was made with the file, or is there twice.
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
}
_PRIMARY = 0xFF


def is_broken(error: Exception) -> bool:
    """Whether this says that the file is broken, not that it cannot be read or written now."""
    if not isinstance(error, sqlite3.Error):
        # A value of another kind than was ever written.
        return isinstance(error, TypeError | ValueError)
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _BROKEN


def move(path: Path) -> Path:
    """Move a database and what belongs to it aside; the oldest of many such go. Raises OSError."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    moved = path.with_name(f"{path.name}.broken-{stamp}")
    path.rename(moved)
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(moved.with_name(moved.name + end))
    for old in found(path)[:-MOST_ASIDE]:
        for end in ("", *_BESIDE):
            with suppress(OSError):
                old.with_name(old.name + end).unlink()
    return moved


def found(path: Path) -> list[Path]:
    """What lies aside of a database, the oldest first."""
    return sorted(one for one in path.parent.glob(f"{path.name}.broken-*") if not one.name.endswith(_BESIDE))
