"""The lines of an account at the operator, and what the station needs of whoever knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from portier.errors import LineUnknownError

from . import numbers
from .options import Mode, Options


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its billing account and its number, as the account has it."""

    account: str
    number: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at the operator: `numbers` of every line, `options` of those that were asked for.

    Without a key nothing can be seen; `trouble` says why nothing was, `advice` what to do about it.
    """

    has_key: bool = True
    numbers: tuple[str, ...] = ()
    options: Mapping[str, Options] = field(default_factory=dict)
    trouble: str = ""
    advice: str = ""


class Operator(Protocol):
    """The operator. Everything raises OperatorError, which says what to do."""

    def accounts(self) -> tuple[str, ...]:
        """The billing accounts."""
        ...

    def lines(self, account: str) -> tuple[Line, ...]:
        """The lines of one of them."""
        ...

    def description(self, line: Line) -> str:
        """What the account's owner calls a line; empty where he does not."""
        ...

    def options(self, line: Line) -> Options:
        """The options of a line, all of them."""
        ...

    def write_options(self, line: Line, options: Options) -> None:
        """Put these in the place of a line's options."""
        ...

    def registrations(self, line: Line) -> Sequence[Mapping[str, object]]:
        """The last registrations of a line: `ip`, `port`, `userAgent`, and what else the API tells."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a line's mode."""

    line: Line
    before: str
    wanted: Mode

    def __str__(self) -> str:
        return f"{self.line.number}: {self.before} -> {self.wanted}"


def by_numbers(known: Iterable[Line]) -> Mapping[str, tuple[Line, ...]]:
    """Lines by their number, which several billing accounts may have."""
    found: dict[str, tuple[Line, ...]] = {}
    for one in dict.fromkeys(known):
        found[one.number] = (*found.get(one.number, ()), one)
    return found


def in_several(lines: Sequence[Line]) -> str:
    """Which billing accounts have a number, in words."""
    return f"a line of several billing accounts, {' and '.join(_quoted(one.account) for one in lines)}"


def chosen(written: Sequence[str], known: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that numbers mean, each once. Raises LineUnknownError with all that is wrong."""
    by_number = by_numbers(known)
    found: dict[Line, None] = {}
    problems = []
    for one in written:
        matches = numbers.find(one, by_number)
        if len(matches) == 1:
            lines = by_number[matches[0]]
            if len(lines) == 1:
                found[lines[0]] = None
            else:
                problems.append(
                    f"{_quoted(one)} is {in_several(lines)}: which of them is meant cannot be told"
                )
        elif matches:
            problems.append(f"{_quoted(one)} may be {' or '.join(matches)}: write the whole number")
        else:
            problems.append(_unknown(one, known))
    if problems:
        raise LineUnknownError("line: not every number is a line, and nothing was changed", tuple(problems))
    return tuple(found)


def _unknown(written: str, known: Sequence[Line]) -> str:
    if numbers.digits(written) is None:
        return f"{_quoted(written)} is no number: write it as 0033972123456, +33972123456 or 0972123456"
    accounts = len({one.account for one in known})
    all_of = f"{accounts} billing account{'' if accounts == 1 else 's'}"
    count = f"{len(known)} line{'' if len(known) == 1 else 's'} of {all_of}"
    near = numbers.alike(written, [one.number for one in known])
    hint = f"did you mean {' or '.join(near)}?" if near else '"portier line list" shows them'
    return f"{_quoted(written)} is none of the {count} that this key sees; is it another account's? {hint}"


def _quoted(text: str) -> str:
    return '"' + "".join(one if one.isprintable() else "?" for one in text[:40]) + '"'
