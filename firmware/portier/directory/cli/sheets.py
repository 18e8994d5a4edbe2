"""`portier directory`: all residents and codes as a table."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from portier.errors import DirectoryError, DirectoryFileError

from .. import hashing, keeping, removal, sheet, table
from ..model import Book
from ..sheet import Building
from .desk import Desk, add_options, added
from .output import write_new
from .residents import refuse_undialled

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_MANY_ROWS = 1000
_SHOWN_EVERY_S = 0.1
_WIDTH = 40


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    group = added(commands, "directory", "all residents and codes as a table (CSV): import, export")
    actions = group.add_subparsers(required=True, metavar="ACTION")
    take = added(actions, "import", "let the directory be what a table says, or change nothing")
    take.add_argument("file", type=Path, help="the table; - for standard input")
    take.add_argument("--dry-run", action="store_true", help="only tell what would come of it")
    take.add_argument(
        removal.OPTION, action="store_true", help="even where more than half of the residents or codes go"
    )
    add_options(take, _import)
    give = added(actions, "export", "write the table; it never holds the digits of a code")
    give.add_argument("file", type=Path, help="a file that is not there yet; - for standard output")
    add_options(give, _export)


def _import(options: argparse.Namespace) -> int:
    desk = Desk(options)
    try:
        content = sys.stdin.buffer.read() if str(options.file) == "-" else options.file.read_bytes()
    except OSError as error:
        raise DirectoryFileError(f"{options.file}: cannot be read: {error.strerror}") from error
    rows = table.read(content)
    if not rows:
        raise DirectoryError(f"{options.file}: no row follows its first line: nothing was changed")
    new_codes = sheet.has_new_codes(rows)
    key = desk.key(make=not options.dry_run) if new_codes else None
    building = Building(
        doors=desk.config.doors.keys(),
        profiles=desk.config.profiles.keys(),
        code_length=desk.config.directory.code_length,
        key=key,
        dials=partial(refuse_undialled, desk),
    )
    said: list[str] = []

    def build(before: Book) -> Book:
        after = sheet.build(rows, before, building, _progress())
        said.append(_difference(before, after))
        gone = removal.removal(before, after)
        if gone.too_much and not options.remove:
            said.append(f"{gone.too_much}: if that is meant, say {removal.OPTION}")
            if not options.dry_run:
                raise DirectoryError(f"{said[-1]}; nothing was changed")
        elif gone.is_any and not options.dry_run:
            aside = keeping.put_aside(desk.files)
            said.append(f"what was there lies beside it: {aside.name}")
        return after

    if options.dry_run:
        build(desk.read(to_change=True).book)
        said[0] = f"would be: {said[0]}"
    else:
        desk.alter(build, hashing.check(key) if key else "")
    print("\n".join(said))
    return desk.exit_code


def _export(options: argparse.Namespace) -> int:
    text = table.write(Desk(options).read().book)
    if str(options.file) == "-":
        sys.stdout.write(text)
        return 0
    write_new(options.file, text.encode())
    print(f"{options.file}: {text.count(chr(10)) - 1} rows")
    return 0


def _difference(before: Book, after: Book) -> str:
    people = _counted(
        {one.number: one for one in before.residents}, {one.number: one for one in after.residents}
    )
    codes = _counted({one.number: one for one in before.codes}, {one.number: one for one in after.codes})
    return f"residents: {people}; codes: {codes}"


def _counted(before: Mapping[int, object], after: Mapping[int, object]) -> str:
    new, gone = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    changed = sum(1 for key, one in after.items() if key in before and before[key] != one)
    return f"{new} new, {changed} changed, {gone} gone, {len(after)} in all"


def _progress() -> sheet.Progress:
    """A bar on a terminal, where there are many rows."""
    shown_s = 0.0

    def show(done: int, of: int) -> None:
        nonlocal shown_s
        now_s = time.monotonic()
        if of <= _MANY_ROWS or not sys.stderr.isatty() or (done < of and now_s - shown_s < _SHOWN_EVERY_S):
            return
        shown_s = now_s
        filled = "#" * (_WIDTH * done // of)
        print(f"\r[{filled:<{_WIDTH}}] {done} of {of} rows", end="\n" if done == of else "", file=sys.stderr)
        sys.stderr.flush()

    return show
