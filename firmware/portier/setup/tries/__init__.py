"""What setup tries, each in a process of its own: pins, sound, a call.

Each module here is such a child: `python -m portier.setup.tries.NAME ARGUMENTS`. It says what it sees, a JSON
object a line, and ends when its standard input does: whatever becomes of its parent, and of the terminal, the
relay is de-energised and the call hung up.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from portier.errors import PortierError

_TROUBLE_EXIT_CODE = 1
_writing = threading.Lock()


class What(StrEnum):
    """What a child may see."""

    TROUBLE = "trouble"
    READY = "ready"
    PRESSED = "pressed"
    LET_GO = "let go"
    ENERGISED = "energised"
    DE_ENERGISED = "de-energised"
    PLAYED = "played"
    LEVEL = "level"
    LOST = "lost"
    REGISTRATION = "registration"
    CALLING = "calling"
    RINGING = "ringing"
    WITHOUT_PREFIX = "without prefix"
    ANSWERED = "answered"
    HEARD = "heard"
    RELEASED = "released"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing a child saw; `text` and `number` as its module says."""

    what: What
    text: str = ""
    number: float = 0.0


def tell(what: What, text: str = "", number: float = 0.0) -> None:
    """Say what was seen, from any thread. A parent that is gone is no fault."""
    try:
        with _writing:
            sys.stdout.write(f"{json.dumps(asdict(Seen(what, text, number)))}\n")
            sys.stdout.flush()
    except OSError:
        pass


def read(line: bytes) -> Seen | None:
    """Take a line of a child; None where a library wrote it."""
    try:
        said = json.loads(line)
        return Seen(What(said["what"]), str(said["text"]), float(said["number"]))
    except (ValueError, TypeError, KeyError):
        return None


def told_to_end(limit_s: float) -> bool:
    """Wait so long; True as soon as the parent wants the end, or is gone."""
    until_s = time.monotonic() + limit_s
    while (left_s := until_s - time.monotonic()) > 0:
        ready, _, _ = select.select([0], [], [], left_s)
        if ready and not os.read(0, 4096):
            return True
    return False


def child(work: Callable[[], None]) -> int:
    """Be a child: do the work, or tell in a line what is in the way; the exit code."""
    try:
        work()
    except PortierError as error:
        tell(What.TROUBLE, str(error))
        return _TROUBLE_EXIT_CODE
    return 0
