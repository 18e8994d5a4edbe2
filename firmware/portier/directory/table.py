"""The directory as a table of text (CSV, RFC 4180): what stands in which cell, and how a file is taken apart.

No cell that a spreadsheet would take for a formula leaves as one, and none that it would write as another
number or a date: it gets a ' before it, which reading takes away again. The cells are all quoted, and none
holds a ; or a quote, so that a program that takes another separator sees no other beginnings of cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from portier.errors import DirectoryError

from . import hashing
from .model import Book, Code, Resident

COLUMNS = (
    "kind",
    "name",
    "flat",
    "language",
    "lines",
    "release_from",
    "code_from",
    "code",
    "label",
    "doors",
    "profile",
    "from",
    "until",
    "uses",
    "long",
)
NEEDED = ("kind", "name")
KEPT = "kept "
"""Stands before the number of a code that is in the directory, and its mark: its digits nobody knows."""

_LONGEST_BYTES = 1 << 26
_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_QUOTE = "'"
# "0601020304" loses its zero, a long number its end; "1E5" and "3.10" become numbers, "3-4" becomes a day.
_REMADE = re.compile(
    r"[0+][0-9]+|[0-9]{12,}|[0-9]+[eE.][0-9]+|[0-9]{1,4}([-/.])[0-9]{1,2}(\1[0-9]{1,4})?[0-9: ]*"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the line of the file where it begins, and its cells by their columns."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """A cell; empty where the table has no such column."""
        return self.cells.get(column, "")


def write(book: Book) -> str:
    """The whole directory, but for the digits of its codes."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    names = {one.number: one.name for one in book.residents}
    rows = [*map(_of_resident, book.residents), *(_of_code(one, names) for one in book.codes)]
    table.writerows([safe(row.get(column, "")) for column in COLUMNS] for row in rows)
    return out.getvalue()


def read(content: bytes) -> list[Row]:
    """Take a table apart. Raises DirectoryError with all that is wrong with it as a table."""
    if len(content) > _LONGEST_BYTES:
        raise DirectoryError("the file is larger than 64 MiB: this cannot be a directory")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DirectoryError(
            f"line {line}: this is not UTF-8: save it as CSV with UTF-8 (a spreadsheet offers it by name)"
        ) from None
    lines = _lines(text)
    try:
        _, header = next(lines)
        columns = _columns(header)
        rows, problems = [], []
        for number, cells in lines:
            if not any(cells):
                continue
            if len(cells) > len(columns) and any(cells[len(columns) :]):
                problems.append(
                    f"line {number}: it has {len(cells)} cells, and the first line {len(columns)}"
                )
            rows.append(Row(number, dict(zip(columns, map(plain, cells), strict=False))))
    except StopIteration:
        raise DirectoryError("the file is empty: its first line names the columns") from None
    except csv.Error as error:
        raise DirectoryError(f"this is no CSV: {error}") from None
    if problems:
        raise DirectoryError(_count(problems), tuple(problems))
    return rows


def is_kept(code: str) -> bool:
    """Whether a cell names a code of the directory rather than its digits."""
    return f"{code} ".startswith(KEPT)


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, or for a number or a date to write in its own way."""
    return _QUOTE + cell if _wants_quote(cell) else cell


def plain(cell: str) -> str:
    """The cell that `safe` was given."""
    return cell[1:] if cell[:1] == _QUOTE and _wants_quote(cell[1:]) else cell


def _wants_quote(cell: str) -> bool:
    return cell[:1] in (*_FORMULA, _QUOTE) or _REMADE.fullmatch(cell) is not None


def _count(problems: list[str]) -> str:
    return f"{len(problems)} problem{'' if len(problems) == 1 else 's'}, and nothing was changed:"


def refused(problems: list[str]) -> DirectoryError:
    """What a table is refused with."""
    return DirectoryError(_count(problems), tuple(problems))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line of the file where it begins."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    for cells in table:
        yield begins, [cell.strip(" ") for cell in cells]
        begins = table.line_num + 1


def _columns(header: Iterable[str]) -> list[str]:
    columns = [one.strip().lower() for one in header]
    problems = [f"line 1: there is no column {one!a}" for one in columns if one and one not in COLUMNS]
    problems += [f'line 1: column "{one}" stands twice' for one in COLUMNS if columns.count(one) > 1]
    problems += [f'line 1: column "{one}" is missing' for one in NEEDED if one not in columns]
    if problems:
        known = f"the columns are: {', '.join(COLUMNS)}"
        raise DirectoryError(_count(problems), (*problems, known))
    return columns


def _of_resident(one: Resident) -> dict[str, str]:
    return {
        "kind": "resident",
        "name": one.name,
        "flat": one.flat,
        "language": one.language,
        "lines": " ".join(map(str, one.lines)),
        "release_from": " ".join(one.release_from),
        "code_from": " ".join(one.code_from),
    }


def _of_code(one: Code, names: Mapping[int, str]) -> dict[str, str]:
    return {
        "kind": "code",
        "name": names.get(one.resident, ""),
        "code": f"{KEPT}{one.number} {hashing.mark(one.digest)}",
        "label": one.label,
        "doors": " ".join(sorted(one.doors)),
        "profile": one.profile,
        "from": _time(one.from_time),
        "until": _time(one.until_time),
        "uses": "" if one.uses is None else str(one.uses),
        "long": "yes" if one.long else "",
    }


def _time(one: datetime | None) -> str:
    return "" if one is None else one.isoformat(sep=" ", timespec="seconds" if one.second else "minutes")
