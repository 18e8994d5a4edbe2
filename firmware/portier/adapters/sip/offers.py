"""Calls from outside that the station may take, until the core has said what becomes of them."""

from __future__ import annotations

from portier.adapters.sip.objects import StationAccount, StationCall
from portier.adapters.sip.unanswered import Unanswered


class Offers(Unanswered):
    """Their calls, each under a number of its own. All on the SIP thread."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0

    def take(self, account: StationAccount, call_id: int) -> int:
        """Somebody calls; the offer's number."""
        self._last += 1
        self._keep(account, self._last, call_id)
        return self._last

    def hand_over(self, offer: int) -> StationCall | None:
        """Give the call to who keeps it from now on; None where its caller has given up."""
        return self._give(offer)

    def reject(self, offer: int) -> None:
        """Refuse a call as busy; no fault if it is over."""
        self._refuse(offer)

    def reject_all(self) -> None:
        """Refuse every call."""
        for offer in list(self._calls):
            self._refuse(offer)
