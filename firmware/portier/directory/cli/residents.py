"""`portier residents`: who lives here."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from portier.errors import DirectoryError

from .. import changes, words
from ..model import Book, Line, Resident
from .desk import Desk, add_options, added, checked

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_COLUMNS = "{:>6}  {:<28}  {:<6}  {:<2}  {:<40}  {}"


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    group = added(commands, "residents", "who lives here: add, list, change, remove")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    add = added(actions, "add", "somebody moves in")
    add.add_argument("name", metavar="NAME")
    _add_facts(add)
    add_options(add, _add)
    show = added(actions, "list", "everybody, with flat, lines and the number of codes")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    add_options(show, _list)
    change = added(actions, "change", "change what is told of somebody; what is not named stays")
    change.add_argument("name", metavar="NAME")
    change.add_argument("--name", dest="new_name", metavar="NEW", help="a new name")
    _add_facts(change)
    add_options(change, _change)
    remove = added(actions, "remove", "somebody moves out: the codes go, too")
    remove.add_argument("name", metavar="NAME")
    add_options(remove, _remove)


def refuse_undialled(desk: Desk, lines: tuple[Line, ...]) -> None:
    """Refuse numbers that this station could not dial. Raises ValueError."""
    from portier.config.addresses import is_number

    dialling = desk.config.dialling
    for one in lines:
        if one.number and desk.settings.number_uri is None:
            raise ValueError("needs sip.domain in the configuration, or a whole SIP address in its place")
        prefix = dialling.prefix if one.prefix else ""
        if one.number and not is_number(dialling.template.format(prefix=prefix, line=one.number)):
            raise ValueError(
                "its + would not be the first character of the number, as the prefix stands before it: write "
                'it without +, or "plain:" before it'
            )


def _add_facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flat", metavar="NUMBER", help='as buttons and keypads call it; "" for none')
    parser.add_argument("--language", metavar="CODE", help="two letters, such as fr or en")
    parser.add_argument(
        "--line",
        dest="lines",
        action="append",
        metavar="LINE",
        help='a number, "plain:" and a number without prefix, or sip:user@host; several ring in this order',
    )
    for option, what in (("release", "release digit"), ("code", "access code")):
        parser.add_argument(
            f"--{option}-from",
            action="append",
            metavar="NUMBER",
            help=f"from which number a call to the station may use the {what}",
        )


def _facts(options: argparse.Namespace, desk: Desk) -> dict[str, Any]:
    """What the command line names."""
    checks: dict[str, Callable[[Any], object]] = {
        "flat": words.flat,
        "language": words.language,
        "lines": partial(_lines, desk),
        "release_from": _callers,
        "code_from": _callers,
    }
    return {
        key: checked(key.replace("_", "-"), check, given)
        for key, check in checks.items()
        if (given := getattr(options, key)) is not None
    }


def _lines(desk: Desk, texts: list[str]) -> tuple[Line, ...]:
    found = words.lines([one for one in texts if one])
    refuse_undialled(desk, found)
    return found


def _callers(texts: list[str]) -> tuple[str, ...]:
    return words.callers([one for one in texts if one])


def _add(options: argparse.Namespace) -> int:
    desk = Desk(options)
    name = checked("name", words.caption, options.name)
    resident = Resident(0, name, **_facts(options, desk))
    desk.alter(lambda book: changes.add_resident(book, resident))
    print(f'"{name}" is in the directory')
    return desk.exit_code


def _change(options: argparse.Namespace) -> int:
    desk = Desk(options)
    facts = _facts(options, desk)
    if options.new_name is not None:
        facts["name"] = checked("name", words.caption, options.new_name)
    if not facts:
        raise DirectoryError("nothing is named that is to be changed")
    desk.alter(lambda book: changes.change_resident(book, options.name, **facts))
    print(f'"{facts.get("name", options.name)}" is changed')
    return desk.exit_code


def _remove(options: argparse.Namespace) -> int:
    desk = Desk(options)
    gone: list[str] = []

    def remove(book: Book) -> Book:
        one = changes.find(book, options.name)
        after = changes.remove_resident(book, options.name)
        codes = len(book.codes) - len(after.codes)
        gone.append(f'"{one.name}", number {one.number}, is removed, and {codes} access codes')
        return after

    desk.alter(remove)
    print(gone[-1])
    return desk.exit_code


def _list(options: argparse.Namespace) -> int:
    book = Desk(options).read().book
    codes = Counter(one.resident for one in book.codes)
    if not options.json:
        print(_COLUMNS.format("number", "name", "flat", "", "lines", "codes"))
    for one in book.residents:
        lines = [str(line) for line in one.lines]
        if options.json:
            print(json.dumps(asdict(one) | {"lines": lines, "codes": codes[one.number]}))
        else:
            row = (one.number, one.name, one.flat, one.language, ", ".join(lines), codes[one.number])
            print(_COLUMNS.format(*row))
    return 0
