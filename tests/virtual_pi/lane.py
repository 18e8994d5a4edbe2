"""`python -m tests.virtual_pi.lane OUTPUT IMAGE SHORT NAME CASE ...`: cases beside others, for lanes.py.

Its standard input ends when whoever started it does, and it with that. What it has seen goes to its standard
output, a line of JSON each.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TextIO

from tests.lab import network
from tests.lab.run import say
from tests.virtual_pi import kept, page, run
from tests.virtual_pi.case import CASES
from tests.virtual_pi.cases import load
from tests.virtual_pi.image import Image


def main(words: list[str]) -> None:
    """Look at the cases that are named, in their order, in a network that is this process's own."""
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    output, made, short, name, *names = words
    load()
    wire = _own_output()
    network.lay()
    cases = [CASES[one] for one in names]
    for outcome in run.all_of(cases, Path(output), name, Image(Path(made)), Path(short)):
        _tell(wire, {"outcome": outcome.plain(), "figures": kept.FIGURES})
    if kept.CALLS:
        try:
            _tell(wire, {"picture": page.picture(kept.CALLS[0])})
        except Exception as error:  # noqa: BLE001 -- the cases have been looked at, and count without it, too
            say(f"the picture of the call could not be drawn: {type(error).__name__}: {error}")


def _own_output() -> TextIO:
    """Standard output for this alone; of whatever else speaks there the terminal hears."""
    wire = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return wire


def _tell(wire: TextIO, what: object) -> None:
    wire.write(f"{json.dumps(what)}\n")
    wire.flush()


def _end_with_the_input() -> None:
    sys.stdin.read()
    # What bounds its time is the first process of their namespace, ends with it and takes everything along.
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
