"""Which access codes are too easy to guess, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_PATHS = ("2580", "0852", "1470", "3690", "147258", "258369", "147258369", "159357", "357159", "1397", "7913")
"""Lines, crosses and corners of a keypad."""
_YEAR = re.compile(r"(?:19|20)\d\d")


def weakness(digits: str, flat: str = "", lines: Iterable[str] = ()) -> str | None:
    """Why an access code is refused as weak, None where it is not; `flat` and `lines` are its resident's."""
    return next(_weaknesses(digits, flat, lines), None)


def _weaknesses(digits: str, flat: str, lines: Iterable[str]) -> Iterator[str]:
    if any(_repeats(digits, length) for length in range(1, len(digits) // 2 + 1)):
        yield "it repeats the same digits"
    if _is_row(digits) or _is_row(_without_doubles(digits)):
        yield "its digits follow each other in steps"
    if digits == digits[::-1]:
        yield "it reads the same backwards"
    if digits in _PATHS:
        yield "it is a line on the keypad"
    number = "".join(re.findall(r"\d", flat)).strip("0")
    if number and (digits.strip("0") == number or _is_made_of(digits, number)):
        yield "it is the flat's number"
    if any(digits in "".join(re.findall(r"\d", line)) for line in lines):
        yield "it is part of one of the resident's telephone numbers"
    if _has_year(digits):
        yield "it is a year, or a month and a year"
    if _is_date(digits):
        yield "it is a date"


def _repeats(digits: str, length: int) -> bool:
    return all(digit == digits[place % length] for place, digit in enumerate(digits))


def _is_made_of(digits: str, part: str) -> bool:
    return len(digits) % len(part) == 0 and digits == part * (len(digits) // len(part))


def _is_row(digits: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    return len(digits) > 2 and len(steps) == 1


def _without_doubles(digits: str) -> str:
    """112233 is 123; as it is, where not each digit stands there equally often."""
    runs = [found[0] for found in re.finditer(r"(\d)\1*", digits)]
    return "".join(run[0] for run in runs) if len({len(run) for run in runs}) == 1 else digits


def _has_year(digits: str) -> bool:
    if len(digits) == 4:
        return _YEAR.fullmatch(digits) is not None
    if len(digits) != 6:
        return False
    ways = ((digits[:4], digits[4:]), (digits[2:], digits[:2]))
    return any(_YEAR.fullmatch(year) is not None and _is_month(month) for year, month in ways)


def _is_date(digits: str) -> bool:
    if len(digits) == 6:
        parts = (digits[:2], digits[2:4], digits[4:])
    elif len(digits) == 8 and _YEAR.fullmatch(digits[4:]):
        parts = (digits[:2], digits[2:4], "00")
    elif len(digits) == 8 and _YEAR.fullmatch(digits[:4]):
        parts = ("00", digits[4:6], digits[6:])
    else:
        return False
    first, second, third = parts
    day_first = _is_day(first) and _is_month(second)
    month_first = _is_month(first) and _is_day(second)
    year_first = _is_month(second) and _is_day(third)
    return day_first or month_first or year_first


def _is_day(digits: str) -> bool:
    return 1 <= int(digits) <= 31


def _is_month(digits: str) -> bool:
    return 1 <= int(digits) <= 12
