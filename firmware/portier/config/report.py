"""What pydantic found, in lines that a person can act on. A value that may be a secret is never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import TYPE_CHECKING

from .effective import effective
from .keys import Key, key_of, known_beside, list_of, section_of, sections
from .problems import Loc, Problem, in_file_order, quoted
from .texts import NAME_WORDS

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["effective", "lines", "meant", "problems"]

_COMPLAINTS = {
    "greater_than": "is too low",
    "greater_than_equal": "is too low",
    "less_than": "is too high",
    "less_than_equal": "is too high",
    "finite_number": "is not a number one can count with",
    "literal_error": "is not known",
    "too_short": "is empty",
}
_FOUND = {
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    str: "a text",
    list: "a list",
    dict: "a section",
    datetime: "a date",
    date: "a date",
    time: "a time",
}
_BARE = re.compile(r"true|false|[+-]?\d+(\.\d+)?", re.ASCII)
"""A text that would be a value of another kind without its quotes."""


def lines(error: ValidationError, data: Mapping[str, object]) -> tuple[str, ...]:
    """Tell everything that pydantic found in `data`, in the order of the file."""
    return tuple(str(problem) for problem in in_file_order(problems(error, data), data))


def problems(error: ValidationError, data: Mapping[str, object]) -> list[Problem]:
    """Turn what pydantic found in `data` into problems; a missing key that is only misspelt is told once."""
    details = error.errors(include_url=False, include_input=False)
    misspelt = meant(error)
    inner = {detail["loc"][:-1] for detail in details}
    return [
        _problem(detail, data)
        for detail in details
        if not (detail["type"] == "missing" and detail["loc"] in misspelt)
        and not (detail["type"] == "too_short" and detail["loc"] in inner)
    ]


def meant(error: ValidationError) -> set[Loc]:
    """Tell which keys and sections the unknown ones were probably meant to be."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    return {(*loc[:-1], name) for loc in unknown if (name := _suggestion(loc)) is not None}


def _problem(detail: ErrorDetails, data: Mapping[str, object]) -> Problem:
    loc: Loc = tuple(part for part in detail["loc"] if part != "[key]")
    kind = detail["type"]
    if (key := list_of(loc)) is not None and (text := _in_a_list(kind, _value_at(data, loc))):
        return Problem(loc, f"{text} (allowed: {key.allowed})")
    if kind == "extra_forbidden":
        return Problem(loc, _unknown(loc))
    if kind == "missing":
        return Problem(loc, _missing(loc))
    value = _value_at(data, loc)
    if kind.endswith("_type"):
        return Problem(loc, _wrong_type(loc, value))
    text = str(detail["ctx"]["error"]) if kind == "value_error" else _COMPLAINTS.get(kind, "cannot be used")
    if detail["loc"] != loc:
        return Problem(loc, f"{text} (allowed: {NAME_WORDS})")
    return Problem(loc, _wrong_value(key_of(loc), value, text))


def _in_a_list(kind: str, value: object) -> str | None:
    """What is wrong with the form of something inside a list; None where it is something else."""
    if kind == "extra_forbidden":
        return "unknown key in this list"
    if kind == "missing":
        return "is missing"
    if not kind.endswith("_type"):
        return None
    return f"is {_FOUND.get(type(value), 'something else')}, which cannot be in this list"


def _wrong_value(key: Key | None, value: object, text: str) -> str:
    if key is None:
        return text
    if key.may_show or (key.choices and isinstance(value, str)):
        text = f"{_shown(value)} {text}"
    match = _close(value, key.choices) if isinstance(value, str) else None
    hint = f'. Did you mean "{match}"?' if match else ""
    return f"{text}{hint} (allowed: {key.allowed})"


def _wrong_type(loc: Loc, value: object) -> str:
    found = _FOUND.get(type(value), "something else")
    key, section = key_of(loc), section_of(loc)
    if key is None:
        header = section.header if section is not None else "[NAME]"
        return f"is {found}, but must be a section: write {header} and its keys in the lines below"
    hint = ""
    if key.kind == "a text" and type(value) in {int, float}:
        hint = ": put it in quotes"
    elif isinstance(value, str) and key.kind == "a list":
        hint = ": put it in [ ]"
    elif isinstance(value, str) and _BARE.fullmatch(value):
        hint = ": take the quotes away"
    if key.kind == "a number" and type(value) is int:
        found = "too large"
    allowed = f" (allowed: {key.allowed})" if key.allowed else ""
    return f"is {found}, but must be {key.kind}{hint}{allowed}"


def _missing(loc: Loc) -> str:
    key, section = key_of(loc), section_of(loc)
    if key is not None:
        return f"is missing. {key.description} (allowed: {key.allowed})"
    if section is None:
        return "is missing"
    needed = " and ".join(f"{key.name} ({key.allowed})" for key in section.keys.values() if key.required)
    return f"this section is missing: write {section.header} and below it {needed}"


def _unknown(loc: Loc) -> str:
    name, section = str(loc[-1]), section_of(loc)
    homes = [one.header for one in sections().values() if name in one.keys]
    match = _suggestion(loc)
    what = "unknown section" if section is None and not homes else "unknown key"
    if homes:
        return f"{what} here; it belongs below {' or '.join(homes)}"
    if match is not None and match.startswith("password"):
        return (
            f'{what}. Did you mean "{match}"? A password is never written in this file: '
            "it stands alone in a file of its own"
        )
    if match is not None:
        return f'{what}. Did you mean "{match}"?'
    known = known_beside(loc)
    return f"{what}. Known here: {', '.join(known)}"


def _suggestion(loc: Loc) -> str | None:
    return _close(str(loc[-1]), tuple(known_beside(loc)))


def _close(text: str, choices: tuple[str, ...]) -> str | None:
    folded = {choice.casefold(): choice for choice in choices}
    match = get_close_matches(text[:80].casefold(), folded, n=1)
    return folded[match[0]] if match else None


def _value_at(data: object, loc: Loc) -> object:
    for part in loc:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > 64:
            return "a huge number"
        case int() | float():
            return str(value)
        case str():
            return quoted(value)
        case _:
            return _FOUND.get(type(value), "this")
