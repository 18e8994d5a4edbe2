"""Tells the running station that its directory has changed, or the manager that it could not be told."""

from __future__ import annotations

import sys
from pathlib import Path

from portier.errors import ControlError

_ANSWER_S = 30.0
_NOBODY_THERE = FileNotFoundError, ConnectionRefusedError


def tell(socket: Path) -> bool:
    """Have the running station take the directory as it is by now; false where one runs and does not."""
    from portier.adapters.control.protocol import Do
    from portier.control_client import ControlClient

    try:
        with ControlClient(socket, _ANSWER_S) as client:
            reply = client.ask(Do.READ_DIRECTORY)
    except ControlError as error:
        if isinstance(error.__cause__, _NOBODY_THERE):
            print(
                f"note: no station runs at {socket}; it reads the directory when it starts", file=sys.stderr
            )
            return True
        return _untold(str(error))
    return bool(reply["ok"]) or _untold(f"it says: {reply.get('error')}")


def _untold(why: str) -> bool:
    print(
        "WARNING: this is written, but THE RUNNING STATION DOES NOT KNOW IT: a code that was revoked STILL "
        f"OPENS, until the station is restarted (sudo systemctl restart portier). {why}",
        file=sys.stderr,
    )
    return False
