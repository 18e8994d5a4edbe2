"""The running station: is somebody talking, or a door released? Then nothing may cut it silently."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portier_install import service
from portier_install.errors import BusyError
from portier_pjsip.errors import MachineError
from portier_pjsip.programs import ran

WAIT_S = 300.0
"""Longer than ring_timeout_s and max_talk_s together, as they are unless set."""
_ASK_AGAIN_S = 1.0
_ASK_LIMIT_S = 15.0
_TRIES = 3
_SILENT = "perhaps a call (the station does not answer)"
_QUIET = {"idle", "out of service"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a call's end; 0 and `cut` for who wants it at once."""

    wait_s: float = WAIT_S
    cut: bool = False


def wait_for_end(ask: Callable[[], str], patience: Patience, tell: Callable[[str], None]) -> None:
    """Wait until the station is idle. Raises BusyError when it is not in time.

    `ask` tells what it is doing, empty for nothing that matters.
    """
    until_s = time.monotonic() + patience.wait_s
    while doing := ask():
        if patience.cut:
            tell(f"{doing}: cut, as it was told")
            return
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise BusyError(
                f"{doing}, and it was not over after {patience.wait_s:.0f} s: nothing was changed; try again "
                "later, or NOW=1 (--now) cuts it"
            )
        tell(f"{doing}: waiting for its end, {left_s:.0f} s at most")
        time.sleep(min(_ASK_AGAIN_S, left_s))


def doing_now(program: str) -> str:
    """What the service is doing, as `doing_of` tells; empty where it does not run either."""
    doing = doing_of(program)
    return doing if doing and service.state().runs else ""


def doing_of(program: str) -> str:
    """What the running station is doing, asked by a `portier` of its own version; empty where it is idle.

    One that does not answer may have a call all the same: that is told in place of one.
    """
    for tried in range(_TRIES):
        if tried:
            time.sleep(_ASK_AGAIN_S)
        try:
            ended = ran((program, "status", "--json"), _ASK_LIMIT_S)
            if ended.code == 0:
                return busy(json.loads(ended.output))
        except (MachineError, ValueError, TypeError, KeyError, AttributeError):
            # No program, no JSON, or no status.
            continue
    return _SILENT


def busy(status: Mapping[str, Any]) -> str:
    """What a status says that must not be cut; empty for nothing."""
    found = []
    if status["call"] not in _QUIET:
        found.append(f'a call of button "{status["button"]}" ({status["call"]})')
    found += [f'door "{name}" is released' for name, word in status["doors"].items() if word == "released"]
    return ", ".join(found)
