"""Where a domain's SIP servers are, by its SRV records (RFC 3263, RFC 2782)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Resolver

_SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
"""What the records of each transport are called (RFC 3263 section 4.2)."""
TRANSPORTS = tuple(_SERVICES)
_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Server:
    """One record: the lowest `priority` counts; among equals each is taken as often as its `weight` says."""

    host: str
    port: int
    priority: int = 0
    weight: int = 0


Find = Callable[[str, str], list[Server]]
"""The servers of a domain by a transport, the one to try first at the head; none where it has no record.

Raises OSError.
"""


def ordered(servers: Iterable[Server], chance: Callable[[], float] = random.random) -> list[Server]:
    """Sort by priority, and by chance and weight among equals (RFC 2782); `chance` is from 0 to below 1."""
    left = sorted(servers, key=lambda one: (one.priority, one.weight))
    found = []
    while left:
        same = [one for one in left if one.priority == left[0].priority]
        at = chance() * sum(one.weight for one in same)
        for chosen in same:
            at -= chosen.weight
            if at <= 0:
                break
        left.remove(chosen)
        found.append(chosen)
    return found


def system_find(domain: str, transport: str) -> list[Server]:
    """Ask the system's name servers; `transport` is "udp", "tcp" or "tls". Raises OSError, also where there
    are none.
    """
    # Only a name without a port needs it: a quarter of a second on a Pi.
    try:
        import dns.exception
        import dns.resolver
    except ImportError as error:
        raise OSError(
            f"the Python package dnspython cannot be loaded ({error}): install Portier anew"
        ) from error
    try:
        answer = resolver().resolve(f"{_SERVICES[transport]}.{domain}.", "SRV", lifetime=_LIMIT_S)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise OSError(str(error)) from error
    records = [
        Server(str(one.target).rstrip(".").lower(), int(one.port), int(one.priority), int(one.weight))
        for one in answer
    ]
    # A single "." says that the domain has no such service.
    return ordered(one for one in records if one.host)


def resolver() -> Resolver:
    """One that asks whom the system asks."""
    import dns.resolver

    return dns.resolver.Resolver()
