"""Calls from outside that nobody has answered."""

from __future__ import annotations

import time

from portier.adapters.sip.objects import StationAccount, StationCall, pj
from portier.keys_heard import KeyNews

_BUSY_HERE = 486


class Unanswered:
    """Keeper and `CallSink` of such calls. All on the SIP thread.

    A dead call object keeps its slot number: dropped after the slot is used again it would hang up whichever
    call has it then. So a call is let go in the very callback that says it is over.
    """

    def __init__(self) -> None:
        self._calls: dict[int, tuple[float, StationCall]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def _keep(self, account: StationAccount, leg: int, call_id: int) -> None:
        self._calls[leg] = time.monotonic(), StationCall(account, self, leg, call_id)

    def _give(self, leg: int) -> StationCall | None:
        _, call = self._calls.pop(leg, (0.0, None))
        return call

    def _refuse(self, leg: int) -> None:
        """Refuse a call as busy; no fault if it is over."""
        call = self._give(leg)
        if call is None:
            return
        parameters = pj.CallOpParam()
        parameters.statusCode = _BUSY_HERE
        try:
            call.hangup(parameters)
        except pj.Error:
            pass  # the caller gave up first

    # News from PJSIP's calls: only their end matters.

    def call_state(self, leg: int, state: int, status: int) -> None:
        """A call has another state."""
        del status
        if state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._give(leg)

    def renegotiates(self, leg: int) -> None:
        """Nobody hears a stream of it."""

    def reinvited(self, leg: int, status: int) -> None:
        """Nor is it offered anything anew."""

    def key(self, news: KeyNews) -> None:
        """Keys count once a call is answered."""

    def unreadable_key(self, leg: int, form: str) -> None:
        """Nor do others before."""

    def event_payload(self, leg: int, offered: int, answered: int | None) -> None:
        """Nothing was agreed on yet."""

    def message(self, leg: int, sent: bool, text: str, size_bytes: int) -> None:
        """What is said before it has a leg is in no record."""

    def heard(self, leg: int, source: str, message: str) -> None:
        """It was heard already: from an address that is."""
