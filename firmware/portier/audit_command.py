"""`portier audit`: reads, checks, exports the audit log, and erases one person's data from it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from portier import audit_rows, state_path
from portier.errors import FileError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

BROKEN_EXIT_CODE = 1
_LOOK_EVERY_S = 0.5
_MOST_ROWS = 2**62


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    words = "the audit log: what happened at the doors, and by whom"
    parser = commands.add_parser("audit", help=words, description=words)
    actions: argparse._SubParsersAction[Any] = parser.add_subparsers(required=True, metavar="ACTION")
    show = _added(actions, "show", _show, "the last rows")
    show.add_argument("--last", type=_count, default=20, metavar="N", help="how many (%(default)s)")
    show.add_argument("--follow", action="store_true", help="and each new one, until Ctrl-C")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    verify = _added(actions, "verify", _verify, "whether a row was changed or removed; exit 1 and which")
    verify.add_argument(
        "--head",
        type=_head,
        action="append",
        default=[],
        metavar="NUMBER:LINK",
        help="an end that was noted elsewhere",
    )
    export = _added(actions, "export", _export, "rows of a period, as CSV or JSON")
    for end, words in (("from", "the first day or moment"), ("to", "the last day, or the moment after")):
        export.add_argument(
            f"--{end}",
            dest=f"{end}_us",
            type=_first if end == "from" else _last,
            metavar="DATE",
            help=f"{words} (2026-11-26, 2026-11-26T18:00, by this machine's time zone); left out: all",
        )
    export.add_argument("--format", choices=["csv", "json"], default="csv", help="(%(default)s)")
    export.add_argument("--output", type=Path, metavar="FILE", help="left out: standard output")
    erase = _added(actions, "erase", _erase, "one person's data; the rows stay, and nobody's")
    erase.add_argument("resident", metavar="RESIDENT", help="the directory's number, or the name in the log")


def _added(actions: Any, name: str, command: Any, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words, description=words)
    state_path.add_option(parser)
    parser.set_defaults(command=command)
    return parser


def _show(options: argparse.Namespace) -> int:
    from portier.adapters.journal import reading, tables

    def put(after: int) -> int:
        for row, person in tables.rows(database, after):
            plain = audit_rows.plain(row, person)
            print(json.dumps(plain) if options.json else audit_rows.line(plain), flush=True)
            after = row.number
        return after

    try:
        with reading.reading(state_path.for_reader(options.state)) as database:
            if not options.json:
                print(audit_rows.HEADINGS, flush=True)
            seen = put(tables.last(database)[0] - options.last)
            while options.follow:
                time.sleep(_LOOK_EVERY_S)
                seen = put(seen)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        # Python flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _verify(options: argparse.Namespace) -> int:
    from portier.adapters.journal import reading, verify

    folder = state_path.for_reader(options.state)
    # Before the log, which may grow meanwhile.
    kept = reading.noted(folder)
    with reading.reading(folder) as database:
        verdict = verify.verify(database, [*options.head, *([kept] if kept else [])])
    for one in options.head:
        if one.number < verdict.first:
            print(f"warning: row {one.number} went by a purge: whether it was so cannot be told any more")
    for one in verdict.purges:
        at = datetime.fromtimestamp(one.row.stamp.at_us / 1e6, UTC)
        rule = f"by {one.keep_days} days and {one.keep_rows} rows"
        print(f"rows up to {one.up_to} went by a purge on {at:%Y-%m-%d}, {rule}")
    problems = list(verdict.problems)
    if kept is None and verdict.first:
        problems.append("no end is noted beside the log (audit.head): rows cut off its end would not show")
    for problem in problems:
        print(f"broken: {problem}")
    rows = f"rows {verdict.first} to {verdict.last.number}" if verdict.first else "no rows"
    erased = f", {verdict.erased} of them erased" if verdict.erased else ""
    print(f"{rows}{erased}; the log ends at {verdict.last}")
    print("the chain is broken" if problems else "the chain holds")
    return BROKEN_EXIT_CODE if problems else 0


def _export(options: argparse.Namespace) -> int:
    from portier.adapters.journal import reading

    write = audit_rows.write_csv if options.format == "csv" else audit_rows.write_json

    def put(out: IO[str]) -> int:
        with reading.reading(state_path.for_reader(options.state)) as database:
            found = reading.period(database, options.from_us, options.to_us)
            return write((audit_rows.plain(*one) for one in found), out)

    if options.output is None:
        put(sys.stdout)
        return 0
    try:
        # Before the log is opened: root reads that as its owner, who may not write here.
        with audit_rows.private(options.output) as out:
            count = put(out)
    except OSError as error:
        raise FileError(f"audit: cannot write {options.output}: {error.strerror}") from error
    print(f"{options.output}: {count} rows")
    return 0


def _erase(options: argparse.Namespace) -> int:
    from portier.adapters.journal import erase
    from portier.adapters.journal.stamps import Stamps
    from portier.adapters.wall_clock import known_right

    stamps = Stamps(known_right)
    stamps.look()
    now = stamps.judged(stamps.now())
    erased = erase.erase(state_path.for_reader(options.state), options.resident, now)
    for path in erased.remains:
        print(f"warning: {path} may still hold it: remove that file")
    if not erased.rows:
        print("portier: audit erase: no row tells of that person", file=sys.stderr)
        return BROKEN_EXIT_CODE
    print(f"{erased.rows} rows are nobody's now; the chain holds. Exports made before are yours to erase")
    return 0


def _head(text: str) -> Any:
    from portier.adapters.journal.row import Head

    number, _, link = text.partition(":")
    try:
        return Head(b"", int(number), bytes.fromhex(link))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no end of a log: verify prints one") from error


def _first(text: str) -> int:
    return _moment(text)[0]


def _last(text: str) -> int:
    return _moment(text)[1]


def _moment(text: str) -> tuple[int, int]:
    """The beginning of a day or a moment, and the end of that day or the same moment; us since 1970."""
    try:
        if len(text) == len("2026-11-26"):
            day = date.fromisoformat(text)
            days = (day, day + timedelta(days=1))
            first, last = (datetime(one.year, one.month, one.day).astimezone() for one in days)
        else:
            first = last = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date as 2026-11-26 or 2026-11-26T18:00") from error
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    us = timedelta(microseconds=1)
    return (first - epoch) // us, (last - epoch) // us


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    # No row has a greater number than SQLite knows.
    return min(int(text), _MOST_ROWS)
