"""From rows of the database to the directory, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .model import PLAIN, Code, Line, Resident

Row = tuple[Any, ...]


def of_resident(one: Resident) -> Row:
    """The row of a resident."""
    lines = [str(line) for line in one.lines]
    return (
        one.number,
        one.name,
        one.flat,
        one.language,
        "\n".join(lines),
        "\n".join(one.release_from),
        "\n".join(one.code_from),
    )


def resident(row: Row) -> Resident:
    """The resident of a row. Raises ValueError, TypeError."""
    number, name, flat, language, lines, release_from, code_from = row
    return Resident(int(number), name, flat, language, _lines(lines), _texts(release_from), _texts(code_from))


def of_code(one: Code) -> Row:
    """The row of an access code."""
    return (
        one.number,
        one.digest,
        one.length,
        one.label,
        one.resident,
        " ".join(sorted(one.doors)),
        one.profile,
        _of_time(one.from_time),
        _of_time(one.until_time),
        int(one.long),
        one.uses,
        one.used,
    )


class Codes:
    """Makes codes of rows; what many of them share is kept once."""

    def __init__(self) -> None:
        self._doors: dict[str, frozenset[str]] = {}

    def code(self, row: Row) -> Code:
        """The access code of a row. Raises ValueError, TypeError."""
        number, digest, length, label, whose, doors, profile, from_time, until_time, long, uses, used = row
        if doors not in self._doors:
            self._doors[doors] = frozenset(doors.split())
        return Code(
            number,
            digest,
            length,
            label,
            self._doors[doors],
            whose,
            profile,
            datetime.fromisoformat(from_time) if from_time else None,
            datetime.fromisoformat(until_time) if until_time else None,
            uses,
            bool(long),
            used,
        )


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(_line(one) for one in _texts(text))


def _line(text: str) -> Line:
    if text[:4].lower() == "sip:":
        return Line(uri=text)
    return Line(number=text.removeprefix(PLAIN), prefix=not text.startswith(PLAIN))


def _texts(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _of_time(one: datetime | None) -> str:
    return "" if one is None else one.isoformat(sep=" ")
