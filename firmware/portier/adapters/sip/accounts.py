"""The station's accounts: one at its domain, one for targets elsewhere. Names never block a call."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from portier.adapters.sip.admission import Admission
from portier.adapters.sip.far_names import FarNames
from portier.adapters.sip.names import Names, host_of, with_host
from portier.adapters.sip.objects import StationAccount, pj
from portier.adapters.sip.settings import account_config, direct_config, strangers_config
from portier.adapters.sip.wire import registration_state
from portier.core.events import PhoneReady, Registration, RegistrationState
from portier.plan import SipSettings
from portier.ports import Post

_log = logging.getLogger(__name__)
_RETRY_S = {
    RegistrationState.REFUSED: 300.0,
    RegistrationState.UNREACHABLE: 60.0,
    RegistrationState.TRYING: 60.0,
}
"""PJSIP tries again after some answers only; not when it was granted no time, which leaves us trying.

A wrong password is not insisted on: operators ban that.
"""


class Accounts:
    """Makes, registers and leads the accounts. All on the SIP thread but for `start` and `stop`.

    Posts Registration, and PhoneReady once calls can be placed. `submit` runs a command on the SIP thread,
    `incoming` is told of every call from outside.
    """

    def __init__(
        self,
        settings: SipSettings,
        post: Post,
        submit: Callable[[Callable[[], None]], None],
        incoming: Callable[[StationAccount, int], None],
        admission: Admission,
    ) -> None:
        self._settings = settings
        self._post = post
        self._incoming = incoming
        self._admission = admission
        self._names = Names(_hosts(settings), lambda _: submit(self._refresh))
        self._far_names = FarNames(lambda: submit(self._admit))
        admission.resolve_by(self._far_names.address)
        self._home: StationAccount | None = None
        self._direct: StationAccount | None = None
        self._strangers: StationAccount | None = None
        self._route = ""
        self._retry_s: float | None = None
        self._unregistered = threading.Event()

    def start(self) -> None:
        """Begin to resolve names."""
        self._names.start()

    def stop(self) -> None:
        """Resolve no more."""
        self._names.stop()
        self._far_names.stop()

    def open(self, local_host: str) -> None:
        """Make the accounts; registration begins."""
        self._strangers = StationAccount(self)
        self._strangers.create(strangers_config(self._settings, local_host), True)
        self._direct = StationAccount(self)
        self._direct.create(direct_config(self._settings, local_host))
        self._admit()
        if self._settings.registrar:
            self._admission.registers(answered_from=None)
        state = RegistrationState.TRYING if self._settings.registrar else RegistrationState.NOT_NEEDED
        self._post(Registration(state, at_s=time.monotonic()))
        if self._settings.domain:
            self._refresh()
        else:
            self._post(PhoneReady(at_s=time.monotonic()))

    def way_to(self, uri: str) -> tuple[StationAccount, str] | None:
        """The account for a target and the URI to send; a host that is not our domain goes by its address.

        None while a name on the way has no address.
        """
        user, _, place = uri.partition("@")
        place_alone, _, _ = place.partition(";")
        if self._settings.domain and place_alone.lower() == self._settings.domain.lower():
            return (self._home, uri) if self._home else None
        host = host_of(place_alone)
        address = self._names.address(host)
        return (self._direct, f"{user}@{with_host(place, address)}") if address and self._direct else None

    def address(self, host: str) -> str | None:
        """The address of a host that a far end names, as far as it is known by now."""
        return self._names.address(host) or self._far_names.address(host)

    def tend(self, now_s: float) -> None:
        """Register again, some time after a refusal."""
        if self._retry_s is not None and now_s >= self._retry_s:
            self._retry_s = now_s + _RETRY_S[RegistrationState.UNREACHABLE]
            try:
                if self._home is None:
                    self._refresh()
                elif self._settings.registrar:
                    self._home.setRegistration(True)
            except pj.Error as error:
                _log.warning("sip: cannot register now: %s; trying again", error.reason)

    def doubt(self) -> None:
        """A call was refused as not allowed: a registrar that was restarted knows us no more. Register anew.

        Not where registering failed before: that has its own time.
        """
        if self._settings.registrar and self._retry_s is None:
            self._retry_s = time.monotonic()

    @property
    def due_s(self) -> float | None:
        """When it has to register again by itself, in monotonic seconds; None while PJSIP sees to it."""
        return self._retry_s

    def unregister(self) -> None:
        """Take the registration back; `left` tells when that is done."""
        try:
            if self._home and self._settings.registrar:
                self._home.setRegistration(False)
                return
        except pj.Error:
            pass  # nothing was registered
        self._unregistered.set()

    @property
    def left(self) -> bool:
        """Whether the registrar knows us no more, or never did."""
        return self._unregistered.is_set()

    def close(self) -> None:
        """Drop the accounts."""
        self._home = self._direct = self._strangers = None

    # News from PJSIP's accounts.

    def registration(self, status: int, expires_s: int, source: str) -> None:
        """A REGISTER's outcome, and where its answer came from."""
        state = registration_state(status, expires_s)
        self._admission.registers(source if state is RegistrationState.REGISTERED else None)
        if state is RegistrationState.TRYING:
            self._unregistered.set()
        pause_s = _RETRY_S.get(state)
        self._retry_s = None if pause_s is None else time.monotonic() + pause_s
        self._post(Registration(state, status, at_s=time.monotonic()))

    def incoming(self, account: StationAccount, call_id: int) -> None:
        """Somebody calls the station."""
        self._incoming(account, call_id)

    def _admit(self) -> None:
        self._admission.names(self._names.addresses() | self._far_names.addresses())

    def _refresh(self) -> None:
        """Make the account at the domain, or lead it to another address of its next hop."""
        self._admit()
        hop = self._settings.next_hop
        address: Any = self._names.address(host_of(hop))
        if address is None or self._direct is None or not hop:
            return
        route = with_host(hop, address)
        if route == self._route:
            return
        begins = self._home is None
        config = account_config(self._settings, route)
        try:
            if self._home is None:
                home = StationAccount(self)
                home.create(config)
                self._home = home
            else:
                _log.info('sip: "%s" is at %s now', hop, address)
                self._home.modify(config)
            self._route = route
        except pj.Error as error:
            _log.warning("sip: cannot use the account at %s: %s; trying again", route, error.reason)
            self._retry_s = time.monotonic() + _RETRY_S[RegistrationState.UNREACHABLE]
        if begins and self._home is not None:
            self._post(PhoneReady(at_s=time.monotonic()))


def _hosts(settings: SipSettings) -> set[str]:
    """Every host a call may have to go to, and the registrar, which may speak past a proxy."""
    targets = {host_of(uri.partition("@")[2].partition(";")[0]) for uri in settings.targets}
    domain = {host_of(settings.domain)} if settings.domain else set()
    hops = {host_of(settings.next_hop), host_of(settings.registrar or "")}
    return {host for host in (targets - domain) | hops if host}
