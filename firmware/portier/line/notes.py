"""Each change of a line in the audit log: by the running station, or written directly where none runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from portier.adapters.control.line_notes import record, words
from portier.adapters.control.protocol import Do
from portier.adapters.journal.row import CannotKeepError, entry
from portier.control_client import ControlClient
from portier.errors import ControlError, JournalError
from portier.intercom.lines import Change

_NOBODY_THERE = FileNotFoundError, ConnectionRefusedError
_NEVER = 10**6
"""Days and rows: what is too old, the station itself takes away."""


class Notes:
    """The audit log of this machine's station. Raises JournalError and ControlError."""

    def __init__(self, socket: Path, state: Path) -> None:
        self._socket = socket
        self._state = state

    def refuse_unless_kept(self, changes: Iterable[Change]) -> None:
        """Make sure, before anything is changed, that what is will be written down."""
        for one in changes:
            if record(words(one.line.number, one.before, one.wanted, sure=True), "") is None:
                raise JournalError(
                    f"audit: {one.line.number!r} is no number of a line that can be written down: nothing "
                    "was changed; the customer area is the other way to do it"
                )
        if not self._station_takes():
            self._look_at_folder()

    def write(self, change: Change, *, sure: bool) -> None:
        """Write down a change; `sure` where it was seen to be done."""
        told = words(change.line.number, change.before, change.wanted, sure=sure)
        if not self._station_takes(told):
            self._write_directly(told)

    def _station_takes(self, change: str | None = None) -> bool:
        """Have a running station write down a change, or say that it would; False where none keeps a log."""
        try:
            with ControlClient(self._socket) as client:
                if _health(client.ask(Do.STATUS)) is None:
                    return False
                reply = client.ask(Do.LINE_CHANGED, change=change)
        except ControlError as error:
            if isinstance(error.__cause__, _NOBODY_THERE):
                return False
            raise
        if not reply["ok"]:
            # Whoever has understood it tells its status.
            older = "" if "status" in reply else "; is it an older version, still to be restarted?"
            raise ControlError(f"control: the station at {self._socket} refused: {reply.get('error')}{older}")
        if trouble := (_health(reply) or {}).get("trouble"):
            raise JournalError(
                f"audit: the station at {self._socket} cannot write down a change of a line now: {trouble}"
            )
        return True

    def _look_at_folder(self) -> None:
        from portier.adapters.journal import reading

        with reading.as_owner(self._state):
            usable = self._state.is_dir() and os.access(self._state, os.W_OK | os.X_OK, effective_ids=True)
        if not usable:
            raise JournalError(
                f"audit: a change of a line is to be written down, and user {os.geteuid()} may not write to "
                f"{self._state}: nothing was changed; run this command by sudo, or name a folder with --state"
            )

    def _write_directly(self, change: str) -> None:
        from portier.adapters.journal import reading
        from portier.adapters.journal.purge import Rule
        from portier.adapters.journal.stamps import Stamps
        from portier.adapters.journal.store import Store
        from portier.adapters.wall_clock import known_right

        stamps = Stamps(known_right)
        stamps.look()
        now = stamps.judged(stamps.now())
        told = record(change, f"process {os.getpid()} of user {os.getuid()}")
        if told is None:
            raise JournalError(f"audit: {change!r} is no change of a line that can be written down")
        with reading.as_owner(self._state):
            store = Store(self._state, Rule(_NEVER, _NEVER))
            try:
                store.append([entry(told, now)], now)
            except CannotKeepError as error:
                raise JournalError(f"audit: {error}") from error
            finally:
                store.close()


def _health(reply: dict[str, Any]) -> dict[str, Any] | None:
    """How the station's audit log is; None where it keeps none."""
    status = reply.get("status")
    found = status.get("audit") if isinstance(status, dict) else None
    return found if isinstance(found, dict) else None
