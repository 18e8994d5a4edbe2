"""Transports for TCP and TLS: connections that we open, and none that others do.

PJSIP listens wherever it can connect from. A filter in the kernel at that socket lets no connection come
about (see packet_filter.py); the connections of our own are not touched by it.
"""

from __future__ import annotations

import logging
from typing import Any

from portier.adapters import pjsip_library
from portier.adapters.sip import media_settings, switches
from portier.adapters.sip.packet_filter import drop_connections, is_connected, shut_listener
from portier.errors import SipError
from portier.hosts import bound_to, is_ipv6, split, written
from portier.plan import AccountSettings, SipSettings

_log = logging.getLogger(__name__)
_PORTS = {"tcp": 5060, "tls": 5061}
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's package ca-certificates keeps it."""


def opened(settings: SipSettings, own: AccountSettings) -> int | None:
    """PJSIP's number of a transport for this account alone; None for UDP, which all share.

    TLS 1.2 at least, and 1.3 where the build has it. Raises pj.Error.
    """
    if own.transport == "udp":
        return None
    pj = pjsip_library.load()
    config: Any = pj.TransportConfig()
    config.port = 0
    config.boundAddress = bound_to(settings.bind_address)
    media_settings.mark(config, settings.media, media_settings.CLASS_SELECTOR_3)
    ipv6 = is_ipv6(settings.bind_address)
    kind = pj.PJSIP_TRANSPORT_TCP6 if ipv6 else pj.PJSIP_TRANSPORT_TCP
    if own.transport == "tls":
        kind = pj.PJSIP_TRANSPORT_TLS6 if ipv6 else pj.PJSIP_TRANSPORT_TLS
        tls = config.tlsConfig
        tls.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
        tls.verifyServer = own.tls_verify
        tls.CaListFile = str(own.tls_ca_file or SYSTEM_AUTHORITIES) if own.tls_verify else ""
    endpoint = pj.Endpoint.instance()
    transport = int(endpoint.transportCreate(kind, config))
    name = str(endpoint.transportGetInfo(transport).localName)
    try:
        shut_listener(int(name.rpartition(":")[2]))
    except (OSError, SipError, ValueError) as error:
        _log.warning("sip: strangers cannot be kept off %s by the kernel: %s", name, error)
    return transport


def led(own: AccountSettings) -> bool:
    """Whether an account can be led to whichever server the records of its domain name.

    By TLS PJSIP is told the name that the certificate must bear (RFC 5922 section 7.1), never an address: it
    has to ask us for that, which the published build does not.
    """
    return own.transport != "tls" or switches.is_patched(pjsip_library.path())


def hop(own: AccountSettings, route: str) -> str:
    """What PJSIP is told of an account's server at `route`, address and port: by TLS the domain as it was
    written, which is what the certificate is checked against, at the port of that server.
    """
    if own.transport != "tls":
        return route
    host, port = split(own.next_hop)
    return written(host, port or split(route)[1])


def begin_anew(own: AccountSettings, route: str) -> None:
    """End an account's connections with its server, address and port: the next request makes a new one.

    What is behind one that is silent, or that was made from another address, the kernel takes a quarter of an
    hour to find out.
    """
    if own.transport != "udp" and route:
        drop_connections(_peer(own, route))


def connected(own: AccountSettings, route: str) -> bool:
    """Whether an account has a connection with its server, address and port; never by UDP."""
    return own.transport != "udp" and bool(route) and is_connected(_peer(own, route))


def _peer(own: AccountSettings, route: str) -> tuple[str, int]:
    host, port = split(route)
    return host, int(port or _PORTS[own.transport])
