"""Rows of the audit log for people and programs: a table, CSV and JSON."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from portier.adapters.journal.row import Person, Row, clean

COLUMNS = (
    "number",
    "at",
    "clock_right",
    "boot",
    "since_boot_s",
    "what",
    "door",
    "road",
    "who",
    "resident",
    "why",
    "erased",
)
_LINE = "{:>7}  {:<20} {:<22} {:<10} {:<14} {:<16} {}"
HEADINGS = _LINE.format("row", "at", "what", "door", "by", "who", "why").rstrip()
_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for the beginning of a formula, full-width forms too."""
_ERASED = "(erased)"


def plain(row: Row, person: Person | None) -> dict[str, Any]:
    """A row in plain values; `at` is UTC (ISO 8601), `resident` null for nobody of the directory."""
    return {
        "number": row.number,
        "at": _at(row.stamp.at_us),
        "clock_right": row.stamp.clock_right,
        "boot": row.stamp.boot.hex(),
        "since_boot_s": row.stamp.mono_us / 1e6,
        "what": clean(row.what),
        "door": clean(row.door),
        "road": clean(row.road),
        "who": clean(person.who) if person else "",
        "resident": person.resident if person and person.resident else None,
        "why": clean(row.why),
        "erased": bool(row.commitment) and person is None,
    }


def line(row: dict[str, Any]) -> str:
    """A row as a line of a table, at this machine's time; `?` where the clock was not known to be right."""
    at = f"{datetime.fromisoformat(row['at']).astimezone():%Y-%m-%d %H:%M:%S}"
    who = _ERASED if row["erased"] else row["who"]
    unsure = "" if row["clock_right"] else "?"
    return _LINE.format(
        row["number"], at + unsure, row["what"], row["door"], row["road"], who, row["why"]
    ).rstrip()


def write_csv(rows: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """Write rows as CSV (RFC 4180), and count them; no cell is a formula."""
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    count = 0
    for row in rows:
        table.writerow([_cell(row[name]) for name in COLUMNS])
        count += 1
    return count


def write_json(rows: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """Write rows as a JSON array, a row a line, and count them."""
    count = 0
    out.write("[")
    for row in rows:
        out.write(f"{',' if count else ''}\n{json.dumps(row)}")
        count += 1
    out.write("\n]\n")
    return count


@contextmanager
def private(path: Path) -> Iterator[IO[str]]:
    """A new file that its owner alone can read, and none where it is not written to its end.

    Raises OSError, also where there is one.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(file, "w", encoding="utf-8", newline="") as out:  # noqa: PTH123 -- with the rights above
            yield out
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    # Spreadsheets run what begins so, also behind spaces; an apostrophe makes it a text.
    return f"'{text}" if isinstance(value, str) and text.lstrip().startswith(_FORMULAS) else text


def _at(at_us: int) -> str:
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    except OverflowError:
        at = datetime(1970, 1, 1, tzinfo=UTC)
    return at.isoformat(timespec="milliseconds")
