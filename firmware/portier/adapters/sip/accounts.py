"""The station's accounts, tried in order, and one for targets elsewhere. Names never block a call."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from portier.adapters.sip import streams, ways
from portier.adapters.sip.account import HomeAccount
from portier.adapters.sip.admission import Admission
from portier.adapters.sip.far_names import FarNames
from portier.adapters.sip.names import Names, lookup_from
from portier.adapters.sip.objects import StationAccount
from portier.adapters.sip.settings import direct_config, strangers_config
from portier.core.events import PhoneReady, Registration, RegistrationState
from portier.hosts import has_port, host_of, with_host
from portier.plan import SipSettings
from portier.ports import Post

DIRECT = "directly"


@dataclass(frozen=True, slots=True)
class Way:
    """How a call leaves: its name for the log, by which account of PJSIP's, to which URI; whether keys that
    are heard as tones count in it.
    """

    name: str
    caller: StationAccount
    uri: str
    tones_count: bool = False


class Accounts:
    """Makes, registers and leads the accounts. All on the SIP thread but for `start` and `stop`.

    Posts Registration, and PhoneReady once calls can be placed. `submit` runs a command on the SIP thread,
    `incoming` is told of every call from outside, `no_call` tells whether there is none.
    """

    def __init__(
        self,
        settings: SipSettings,
        post: Post,
        submit: Callable[[Callable[[], None]], None],
        incoming: Callable[[StationAccount, int], None],
        admission: Admission,
        no_call: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._lines = settings.lines
        self._post = post
        self._incoming = incoming
        self._admission = admission
        # A port says where the server is, without any record (RFC 3263 section 4.2).
        portless = [one for one in settings.accounts if not has_port(one.next_hop) and streams.led(one)]
        domains = [(one.next_hop, one.transport) for one in portless]
        lookup = lookup_from(settings.bind_address)
        self._names = Names(_hosts(settings), lambda _: submit(self._refresh), lookup, domains)
        self._far_names = FarNames(lambda: submit(self._admit), lookup)
        admission.resolve_by(self._far_names.address)

        def look_soon() -> None:
            submit(lambda: None)

        several = len(settings.accounts) > 1
        self.homes = [
            HomeAccount(
                settings, own, own.name if several else "", post, admission, incoming, look_soon, no_call
            )
            for own in settings.accounts
        ]
        self._direct: StationAccount | None = None
        self._strangers: StationAccount | None = None
        self._ready = False

    def start(self) -> None:
        """Begin to resolve names."""
        self._names.start()

    def learn(self, targets: Collection[str], lines: frozenset[str]) -> None:
        """Others may be called from now on, too."""
        self._lines = lines
        domains = {host_of(one.domain) for one in self._settings.accounts}
        self._names.follow(_hosts_of(targets) - domains)
        self._admit()

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
        for home in self.homes:
            home.open()
        if not self.homes:
            self._post(Registration(RegistrationState.NOT_NEEDED, at_s=time.monotonic()))
        self._refresh()

    def way_to(self, uri: str, tried: Collection[str] = ()) -> Way | None:
        """The best way to a target that was not tried; a host that is no domain of ours goes by its address.

        None where there is none (left), or while a name on the way has no address.
        """
        concerned = ways.concerned(self.homes, uri, is_line=uri in self._lines)
        if concerned:
            home = ways.best(concerned, tried)
            if home is None or home.caller is None:
                return None
            # As it was written where it is already there: a domain's letters may be large or small.
            at_home = home.domain.lower() == ways.place_of(uri)
            uri = uri if at_home else ways.at_domain(uri, home.domain)
            return Way(home.way, home.caller, uri, home.own.inband_dtmf)
        place = uri.partition("@")[2].partition(";")[0]
        address = self._names.address(host_of(place))
        if not address or not self._direct or DIRECT in tried:
            return None
        user = uri.partition("@")[0]
        return Way(DIRECT, self._direct, f"{user}@{with_host(place, address)}", self._settings.inband_dtmf)

    def address(self, host: str) -> str | None:
        """The address of a host that a far end names, as far as it is known by now; of an account's server
        by TLS, which PJSIP knows by its name alone, the one that the account goes to.
        """
        led = (home.tls_address for home in self.homes if home.is_led_by(host))
        return next(led, None) or self._names.address(host) or self._far_names.address(host)

    def tend(self, now_s: float) -> None:
        """Register what is due."""
        for home in self.homes:
            home.tend(now_s)

    def network_changed(self, now_s: float) -> None:
        """Register anew what is reached from another address, or again; look up what has no address yet."""
        self._names.look_again()
        for home in self.homes:
            home.network_changed(now_s)

    def silent(self, way: str, now_s: float) -> None:
        """A call got no answer that way."""
        for home in self.homes:
            if home.way == way:
                home.silent(now_s)

    def end_silent(self, way: str = "") -> bool:
        """End now the connections of that way that went silent, or all of them; whether there were any."""
        ended = [home.end_silent() for home in self.homes if way in ("", home.way)]
        return any(ended)

    def connected(self, way: str) -> bool:
        """Whether that way is a connection that stands; never by UDP."""
        return any(home.way == way and home.connected for home in self.homes)

    def refused(self, way: str, now_s: float) -> None:
        """A call was refused as not allowed: a registrar that was restarted knows us no more."""
        for home in self.homes:
            if home.way == way and home.supervision.registers:
                home.supervision.doubt(now_s)

    @property
    def due_s(self) -> float | None:
        """When one has to register again by itself, in monotonic seconds; None while PJSIP sees to it."""
        return min((one.supervision.due_s for one in self.homes if one.supervision.due_s), default=None)

    def unregister(self) -> None:
        """Take the registrations back; `left` tells when that is done."""
        for home in self.homes:
            home.unregister()

    @property
    def left(self) -> bool:
        """Whether no registrar knows us any more."""
        return all(home.left for home in self.homes)

    def close(self) -> None:
        """Drop the accounts."""
        for home in self.homes:
            home.close()
        self._direct = self._strangers = None

    # News from the accounts for strangers and for targets elsewhere.

    def registration(self, status: int, expires_s: int, source: str, reason: str) -> None:
        """They never register."""

    def incoming(self, account: StationAccount, call_id: int) -> None:
        """Somebody calls the station."""
        self._incoming(account, call_id)

    def _admit(self) -> None:
        self._admission.names(self._names.addresses() | self._far_names.addresses())

    def _refresh(self) -> None:
        """Make the accounts whose servers have an address by now, or lead them to another one."""
        self._admit()
        if self._direct is None:
            return
        for home in self.homes:
            home.lead(self._names.servers(home.own.next_hop, home.own.transport))
        ready = not self.homes or any(home.usable for home in self.homes)
        # A target that needs no account may be rung while none can be made.
        if not self._ready and (ready or any(self.way_to(uri) for uri in self._settings.targets)):
            self._ready = True
            self._post(PhoneReady(at_s=time.monotonic()))


def _hosts(settings: SipSettings) -> set[str]:
    """Every host a call may have to go to, and the registrars, which may speak past a proxy."""
    targets = _hosts_of(settings.targets)
    domains = {host_of(one.domain) for one in settings.accounts}
    hops = {host_of(one.next_hop) for one in settings.accounts}
    hops |= {host_of(one.registrar or "") for one in settings.accounts}
    return {host for host in (targets - domains) | hops if host}


def _hosts_of(uris: Collection[str]) -> set[str]:
    return {host_of(uri.partition("@")[2].partition(";")[0]) for uri in uris}
