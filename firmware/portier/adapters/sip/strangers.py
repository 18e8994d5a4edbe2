"""Calls from outside: each is kept for a moment, then refused, and gives way to a press at once."""

from __future__ import annotations

from portier.adapters.sip.objects import StationAccount
from portier.adapters.sip.unanswered import Unanswered

_WAITS_S = 1.0
"""A stranger refused at once leaves its sockets in PJSIP's closing list: 32 in a burst abort the process."""


class Strangers(Unanswered):
    """Who calls the station; their legs are numbered below 0. All on the SIP thread."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0

    def take(self, account: StationAccount, call_id: int) -> None:
        """Somebody calls."""
        self._last -= 1
        self._keep(account, self._last, call_id)

    def refuse_late(self, now_s: float) -> None:
        """Refuse who has waited long enough."""
        for leg, (came_s, _) in list(self._calls.items()):
            if now_s - came_s >= _WAITS_S:
                self._refuse(leg)

    def refuse_oldest(self) -> None:
        """Refuse who came first."""
        self._refuse(min(self._calls, key=lambda leg: self._calls[leg][0]))
