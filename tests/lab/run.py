"""Looks at cases one after the other, each within its time, and tells how far it is."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import textwrap
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from tests.lab.case import Case, Found, Outcome
from tests.lab.place import Place

_WIDTH = 118


class TooLongError(Exception):
    """A case has used up its time."""


def looked_at(case: Case, folder: Path) -> Outcome:
    """Look at a case; whatever goes wrong is what was seen."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = Found()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portier-lab-") as short, ExitStack() as stack:
        place = Place(folder, Path(short), stack, lambda text: say(f"        {text}"))
        try:
            with limit(case.limit_s):
                case.look(place, found)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the other cases are worth looking at
            said = str(error).strip().splitlines() or [""]
            found.that(False, "", f"{type(error).__name__}: {said[0][:300]}")
            (folder / "error").write_text(traceback.format_exc())
    return Outcome(case, found.seen, found.ok, time.monotonic() - began_s)


def all_of(cases: Sequence[Case], output: Path) -> Iterator[Outcome]:
    """Look at each, telling what came of it."""
    for number, case in enumerate(cases, 1):
        head = f"{number:3}/{len(cases)}  {case.name}"
        if sys.stderr.isatty():
            print(f"\r{head[:_WIDTH]:<{_WIDTH}}", end="", file=sys.stderr, flush=True)
        outcome = looked_at(case, output / slug(case.name))
        word = "ok" if outcome.ok else "NOT OK"
        start = "\r" if sys.stderr.isatty() else ""
        say(f"{start}{head:<62} {word:>6} {outcome.took_s:6.1f} s")
        yield outcome


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes, for the terminal."""
    lines = []
    for one in outcomes:
        lines.append(f"\n  {'ok' if one.ok else 'NOT OK':<7} {one.case.name}")
        for what, text in (("expected", one.case.expected), ("seen", one.seen)):
            lines += textwrap.wrap(
                text, 110, initial_indent=f"          {what:<9} ", subsequent_indent=" " * 20
            )
    return "\n".join(lines)


def say(text: str) -> None:
    """Tell on the terminal."""
    print(text, file=sys.stderr, flush=True)


def slug(name: str) -> str:
    """A case's name as the name of a folder."""
    return "".join(char if char.isalnum() else "-" for char in name.lower())


@contextmanager
def limit(limit_s: float) -> Iterator[None]:
    """Raise TooLongError in this, the main thread when the time is up."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"not over after {limit_s:.0f} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
