"""Host names, resolved ahead of time on a thread of their own: PJSIP would block on them, and a press too."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from portier.adapters.sip import srv
from portier.hosts import address_of, host_of, is_ipv6, literal, with_host, written

_log = logging.getLogger(__name__)
_FRESH_S = 300.0
_RETRY_S = 5.0
_RETRY_MOST_S = 60.0
_MOST_KNOWN = 32

Lookup = Callable[[str], list[str]]
"""Every address of a host, of the family that the station speaks. Raises OSError."""


class Names:
    """The last good address of each host: kept while the name server does not answer.

    `changed(host)` is called on the resolving thread when a host has its first address, another one, or one
    more. Those of the `hosts` that are `domains` may have SRV records, which `find` finds: each with the
    transport that its servers are wanted for.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        changed: Callable[[str], None],
        lookup: Lookup | None = None,
        domains: Iterable[tuple[str, str]] = (),
        find: srv.Find | None = None,
    ) -> None:
        self._addresses: dict[str, str | None] = {host.lower(): literal(host) for host in hosts}
        self._changed = changed
        self._lookup = lookup or system_lookup
        self._find = find or srv.system_find
        self._domains = frozenset((domain.lower(), transport) for domain, transport in domains)
        self._servers: dict[tuple[str, str], tuple[str, ...]] = {}
        self._unknown = [host for host, address in self._addresses.items() if address is None]
        self._known: dict[str, tuple[str, ...]] = {}
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._failing: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="names", daemon=True)

    def start(self) -> None:
        """Begin to resolve; without names there is nothing to do."""
        if self._unknown:
            self._thread.start()

    def follow(self, hosts: Iterable[str]) -> None:
        """Resolve these, too, from now on; only after `start`."""
        new = {host.lower() for host in hosts} - self._addresses.keys()
        self._addresses |= {host: literal(host) for host in new}
        self._unknown += [host for host in new if self._addresses[host] is None]
        if self._unknown and not self._thread.is_alive() and not self._stopping.is_set():
            self._thread.start()
        self.look_again()

    def stop(self) -> None:
        """End soon; a lookup that hangs is left to end by itself."""
        self._stopping.set()
        self._news.set()

    def look_again(self) -> None:
        """The network may be back: what has no address yet is looked up at once."""
        self._news.set()

    def address(self, host: str) -> str | None:
        """The address to use for a host now; None while none was ever found."""
        return self._addresses.get(host.lower()) or literal(host)

    def servers(self, hop: str, transport: str = "udp") -> tuple[str, ...]:
        """Where a domain's or a host's servers are, address and port, the one to try first at the head."""
        if found := self._servers.get((hop.lower(), transport)):
            return found
        address = self.address(host_of(hop))
        return (with_host(hop, address),) if address else ()

    def addresses(self) -> frozenset[str]:
        """Every address that the hosts have or had: of a name with several, any may speak to us."""
        before = [address for known in self._known.copy().values() for address in known]
        servers = [host_of(one) for some in self._servers.copy().values() for one in some]
        return frozenset(
            [*before, *servers, *(address for address in self._addresses.copy().values() if address)]
        )

    def _run(self) -> None:
        due_s = dict.fromkeys(self._unknown, 0.0)
        pause_s = dict.fromkeys(self._unknown, _RETRY_S)
        while not self._stopping.is_set():
            host = min(due_s, key=lambda one: due_s[one])
            if self._news.wait(max(0.0, due_s[host] - time.monotonic())):
                self._news.clear()
                for one in self._unknown:
                    pause_s[one] = _RETRY_S
                    if not self._leads_somewhere(one):
                        due_s[one] = 0.0
                continue
            if self._resolve(host):
                due_s[host], pause_s[host] = time.monotonic() + _FRESH_S, _RETRY_S
            else:
                due_s[host] = time.monotonic() + pause_s[host]
                pause_s[host] = min(2 * pause_s[host], _RETRY_MOST_S)

    def _transports(self, host: str) -> list[str]:
        """By what the servers of a name are wanted; none where it is no domain."""
        return [transport for domain, transport in sorted(self._domains) if domain == host]

    def _leads_somewhere(self, host: str) -> bool:
        return all(self.servers(host, transport) for transport in self._transports(host) or ["udp"])

    def _resolve(self, host: str) -> bool:
        """Look for where a name leads; whether what came of it is good for a while."""
        transports = self._transports(host)
        told = [self._resolve_domain(host, transport) for transport in transports]
        found = bool(transports) and all(self._servers.get((host, one)) for one in transports)
        return (found or self._resolve_host(host)) and all(told)

    def _resolve_domain(self, domain: str, transport: str) -> bool:
        """Look for the servers that a domain names; whether it was told, also that there are none."""
        before = self._servers.get((domain, transport), ())
        try:
            found = self._find(domain, transport)
        except Exception as error:  # noqa: BLE001 -- a library's own too: no call goes out without this thread
            _log.info('sip: no answer about the SIP servers of "%s": %s', domain, _text(error))
            return False
        servers = tuple(
            written(address, one.port) for one in found for address in self._addresses_of(one.host)
        )
        if found and not servers:
            return False
        self._servers[domain, transport] = servers
        # Chance puts equals in another order each time.
        if not self._stopping.is_set() and set(servers) != set(before):
            self._changed(domain)
        return True

    def _addresses_of(self, host: str) -> list[str]:
        try:
            return list(dict.fromkeys(self._lookup(host)))
        except Exception as error:  # noqa: BLE001 -- a name that is none (UnicodeError) too
            _log.warning('sip: cannot resolve the SIP server "%s": %s', host, _text(error))
            return []

    def _resolve_host(self, host: str) -> bool:
        before = self._addresses[host]
        try:
            addresses = self._lookup(host)
            if not addresses or address_of(addresses[0]) is None:
                raise OSError("what was told is no address")
        except Exception as error:  # noqa: BLE001 -- a name that is none (UnicodeError) too
            use = f"using {before} as before" if before else "no call can go there"
            level = logging.DEBUG if host in self._failing else logging.WARNING
            self._failing.add(host)
            _log.log(level, 'sip: cannot resolve "%s": %s; %s; trying again', host, _text(error), use)
            return False
        self._failing.discard(host)
        if self._stopping.is_set():
            return True
        known = self._known.get(host, ())
        # A name server tells some of many addresses at a time, each time others.
        more = tuple(dict.fromkeys(one for one in addresses if one not in known))
        self._known[host] = (*known, *more)[-_MOST_KNOWN:]
        # A name with several addresses keeps the one in use for as long as it is among them.
        address = before if before in addresses else addresses[0]
        self._addresses[host] = address
        if more or address != before:
            self._changed(host)
        return True


def _text(error: Exception) -> str:
    return str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def system_lookup(host: str, family: socket.AddressFamily = socket.AF_INET) -> list[str]:
    """Every address of a host in a family, by whatever the system asks. Raises OSError."""
    found = (str(one[4][0]) for one in socket.getaddrinfo(host, None, family, socket.SOCK_DGRAM))
    # One of a link alone is of no use without its interface, which no URI can name.
    return [one for one in found if "%" not in one]


def lookup_from(bind_address: str) -> Lookup:
    """What finds addresses of the family of one that is bound to."""
    return partial(system_lookup, family=socket.AF_INET6) if is_ipv6(bind_address) else system_lookup
