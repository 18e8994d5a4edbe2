"""A directory that pretends: access codes by their keys, in memory. The real one keeps no keys at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Self

from pydantic import BaseModel

from portier.core.codes import CodeMatch, Entry


class CodePart(BaseModel, frozen=True, extra="forbid"):
    """An access code in a file: its keys, or "card:facility:number", and what it may."""

    keys: str
    doors: frozenset[str]
    profile: str = ""
    from_time: datetime | None = None
    until_time: datetime | None = None
    uses_left: int | None = None
    long: bool = False


class FakeDirectory:
    """Finds codes by their keys and counts their uses; `asked` is how often, whatever came of it.

    Spending a code that is unlimited, used up or not there is a RuntimeError.
    """

    def __init__(self, codes: Mapping[str, CodeMatch]) -> None:
        """`codes` by their keys."""
        self._codes = dict(codes)
        self.asked = 0

    @classmethod
    def of(cls, codes: Mapping[str, CodePart]) -> Self:
        """Codes as a file has them, by their labels."""
        matches = {}
        for number, (label, part) in enumerate(codes.items(), start=1):
            matches[part.keys] = CodeMatch(number, label, **part.model_dump(exclude={"keys"}))
        return cls(matches)

    def look_up(self, entry: Entry) -> CodeMatch | None:
        """Find an access code."""
        self.asked += 1
        return self._codes.get(entry.keys)

    def spend(self, code: int) -> None:
        """Count one use."""
        for keys, match in self._codes.items():
            if match.code == code and match.uses_left:
                self._codes[keys] = replace(match, uses_left=match.uses_left - 1)
                return
        raise RuntimeError(f"code {code} has no use left to be spent")
