"""Calls from outside: most are strangers', and are refused; a few the station may take, if the core wills.

Only with a list of callers, only from an account's own server, only for that account, one at a time and no
more than one a second, a call gets media of its own. PJSIP asks which account takes an INVITE before it makes
anything of it; all others it matches to the strangers' account, as ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portier.adapters.sip import switches
from portier.adapters.sip.accounts import Accounts
from portier.adapters.sip.callers import Callers
from portier.adapters.sip.legs import Legs
from portier.adapters.sip.objects import StationAccount, StationEndpoint, pj
from portier.adapters.sip.offers import Offers
from portier.adapters.sip.strangers import Strangers
from portier.core.events import CallEnded, CallOffered, EndReason
from portier.ports import Post


@dataclass(frozen=True, slots=True)
class _Chosen:
    """An INVITE that the station may take."""

    account: StationAccount
    tones_count: bool
    number: str
    source: str
    message: str


class Reception:
    """Receives every call from outside. All on the SIP thread; posts CallOffered, and CallEnded where its
    caller was faster than the core.
    """

    def __init__(
        self,
        numbers: tuple[str, ...],
        strangers: Strangers,
        post: Post,
        free: Callable[[], bool],
        *,
        more: bool = False,
    ) -> None:
        """`free` tells whether the station has no call of its own; a caller is a stranger meanwhile.

        With `more` others may be named later, by `learn`.
        """
        self._callers = Callers(numbers)
        self._more = more
        self._strangers = strangers
        self._post = post
        self._free = free
        self._offers = Offers()
        self._told: dict[int, _Chosen] = {}
        self._chosen: _Chosen | None = None
        self._accounts: Accounts | None = None
        self._legs: Legs | None = None

    def connect(self, accounts: Accounts, legs: Legs) -> None:
        """Whose calls they could be, and who keeps those that are taken."""
        self._accounts, self._legs = accounts, legs

    def __len__(self) -> int:
        return len(self._offers)

    def endpoint(self) -> Any:
        """PJSIP's endpoint: one that asks, where there is a list."""
        return StationEndpoint(self._account_for) if self._callers or self._more else pj.Endpoint()

    def learn(self, numbers: tuple[str, ...]) -> None:
        """The calls of these are taken from now on."""
        self._callers.learn(numbers)

    def came(self, account: StationAccount, call_id: int) -> None:
        """A call from outside."""
        chosen, self._chosen = self._chosen, None
        if chosen is None or chosen.account is not account:
            self._strangers.take(account, call_id)
            return
        offer = self._offers.take(account, call_id)
        self._told = {offer: chosen}
        self._post(CallOffered(offer, chosen.number, at_s=time.monotonic()))

    def let_ring(self, offer: int, leg: int) -> None:
        """Give an offered call to the legs, and tell its caller that it rings."""
        call, told = self._offers.hand_over(offer), self._told.pop(offer, None)
        if call is None or told is None or self._legs is None:
            self._post(CallEnded(leg, EndReason.HUNG_UP, at_s=time.monotonic()))
            return
        self._legs.adopt(leg, call, told.source, told.message, tones_count=told.tones_count)

    def reject(self, offer: int) -> None:
        """Refuse an offered call as busy."""
        self._told.pop(offer, None)
        self._offers.reject(offer)

    def close(self) -> None:
        """Refuse all that wait: no call object may outlive libDestroy."""
        self._offers.reject_all()
        self._told.clear()
        self._chosen = None

    def _account_for(self, message: str, source: str, request: int) -> int | None:
        """PJSIP's number of the account that is to take an INVITE; None for PJSIP's own choice."""
        if self._accounts is None or not message.startswith("INVITE "):
            return None
        if self._chosen and self._chosen.message == message:
            return int(self._chosen.account.getId())
        self._chosen = None
        if not self._free() or self._offers or not self._callers.rested(time.monotonic()):
            return None
        transport = switches.transport_of(request)
        for home in self._accounts.homes:
            number = self._callers.number_of(message, source, transport, home)
            if number is not None and home.caller is not None:
                self._callers.takes(time.monotonic())
                self._chosen = _Chosen(home.caller, home.own.inband_dtmf, number, source, message)
                return int(home.caller.getId())
        return None
