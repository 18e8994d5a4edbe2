"""Whom a call's sockets for sound hear: the far end, and nobody else.

PJSIP takes RTP from another address after ten packets of it in a row, for peers behind NAT. While a telephone
is silent that could be anybody who guesses the port, and his keys would be the telephone's.

Heard are the address that the far end describes, the one that its SIP comes from (behind NAT it may describe
one that is not its own), this machine itself, and whoever the configuration names.
"""

from __future__ import annotations

import logging
import re
import time

from portier.adapters.sip.packet_filter import Admitted, IpAddress, IpNetwork, PacketFilter, dropped_at
from portier.errors import SipError
from portier.hosts import ANY_IPV4, ANY_IPV6, address_of, is_ipv6

_log = logging.getLogger(__name__)
_SOUND = re.compile(r"^m=audio ([1-9]\d{0,4}) ", re.MULTILINE)
_OWN_HOST = re.compile(r"^c=IN IP[46] (\S+)", re.MULTILINE)
PATIENCE_S = 3.0
_NO_PORT = 0
"""A sender's that no datagram has."""


class SoundGuard:
    """One call's. All on the SIP thread."""

    def __init__(self) -> None:
        self._port = 0
        self._networks: tuple[IpNetwork, ...] = ()
        self._own_host = ANY_IPV4
        self._sip_hosts: set[IpAddress] = set()
        self._applied: tuple[int, frozenset[IpAddress]] | None = None
        self._admitted_s = 0.0
        self._told = False

    def hears_also(self, networks: tuple[IpNetwork, ...]) -> None:
        """Whom the configuration names."""
        self._networks = networks

    def describes(self, sdp: str) -> None:
        """Our own description of the call's sound; of several lines of it the one that is not refused."""
        if found := _SOUND.search(sdp):
            self._port = int(found[1])
        if found := _OWN_HOST.search(sdp):
            self._own_host = found[1]

    def hears(self, source: str) -> None:
        """A SIP message of the call came from a host and port."""
        self._sip_hosts |= _address(source)

    def admit(self, remote: str) -> None:
        """From now on hear the far end's host by RTP and RTCP, and forget what came before."""
        wanted = self._port, frozenset(_address(self._own_host) | self._sip_hosts | _address(remote))
        if wanted == self._applied:
            return
        if not self._port:
            _log.warning("sip: a call describes no port for its sound: strangers are not kept off it")
            return
        self._applied = wanted
        self._admitted_s = time.monotonic()
        try:
            for port in (self._port, self._port + 1):
                # The filter stays on the socket; a second descriptor of it would keep the port.
                self._filter(port).close()
        except (OSError, SipError) as error:
            _log.warning("sip: the kernel cannot keep strangers off a call's sound: %s", error)

    def nothing_came(self, now_s: float) -> None:
        """No packet of sound was taken so far: say so once where some were kept off, but not too soon."""
        if self._told or self._applied is None or now_s - self._admitted_s < PATIENCE_S:
            return
        if dropped := self._dropped():
            self._told = True
            _log.warning(
                "sip: no sound comes from the far end, but %d packets from another address were dropped; if "
                "they are its own, name that address in sip.accept_from",
                dropped,
            )

    @property
    def _everywhere(self) -> str:
        return ANY_IPV6 if is_ipv6(self._own_host) else ANY_IPV4

    def _dropped(self) -> int:
        for host in (self._own_host, self._everywhere):
            try:
                return dropped_at((host, self._port))
            except SipError:
                pass  # it is bound to the other
        return 0

    def _filter(self, port: int) -> PacketFilter:
        """Filter our socket at a port anew; it is bound to the address that we describe, or to all."""
        try:
            made = PacketFilter((self._own_host, port), (self._everywhere, _NO_PORT))
        except SipError:
            made = PacketFilter((self._everywhere, port), (self._everywhere, _NO_PORT))
        try:
            if self._applied:
                made.admit(Admitted(self._applied[1], self._networks))
        except OSError:
            made.close()
            raise
        return made


def _address(host_and_port: str) -> set[IpAddress]:
    address = address_of(host_and_port)
    return {address} if address else set()
