"""`portier codes`: access codes and cards. Digits are asked for, or shown once; nothing tells them later."""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import sys
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from portier.errors import DirectoryError

from .. import changes, hashing, words
from ..model import Book, Code
from .desk import Desk, add_options, added, checked, number_of

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_COLUMNS = "{:>6}  {:<24}  {:<20}  {:<16}  {:<30}  {:<12}  {}"
_DRAWS = 1000


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    group = added(commands, "codes", "access codes: add, list, revoke")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    add = added(actions, "add", "a new code: asked for without showing it, or generated")
    add.add_argument("--label", required=True, metavar="TEXT", help="what the code is for, in the list")
    add.add_argument("--resident", metavar="NAME", help="whose it is; left out: nobody's, as a postman's")
    add.add_argument(
        "--door", dest="doors", action="append", metavar="DOOR", help="which it opens; left out: the only one"
    )
    add.add_argument(
        "--profile", default="", metavar="NAME", help="a time profile outside which it is refused"
    )
    add.add_argument(
        "--from", dest="from_time", default="", metavar="TIME", help='"2026-12-24 08:00" or a day'
    )
    add.add_argument(
        "--until", dest="until_time", default="", metavar="TIME", help="the same; a day to its end"
    )
    uses = add.add_mutually_exclusive_group()
    uses.add_argument("--uses", default="", metavar="N", help="how often it may be used")
    uses.add_argument("--once", dest="uses", action="store_const", const="1", help="the same as --uses 1")
    add.add_argument("--long", action="store_true", help="a longer release, for who needs it")
    how = add.add_mutually_exclusive_group()
    how.add_argument("--generate", action="store_true", help="draw it by chance, and show it this once")
    how.add_argument(
        "--card", metavar="FACILITY:NUMBER", help="a card of a Wiegand reader in place of a code"
    )
    add_options(add, _add)
    show = added(actions, "list", "every code, but for its digits")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    add_options(show, _list)
    revoke = added(actions, "revoke", "forget codes, by the numbers in the list")
    revoke.add_argument("numbers", type=number_of, nargs="+", metavar="NUMBER")
    add_options(revoke, _revoke)


def _add(options: argparse.Namespace) -> int:
    desk = Desk(options)
    length = desk.config.directory.code_length
    code = Code(
        number=0,
        digest=b"",
        length=length,
        label=checked("label", words.caption, options.label),
        doors=_doors(desk, options.doors),
        profile=_profile(desk, options.profile),
        from_time=checked("from", words.moment, options.from_time),
        until_time=checked("until", partial(words.moment, end=True), options.until_time),
        uses=checked("uses", words.uses, options.uses),
        long=options.long,
    )
    if code.from_time and code.until_time and code.until_time <= code.from_time:
        raise DirectoryError("until: it is not after from")
    if options.resident is not None:
        code = replace(code, resident=changes.find(desk.read(to_change=True).book, options.resident).number)
    card = checked("card", words.card, options.card) if options.card is not None else ""
    key = desk.key()
    if options.card is not None:
        digits = card
    else:
        digits = _drawn(desk.read(to_change=True).book, code, key) if options.generate else _asked(length)
    stored = desk.alter(lambda book: changes.add_code(book, code, digits, key), hashing.check(key))
    print(
        f"code {stored.book.codes[-1].number} is in the directory"
        + (f": {digits}" if options.generate else "")
    )
    return desk.exit_code


def _asked(length: int) -> str:
    if not sys.stdin.isatty():
        return checked("the code", partial(words.digits, length=length), sys.stdin.readline().strip())
    digits = getpass.getpass(f"code ({length} digits, not shown): ")
    checked("the code", partial(words.digits, length=length), digits)
    if getpass.getpass("once more: ") != digits:
        raise DirectoryError("the two are not the same: nothing was changed")
    return digits


def _drawn(book: Book, code: Code, key: bytes) -> str:
    for _ in range(_DRAWS):
        digits = "".join(secrets.choice("0123456789") for _ in range(code.length))
        if changes.refusal(book, digits, code.resident, key) is None:
            return digits
    raise DirectoryError(
        f"no code of {code.length} digits is left that is good: revoke some, or let them be longer "
        "(directory.code_length)"
    )


def _doors(desk: Desk, given: list[str] | None) -> frozenset[str]:
    known = sorted(desk.config.doors)
    listed = ", ".join(known)
    if given is None and len(known) == 1:
        return frozenset(known)
    if given is None:
        raise DirectoryError(f"say by --door which doors the code opens; there are {listed}")
    if unknown := [one for one in given if one not in known]:
        raise DirectoryError(f"door: there is none of the name {unknown[0]!r}; there are {listed}")
    return frozenset(given)


def _profile(desk: Desk, given: str) -> str:
    if given and given not in desk.config.profiles:
        known = ", ".join(sorted(desk.config.profiles)) or "none"
        raise DirectoryError(f"profile: there is none of the name {given!r}; there are: {known}")
    return given


def _revoke(options: argparse.Namespace) -> int:
    desk = Desk(options)
    desk.alter(lambda book: changes.revoke(book, options.numbers))
    print(f"revoked: {', '.join(map(str, options.numbers))}")
    return desk.exit_code


def _list(options: argparse.Namespace) -> int:
    desk = Desk(options)
    book = desk.read().book
    names = {one.number: (one.name, one.flat) for one in book.residents}
    if not options.json:
        print(_COLUMNS.format("number", "label", "whose", "doors", "valid", "uses", ""))
    for one in book.codes:
        name, flat = names.get(one.resident, ("", ""))
        if options.json:
            print(json.dumps(_plain(one, name, flat)))
            continue
        whose = f"{name} ({flat})" if flat else name
        left = "" if one.uses is None else f"{one.uses_left} of {one.uses} left"
        too = ["long"] if one.long else []
        if not one.length:
            too.append("card")
        elif one.length != desk.config.directory.code_length:
            too.append(f"has {one.length} digits: it cannot be used any more")
        row = (one.number, one.label, whose, " ".join(sorted(one.doors)), _valid(one), left, ", ".join(too))
        print(_COLUMNS.format(*row).rstrip())
    return 0


def _plain(one: Code, name: str, flat: str) -> dict[str, object]:
    return {
        "number": one.number,
        "label": one.label,
        "resident": name,
        "flat": flat,
        "doors": sorted(one.doors),
        "profile": one.profile,
        "from": _time(one.from_time),
        "until": _time(one.until_time),
        "uses": one.uses,
        "uses_left": one.uses_left,
        "long": one.long,
        "length": one.length,
    }


def _valid(one: Code) -> str:
    parts = [one.profile]
    parts += [f"from {_time(one.from_time)}"] if one.from_time else []
    parts += [f"until {_time(one.until_time)}"] if one.until_time else []
    return " ".join(part for part in parts if part) or "always"


def _time(one: datetime | None) -> str:
    return "" if one is None else f"{one:%Y-%m-%d %H:%M}"
