"""Each change of a line in the audit log: by the running station, or written directly where none runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

from portier.adapters.control.line_notes import record
from portier.adapters.control.protocol import Do
from portier.adapters.journal.row import CannotKeepError, entry
from portier.control_client import ControlClient
from portier.errors import ControlError, JournalError

_NOBODY_THERE = FileNotFoundError, ConnectionRefusedError
_NEVER = 10**6
"""Days and rows: what is too old, the station itself takes away."""
_NOT_OF_A_NUMBER = re.compile(r"[^0-9A-Za-z_+-]")


class Notes:
    """The audit log of this machine's station. Raises JournalError and ControlError."""

    def __init__(self, socket: Path, state: Path) -> None:
        self._socket = socket
        self._state = state

    def refuse_unless_kept(self) -> None:
        """Make sure, before anything is changed, that what is will be written down."""
        if not self._station_keeps():
            self._look_at_folder()

    def write(self, number: str, before: str, after: str, *, sure: bool) -> None:
        """Write down a change; `sure` where it was seen to be done."""
        change = " ".join(
            [_NOT_OF_A_NUMBER.sub("", one) for one in (number, before.replace(" ", "_"), after)]
            + ([] if sure else ["unconfirmed"])
        )
        if self._station_keeps():
            with ControlClient(self._socket) as client:
                reply = client.ask(Do.LINE_CHANGED, change=change)
            if not reply["ok"]:
                raise ControlError(f"control: the station at {self._socket} refused: {reply.get('error')}")
            return
        self._write_directly(change)

    def _station_keeps(self) -> bool:
        """Whether a station runs that keeps a log."""
        try:
            with ControlClient(self._socket) as client:
                return "audit" in client.ask(Do.STATUS).get("status", {})
        except ControlError as error:
            if isinstance(error.__cause__, _NOBODY_THERE):
                return False
            raise

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
