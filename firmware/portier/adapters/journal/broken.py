"""A database that is broken, told from one that cannot be had at the moment."""

from __future__ import annotations

import sqlite3

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
