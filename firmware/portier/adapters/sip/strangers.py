"""Calls from outside: each is kept for a moment, then refused, and gives way to a press at once."""

from __future__ import annotations

import time

from portier.adapters.sip.objects import StationAccount, StationCall, pj
from portier.keys_heard import KeyNews

_BUSY_HERE = 486
_WAITS_S = 1.0
"""A stranger refused at once leaves its sockets in PJSIP's closing list: 32 in a burst abort the process."""


class Strangers:
    """Who calls the station: keeper and `CallSink` of their calls. All on the SIP thread.

    A dead call object keeps its slot number: dropped after the slot is used again it would hang up whichever
    call has it then. So a call is let go in the very callback that says it is over.
    """

    def __init__(self) -> None:
        self._calls: dict[int, tuple[float, StationCall]] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._calls)

    def take(self, account: StationAccount, call_id: int) -> None:
        """Somebody calls."""
        self._last -= 1
        self._calls[self._last] = time.monotonic(), StationCall(account, self, self._last, call_id)

    def refuse_late(self, now_s: float) -> None:
        """Refuse who has waited long enough."""
        for came_s, _ in list(self._calls.values()):
            if now_s - came_s >= _WAITS_S:
                self.refuse_oldest()

    def refuse_oldest(self) -> None:
        """Refuse who came first."""
        oldest = min(self._calls, key=lambda leg: self._calls[leg][0])
        _, call = self._calls.pop(oldest)
        parameters = pj.CallOpParam()
        parameters.statusCode = _BUSY_HERE
        try:
            call.hangup(parameters)
        except pj.Error:
            pass  # the stranger gave up first

    # News from PJSIP's calls: only their end matters.

    def call_state(self, leg: int, state: int, status: int) -> None:
        """A stranger's call has another state."""
        del status
        if state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._calls.pop(leg, None)

    def renegotiates(self, leg: int) -> None:
        """A stranger's sound is nobody's."""

    def key(self, news: KeyNews) -> None:
        """A stranger's keys count for nothing."""

    def unreadable_key(self, leg: int, form: str) -> None:
        """Nor do they when they cannot be read."""

    def event_payload(self, leg: int, offered: int, answered: int | None) -> None:
        """How a stranger would send them does not matter."""

    def message(self, leg: int, sent: bool, text: str, size_bytes: int) -> None:
        """What a stranger's call says is in no record."""

    def heard(self, leg: int, source: str, message: str) -> None:
        """A stranger was heard already: from an address that is."""
