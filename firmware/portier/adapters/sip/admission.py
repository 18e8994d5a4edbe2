"""Whom the SIP socket hears: the operator, the targets, who takes part in a call, and nobody else.

A station calls, and is called by its own servers at most: at rest a stranger has nothing to say to it. Who
may have is

* whoever the names of the registrar, the proxy and the targets lead to, and those that far ends have named,
* whoever has taken a registration, the last few of them,
* in a call, and until its last retransmission could be over, each address that it was heard from or that the
  far end names in Contact or Record-Route: its requests may come straight from there (RFC 3261 section 12.2),
* whoever the configuration names.

A server with several addresses may answer from another one than it was asked at. So while nothing was heard
yet of a call, or of the registration, answers are heard from everywhere; requests are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network

from portier.adapters.sip.packet_filter import Admitted, IpAddress, IpNetwork
from portier.hosts import address_of

LINGER_S = 40.0
"""64 times T1 (RFC 3261 timers H and J), after which nobody retransmits any more, and some more."""

_MOST_REGISTRARS = 8
_MOST_OF_A_LEG = 16
_WAYS_BACK = re.compile(r"^(?:contact|m|record-route)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]+")
_SIP_HOST = re.compile(
    r"(?:sips?:(?:[^@<>\s]{1,300}@)?|;[ \t]*maddr[ \t]*=[ \t]*)"
    r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?![\w.-])",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Leg:
    """Where a leg was heard from; `over_s` is when it may be forgotten, once it has ended."""

    addresses: set[IpAddress] = field(default_factory=set)
    over_s: float | None = None


class Admission:
    """Keeps the list, and has it applied whenever it changes. All on the SIP thread."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(one) for one in networks)
        self._apply: Callable[[Admitted], None] = lambda _: None
        self._applied = Admitted()
        self._named: frozenset[IpAddress] = frozenset()
        self._registrars: tuple[IpAddress, ...] = ()
        self._registers: set[str] = set()
        self._legs: dict[int, _Leg] = {}
        self._look_up: Callable[[str], object] = lambda _: None

    @property
    def networks(self) -> tuple[IpNetwork, ...]:
        """Whom the configuration names."""
        return self._networks

    @property
    def remembers_calls(self) -> bool:
        """Whether something of a call may still come, also of one that has ended."""
        return bool(self._legs)

    def open(self, apply: Callable[[Admitted], None]) -> None:
        """From now on `apply` is told who is heard."""
        self._apply = apply
        self._update()

    def resolve_by(self, look_up: Callable[[str], object]) -> None:
        """Hand each host that a far end names to `look_up`, which does not wait; `names` tells the find."""
        self._look_up = look_up

    def names(self, addresses: Iterable[str]) -> None:
        """Every address of the names that the configuration holds, or that far ends have named."""
        self._named = frozenset(_addresses(addresses))
        self._update()

    def registers(self, answered_from: str | None, account: str = "") -> None:
        """The last REGISTER of an account was taken, by whom; empty by nobody; None while its answer is
        waited for.
        """
        if answered_from is None:
            self._registers.add(account)
        else:
            self._registers.discard(account)
        address = None if answered_from is None else address_of(answered_from)
        if address:
            # Of several servers behind one address each may answer in turn.
            before = (one for one in self._registrars if one != address)
            self._registrars = (address, *before)[:_MOST_REGISTRARS]
        self._update()

    def begins(self, leg: int) -> None:
        """An INVITE has left."""
        self._legs[leg] = _Leg()
        self._update()

    def hears(self, leg: int, source: str, message: str) -> None:
        """A message of a leg came from `source`, host and port."""
        one = self._legs.get(leg)
        if one is None:
            return
        hosts = ways_back(message)[:_MOST_OF_A_LEG]
        for host in hosts:
            self._look_up(host)
        found = [address_of(source), *_addresses(hosts)]
        one.addresses |= {address for address in found[:_MOST_OF_A_LEG] if address}
        if len(one.addresses) > _MOST_OF_A_LEG:
            one.addresses = {address for address in found[:_MOST_OF_A_LEG] if address}
        self._update()

    def ends(self, leg: int, now_s: float) -> None:
        """A leg is over; what is said in its end is still heard."""
        one = self._legs.get(leg)
        if one is not None and one.over_s is None:
            one.over_s = now_s + LINGER_S

    def tend(self, now_s: float) -> None:
        """Forget legs that were over long ago."""
        past = [leg for leg, one in self._legs.items() if one.over_s is not None and now_s > one.over_s]
        for leg in past:
            del self._legs[leg]
        if past:
            self._update()

    def _update(self) -> None:
        peers = (address for one in self._legs.values() for address in one.addresses)
        waits = bool(self._registers) or any(not one.addresses for one in self._legs.values())
        admitted = Admitted(frozenset([*self._named, *self._registrars, *peers]), self._networks, waits)
        if admitted != self._applied:
            self._applied = admitted
            self._apply(admitted)


def ways_back(message: str) -> list[str]:
    """The hosts that a message's Contact and Record-Route name: addresses, names and others.

    Where a URI has the parameter `maddr` what we send goes there (RFC 3261 section 19.1.1).
    """
    # A header may go on in the next line that begins with a space (RFC 3261 section 7.3.1).
    head = _FOLD.sub(" ", message.partition("\r\n\r\n")[0])
    lines = (one[1] for one in _WAYS_BACK.finditer(head))
    return [host for line in lines for host in _SIP_HOST.findall(line)]


def _addresses(texts: Iterable[str]) -> list[IpAddress]:
    """Those that are addresses: others are names, or nothing that could be one."""
    return [address for text in texts if (address := address_of(text)) is not None]
