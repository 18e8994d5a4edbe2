"""From the rows of a table to the whole directory: pure. Every problem of every row is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from . import changes, hashing, table, weak, words
from .model import Book, Code, Line, Resident
from .table import Row

T = TypeVar("T")
_LONGEST_NUMBER = 18
Progress = Callable[[int, int], None]
"""Told how many rows of how many are done."""


@dataclass(frozen=True, slots=True)
class Building:
    """What the configuration knows: doors, time profiles, the length of codes, and the device's key.

    `dials` raises ValueError for lines that the station could not dial.
    """

    doors: AbstractSet[str]
    profiles: AbstractSet[str]
    code_length: int
    key: bytes | None
    dials: Callable[[tuple[Line, ...]], None]


def has_new_codes(rows: Sequence[Row]) -> bool:
    """Whether a table brings codes with their digits, for which a device key is needed."""
    return any(row.get("code") and not table.is_kept(row.get("code")) for row in rows)


def build(rows: Sequence[Row], before: Book, building: Building, progress: Progress) -> Book:
    """The directory that a table describes; what it does not name is gone. Raises DirectoryError."""
    maker = _Maker(before, building)
    # Codes name residents that may stand below them.
    ordered = sorted(rows, key=lambda row: row.get("kind").lower() == "code")
    for done, row in enumerate(ordered, start=1):
        maker.take(row)
        progress(done, len(ordered))
    if maker.problems:
        raise table.refused([f"line {line}: {text}" for line, text in sorted(maker.problems)])
    return maker.book()


class _Maker:
    def __init__(self, before: Book, building: Building) -> None:
        self._before = before
        self._building = building
        self._residents: dict[str, tuple[int, Resident]] = {}
        self._codes: dict[bytes, tuple[int, Code]] = {}
        self._old_residents = {one.name.casefold(): one for one in before.residents}
        self._old_codes = {one.number: one for one in before.codes}
        self._old_by_digest = {one.digest: one for one in before.codes}
        self._next_resident, self._next_code = before.next_resident, before.next_code
        self.problems: list[tuple[int, str]] = []

    def book(self) -> Book:
        """All that was taken."""
        residents = sorted((one for _, one in self._residents.values()), key=lambda one: one.number)
        codes = sorted((one for _, one in self._codes.values()), key=lambda one: one.number)
        return Book(tuple(residents), tuple(codes), self._next_resident, self._next_code)

    def take(self, row: Row) -> None:
        """Take a row, or note what is wrong with it."""
        match row.get("kind").lower():
            case "resident":
                self._resident(row)
            case "code":
                self._code(row)
            case _:
                self._wrong(row, 'kind: it is neither "resident" nor "code"')

    def _resident(self, row: Row) -> None:
        name = self._cell(row, "name", words.caption, "")
        one = Resident(
            number=0,
            name=name,
            flat=self._cell(row, "flat", words.flat, ""),
            language=self._cell(row, "language", words.language, ""),
            lines=self._cell(row, "lines", self._lines, ()),
            release_from=self._cell(row, "release_from", _callers, ()),
            code_from=self._cell(row, "code_from", _callers, ()),
        )
        for column in table.COLUMNS[table.COLUMNS.index("code") :]:
            if row.get(column):
                self._wrong(row, f'{column}: it belongs into a row of the kind "code"')
        if not name:
            return
        if known := self._residents.get(name.casefold()):
            self._wrong(row, f"name: somebody of this name stands in line {known[0]} already")
            return
        old = self._old_residents.get(name.casefold())
        self._residents[name.casefold()] = row.line, replace(one, number=old.number if old else self._fresh())

    def _fresh(self) -> int:
        self._next_resident += 1
        return self._next_resident - 1

    def _code(self, row: Row) -> None:
        said = len(self.problems)
        whose = self._whose(row)
        if table.is_kept(row.get("code")):
            old = self._kept(row)
            digest, length = (old.digest, old.length) if old else (b"", 0)
        else:
            digest, length = self._digest(row, whose)
            # The same table twice must not bring a code back to life that was used up.
            old = self._old_by_digest.get(digest)
        doors_before, profile_before = (old.doors, old.profile) if old else (frozenset[str](), "")
        one = Code(
            number=old.number if old else self._next_code,
            digest=digest,
            length=length,
            label=self._cell(row, "label", words.caption, ""),
            doors=self._cell(row, "doors", partial(self._doors, doors_before), frozenset()),
            resident=whose.number if whose else 0,
            profile=self._cell(row, "profile", partial(self._profile, profile_before), ""),
            from_time=self._cell(row, "from", words.moment, None),
            until_time=self._cell(row, "until", partial(words.moment, end=True), None),
            uses=self._cell(row, "uses", words.uses, None),
            long=self._cell(row, "long", words.yes, default=False),
            # A table that was written before a use must not take that back.
            used=old.used if old else 0,
        )
        if one.from_time and one.until_time and one.until_time <= one.from_time:
            self._wrong(row, "until: it is not after from")
        for column in ("flat", "language", "lines", "release_from", "code_from"):
            if row.get(column):
                self._wrong(row, f'{column}: it belongs into a row of the kind "resident"')
        if len(self.problems) > said:
            return
        if known := self._codes.get(one.digest):
            self._wrong(row, f"code: it is the same as in line {known[0]}")
            return
        self._next_code += old is None
        self._codes[one.digest] = row.line, one

    def _kept(self, row: Row) -> Code | None:
        """The code that a row keeps; None where it is not there, or is another one by now."""
        number, *check = row.get("code").split()[1:] or [""]
        is_number = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
        old = self._old_codes.get(int(number)) if is_number else None
        if not check:
            self._wrong(
                row,
                'code: "kept" wants what an export writes, the number and the '
                f"{hashing.MARK_LENGTH} characters after it: by the number alone it could be another code",
            )
            return None
        if old is None or check != [hashing.mark(old.digest)]:
            self._wrong(
                row,
                "code: this directory has no such code to keep: write its digits; portier restore brings "
                "codes from another station",
            )
            return None
        return old

    def _digest(self, row: Row, whose: Resident | None) -> tuple[bytes, int]:
        """Of a new code, or a card."""
        digits = self._cell(row, "code", partial(words.entry, length=self._building.code_length), "")
        if not digits or self._building.key is None:
            return b"", 0
        length = changes.length_of(digits)
        lines = [line.number for line in whose.lines] if whose else []
        if length and (why := weak.weakness(digits, whose.flat if whose else "", lines)):
            self._wrong(row, f"code: refused: {why}")
        return hashing.digest(self._building.key, digits), length

    def _whose(self, row: Row) -> Resident | None:
        name = row.get("name")
        if not name:
            return None
        found = self._residents.get(name.casefold())
        if found is None:
            self._wrong(row, "name: no row of the table is a resident of this name")
        return found[1] if found else None

    def _lines(self, text: str) -> tuple[Line, ...]:
        found = words.lines(text.split())
        self._building.dials(found)
        return found

    def _doors(self, before: frozenset[str], text: str) -> frozenset[str]:
        named = frozenset(text.split())
        if not named and len(self._building.doors) == 1:
            return frozenset(self._building.doors)
        if not named:
            raise ValueError("is empty: name the doors that the code opens")
        if named - self._building.doors - before:
            raise ValueError(
                f"names a door that is not there; there are {', '.join(sorted(self._building.doors))}"
            )
        return named

    def _profile(self, before: str, text: str) -> str:
        if text and text != before and text not in self._building.profiles:
            raise ValueError("names a time profile that the configuration has not")
        return text

    def _cell(self, row: Row, column: str, check: Callable[[str], T], default: T) -> T:
        with self._noting(row, column):
            return check(row.get(column))
        return default

    @contextmanager
    def _noting(self, row: Row, column: str) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            self._wrong(row, f"{column}: {error}")

    def _wrong(self, row: Row, text: str) -> None:
        self.problems.append((row.line, text))


def _callers(text: str) -> tuple[str, ...]:
    return words.callers(text.split())
