"""Whether the log still ends where it did when rows were last written: else it says so before it goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from . import head, tables
from .row import Head


def about(database: sqlite3.Connection, path: Path, known: Head | None) -> str:
    """What is wrong with the end of a log, "" for nothing; by the end last written, else by the noted one.

    Never after a power cut: a noted end is behind the rows then, not ahead of them.
    """
    log, anchor, _ = tables.anchor(database)
    last, _ = tables.last(database)
    if not last:
        return ""
    noted = known
    if noted is None or noted.log != log:
        try:
            noted = head.read(path, log) or head.read(path)
        except OSError:
            noted = None
    if noted is None:
        return f"{path.name} was gone: rows cut off the end before this one would not show"
    if noted.log != log:
        return f"{path.name} was of another log, whose end was row {noted.number}"
    if noted.number > last:
        return f"the end was cut: it was row {noted.number}"
    found = database.execute("SELECT link FROM rows WHERE number = ?", (noted.number,)).fetchone()
    if noted.number > anchor and (found is None or found[0] != noted.link):
        return f"row {noted.number} is not what it was when its link was noted"
    return ""
