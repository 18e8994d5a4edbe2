"""Hosts as SIP writes them: a name or an address, an IPv6 one in brackets, and perhaps a port behind it.

The station speaks one family at a time: that of the address it is bound to.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

ANY_IPV4, ANY_IPV6 = "0.0.0.0", "::"  # noqa: S104 -- to be compared with
_LOOPBACK = {ANY_IPV4: "127.0.0.1", ANY_IPV6: "::1"}


def is_ipv6(address: str) -> bool:
    """Whether an address, without brackets, is one of IPv6."""
    return ":" in address


def family_of(address: str) -> socket.AddressFamily:
    """The family of sockets for an address."""
    return socket.AF_INET6 if is_ipv6(address) else socket.AF_INET


def bound_to(address: str) -> str:
    """An address to bind to in PJSIP's words: empty for all of them."""
    return "" if address in _LOOPBACK else address


def on_this_machine(address: str) -> str:
    """Where this machine reaches what it has bound to an address."""
    return _LOOPBACK.get(address, address)


def split(host_and_port: str) -> tuple[str, str]:
    """The host without brackets, and the port, empty where there is none."""
    if host_and_port.startswith("["):
        host, _, port = host_and_port[1:].partition("]")
        return host, port.removeprefix(":")
    if host_and_port.count(":") > 1:
        return host_and_port, ""
    host, _, port = host_and_port.partition(":")
    return host, port


def host_of(host_and_port: str) -> str:
    """The host alone, in small letters and without brackets."""
    return split(host_and_port)[0].lower()


def has_port(host_and_port: str) -> bool:
    """Whether a port stands behind the host."""
    return bool(split(host_and_port)[1])


def written(host: str, port: int | str = "") -> str:
    """A host as a URI holds it, with its port, if any."""
    return f"{f'[{host}]' if is_ipv6(host) else host}{f':{port}' if port else ''}"


def with_host(host_and_port: str, host: str) -> str:
    """The same port, if any, at another host."""
    return written(host, split(host_and_port)[1])


def address_of(host_and_port: str) -> IPv4Address | IPv6Address | None:
    """The address that stands there, in brackets or not; None for a name."""
    try:
        return ip_address(split(host_and_port)[0])
    except ValueError:
        return None


def literal(host: str) -> str | None:
    """The host itself, in its shortest form, where it is an address."""
    address = address_of(host)
    return str(address) if address else None
