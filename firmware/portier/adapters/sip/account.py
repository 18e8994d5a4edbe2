"""One of the station's accounts at its domain: made, led to its server, registered, watched."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from portier.adapters.sip import streams
from portier.adapters.sip.admission import Admission
from portier.adapters.sip.network import local_address_to
from portier.adapters.sip.objects import StationAccount, pj
from portier.adapters.sip.settings import account_config
from portier.adapters.sip.supervision import Supervision
from portier.core.events import Registration, RegistrationState
from portier.hosts import host_of
from portier.plan import AccountSettings, SipSettings
from portier.ports import Post

_log = logging.getLogger(__name__)
_LAST_WORD_S = 0.5
"""A CANCEL went into a connection that is to be ended: so long it may take to get through."""
_MOST_CHANGES = 64
"""PJSIP gives the memory of a change back with the account alone: about 1 KB each time."""


class HomeAccount:
    """Keeper and sink of one account of PJSIP's. All on the SIP thread.

    `label` is its name in events, empty where it is the only one; `incoming` is told of calls from outside,
    `look_soon` has the thread look anew when it is to `tend`, `no_call` tells whether no call is on it.
    """

    def __init__(
        self,
        station: SipSettings,
        own: AccountSettings,
        label: str,
        post: Post,
        admission: Admission,
        incoming: Callable[[StationAccount, int], None],
        look_soon: Callable[[], None],
        no_call: Callable[[], bool],
    ) -> None:
        self._station = station
        self.own = own
        self._label = label
        self._post = post
        self._admission = admission
        self._incoming = incoming
        self._look_soon = look_soon
        self._no_call = no_call
        self._changes = 0
        self._routes: tuple[str, ...] = ()
        self._route = self._goes_to = ""
        self._next_route = ""
        self._silent_until_s: dict[str, float] = {}
        self._transport_id: int | None = None
        self._possible = True
        self._local: str | None = None
        self._contact = 0
        self._pj: StationAccount | None = None
        self.supervision = Supervision(bool(own.registrar))
        self.left = True

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.own.domain

    @property
    def user(self) -> str:
        """What stands before the @."""
        return self.own.user

    def is_registrar(self, host: str, transport: str) -> bool:
        """Whether its server, by which it registers, is at this address and speaks by this transport."""
        if not self.own.registrar or transport != self.own.transport:
            return False
        return host in {host_of(one) for one in self._routes}

    def is_led_by(self, host: str) -> bool:
        """Whether PJSIP knows its server by this name alone, and asks for the address."""
        return (
            self.own.transport == "tls" and bool(self._goes_to) and host_of(self.own.next_hop) == host.lower()
        )

    @property
    def tls_address(self) -> str:
        """The address that such a name stands for now."""
        return host_of(self._goes_to)

    @property
    def way(self) -> str:
        """Its name, and the server that it uses at the moment."""
        return f"{self.own.name} by {self._route}"

    @property
    def caller(self) -> StationAccount | None:
        """What a call is placed with; None while its server has no address."""
        return self._pj

    @property
    def usable(self) -> bool:
        """Whether a call can be placed with it."""
        return self._pj is not None

    @property
    def connected(self) -> bool:
        """Whether it has a connection with its server; never by UDP."""
        return streams.connected(self.own, self._route)

    @property
    def in_service(self) -> bool:
        """Whether a call is likely to get through."""
        return self.supervision.in_service

    @property
    def refused(self) -> bool:
        """Whether its registrar does not want it."""
        return self.supervision.refused

    def open(self) -> None:
        """Say where it stands, before anything is known."""
        try:
            self._transport_id = streams.opened(self._station, self.own)
        except pj.Error as error:
            text = 'sip: account "%s" cannot use %s: %s; this build of PJSIP may lack it'
            _log.warning(text, self.own.name, self.own.transport, error.reason)
            self.supervision.cut_off(time.monotonic())
            self._possible = False
        self._tell(0)

    def lead(self, routes: Sequence[str]) -> None:
        """Its server is at one of these, host and port, the best first; the one in use is kept if it is.

        Makes the account, which registers, or leads it there, which registers anew.
        """
        self._routes = tuple(routes)
        if self._possible and self._routes and (self._pj is None or self._route not in self._routes):
            self._go(self._routes[0])

    def silent(self, now_s: float) -> None:
        """A call got no answer: ask whether it is there at all, or go to another of its servers.

        Its connection ends soon, for a CANCEL to get through; or by `end_silent`, where there is none.
        """
        self.supervision.doubt(now_s)
        if self.own.transport != "udp":
            self._silent_until_s[self._route] = now_s + _LAST_WORD_S
        self._try_next_server()

    def end_silent(self) -> bool:
        """End the connections that went silent now; whether there were any."""
        ended = bool(self._silent_until_s)
        for route in self._silent_until_s:
            streams.begin_anew(self.own, route)
        self._silent_until_s.clear()
        return ended

    def network_changed(self, now_s: float) -> None:
        """See by which address its server is reached now: register anew where that is another, or again one.

        The registrar holds a contact at the old one.
        """
        before, self._local = self._local, self._local_address()
        if self._pj is None:
            return
        # One that was made or led elsewhere meanwhile knows its address already.
        back = self._local is not None and self.supervision.is_cut_off
        if self._local == before and not back:
            return
        if self._local is None:
            _log.warning('sip: no way to the server of account "%s"', self.own.name)
            self.supervision.cut_off(now_s)
            self._tell(0)
            return
        _log.info('sip: the server of account "%s" is reached from %s now', self.own.name, self._local)
        streams.begin_anew(self.own, self._route)
        self.supervision.anew(now_s)
        self._contact += 1
        if not self.refused:
            self._go(self._route)

    def tend(self, now_s: float) -> None:
        """End a connection that has gone silent, and register where that is due."""
        due = [route for route, until_s in self._silent_until_s.items() if now_s >= until_s]
        for route in due:
            del self._silent_until_s[route]
            streams.begin_anew(self.own, route)
        if due or self._route in self._silent_until_s:
            # PJSIP must have seen its end before a request leaves that way.
            return
        one = self.supervision
        if one.due_s is None or now_s < one.due_s:
            return
        if not one.registers:
            if self._next_route:
                self._go(self._next_route)
            if not self._next_route:
                one.trust_again()
            return
        if self._pj is None:
            one.failed(now_s)
            self.lead(self._routes)
            return
        if self._next_route:
            self._begin_anew_when_worn()
            self._go(self._next_route)
            return
        one.asked(now_s)
        self._hear_from(None)
        try:
            self._pj.setRegistration(True)
        except pj.Error as error:
            _log.info('sip: account "%s" cannot register now: %s; trying again', self.own.name, error.reason)
            self._hear_from("")
            one.failed(now_s)

    def unregister(self) -> None:
        """Take the registration back; `left` tells when that is done."""
        if self._pj and self.supervision.registers:
            self.left = False
            try:
                self._pj.setRegistration(False)
            except pj.Error:
                self.left = True  # nothing was registered

    def close(self) -> None:
        """Drop what is PJSIP's."""
        self._pj = None

    # News from PJSIP's account.

    def registration(self, status: int, expires_s: int, source: str, reason: str) -> None:
        """A REGISTER's outcome, and where its answer came from, empty where none came: then why."""
        if not source and self.own.transport != "udp":
            _log.warning('sip: account "%s" has no connection to its server: %s', self.own.name, reason)
        now_s = time.monotonic()
        self.supervision.answered(status, expires_s, now_s)
        state = self.supervision.state
        good = state is RegistrationState.REGISTERED
        trying = state is RegistrationState.TRYING
        self._hear_from(source if good else None if trying else "")
        if trying:
            self.left = True
        self._tell(status)
        if state is RegistrationState.UNREACHABLE:
            if not source:
                # One that refuses by a connection hears us; a call may live on it.
                streams.begin_anew(self.own, self._route)
            self._try_next_server()
        self._look_soon()

    def incoming(self, account: StationAccount, call_id: int) -> None:
        """Somebody calls the station."""
        self._incoming(account, call_id)

    def _try_next_server(self) -> None:
        """Go to another of its servers, if there is one: at once, or after a pause once all were tried."""
        if len(self._routes) < 2 or self._route not in self._routes:
            return
        route = self._routes[(self._routes.index(self._route) + 1) % len(self._routes)]
        if self.supervision.failures < len(self._routes):
            self._go(route)
        else:
            self._next_route = route

    def _begin_anew_when_worn(self) -> None:
        """Drop PJSIP's account, to be made anew, after many changes: not in a callback of PJSIP's."""
        if self._pj is None or self._changes < _MOST_CHANGES or not self._no_call():
            return
        self._changes = 0
        old, self._pj = self._pj, None
        old.shutdown()

    def _go(self, route: str) -> None:
        # Before the REGISTER, for which PJSIP asks where that name is.
        self._goes_to = route
        hop = streams.hop(self.own, route)
        config: Any = account_config(self._station, self.own, hop, self._contact, self._transport_id)
        now_s = time.monotonic()
        self._next_route = ""
        self._hear_from(None)
        try:
            if self._pj is None:
                made = StationAccount(self)
                made.create(config)
                self._pj = made
            else:
                if route != self._route:
                    _log.info('sip: "%s" is at %s now', self.own.next_hop, route)
                self._changes += 1
                self._pj.modify(config)
            self._route = route
            self._local = self._local_address()
            if self.supervision.registers:
                self.supervision.asked(now_s)
        except pj.Error as error:
            _log.warning("sip: cannot use the account at %s: %s; trying again", route, error.reason)
            # What PJSIP has taken of it by now nobody knows: the whole of it again, not a REGISTER alone.
            self._next_route = route if self._pj else ""
            self._hear_from("")
            self.supervision.failed(now_s)

    def _hear_from(self, source: str | None) -> None:
        """Who took its registration; None while a REGISTER is out, empty where nobody did."""
        if self.supervision.registers and self.own.transport == "udp":
            self._admission.registers(source, account=self.own.name)

    def _tell(self, status: int) -> None:
        self._post(Registration(self.supervision.state, status, self._label, at_s=time.monotonic()))

    def _local_address(self) -> str | None:
        return local_address_to(host_of(self._route)) if self._route else None
