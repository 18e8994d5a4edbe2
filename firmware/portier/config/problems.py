"""One thing to mend in the configuration, and the order in which problems are told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A place in the file and what is wrong there."""

    loc: Loc
    text: str

    def __str__(self) -> str:
        return f"{dotted(self.loc)}: {self.text}"


def dotted(loc: Loc) -> str:
    """Write a place in the file as its keys with dots, safe for a terminal and not too long."""
    return ".".join(_part(part) for part in loc)


def quoted(text: str) -> str:
    """Write a text in quotes, safe for a terminal and not too long."""
    short = text if len(text) <= 40 else text[:37] + "..."
    return json.dumps(short, ensure_ascii=not short.isprintable()).replace("\x7f", "\\u007f")


def in_file_order(problems: Iterable[Problem], data: Mapping[str, object]) -> list[Problem]:
    """Sort problems by where their keys stand in the file; what is missing comes last in its section."""
    return sorted(problems, key=lambda problem: _position(problem.loc, data))


def _position(loc: Loc, data: object) -> tuple[int, ...]:
    position = []
    for part in loc:
        if isinstance(data, Mapping):
            known = list(data)
            position.append(known.index(part) if part in known else len(known))
            data = data.get(part)
        elif isinstance(part, int):
            position.append(part)
            data = None
    return tuple(position)


def _part(part: int | str) -> str:
    if isinstance(part, int):
        return str(part + 1)
    return part if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", part) else quoted(part)
