"""Calls from outside that the station may take, until the core has said what becomes of them."""

from __future__ import annotations

from portier.adapters.sip.objects import StationAccount, StationCall, pj
from portier.keys_heard import KeyNews

_BUSY_HERE = 486


class Offers:
    """Keeper and `CallSink` of their calls, each under a number of its own. All on the SIP thread.

    As everywhere, a call is let go in the very callback that says it is over.
    """

    def __init__(self) -> None:
        self._calls: dict[int, StationCall] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._calls)

    def take(self, account: StationAccount, call_id: int) -> int:
        """Somebody calls; the offer's number."""
        self._last += 1
        self._calls[self._last] = StationCall(account, self, self._last, call_id)
        return self._last

    def hand_over(self, offer: int) -> StationCall | None:
        """Give the call to who keeps it from now on; None where its caller has given up."""
        return self._calls.pop(offer, None)

    def reject(self, offer: int) -> None:
        """Refuse a call as busy; no fault if it is over."""
        call = self._calls.pop(offer, None)
        if call is None:
            return
        parameters = pj.CallOpParam()
        parameters.statusCode = _BUSY_HERE
        try:
            call.hangup(parameters)
        except pj.Error:
            pass  # the caller gave up first

    def reject_all(self) -> None:
        """Refuse every call."""
        for offer in list(self._calls):
            self.reject(offer)

    # News from PJSIP's calls: only their end matters.

    def call_state(self, leg: int, state: int, status: int) -> None:
        """A call has another state."""
        del status
        if state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._calls.pop(leg, None)

    def renegotiates(self, leg: int) -> None:
        """Nobody hears a stream of it yet."""

    def key(self, news: KeyNews) -> None:
        """Keys count once a call is answered."""

    def unreadable_key(self, leg: int, form: str) -> None:
        """Nor do others before."""

    def event_payload(self, leg: int, offered: int, answered: int | None) -> None:
        """Nothing was agreed on yet."""

    def message(self, leg: int, sent: bool, text: str, size_bytes: int) -> None:
        """What is said before it has a leg is in no record."""

    def heard(self, leg: int, source: str, message: str) -> None:
        """It was heard from a registrar, which is heard anyway."""
