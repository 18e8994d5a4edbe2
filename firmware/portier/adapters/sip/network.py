"""What the kernel tells of this machine's network: when it changed, and by which address a host is reached.

Netlink (rtnetlink(7)) only says that there is news; what is the case now is then looked up, so that nothing
that was missed matters.
"""

from __future__ import annotations

import fcntl
import logging
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address
from pathlib import Path

from portier.hosts import family_of
from portier.process import name_thread

_log = logging.getLogger(__name__)
_ROUTE = 0  # NETLINK_ROUTE
# linux/rtnetlink.h: RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_IFADDR, RTMGRP_IPV6_ROUTE
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
_SETTLED_S, _AT_MOST_S = 0.25, 1.0
_LARGEST = 65536

# linux/sockios.h, linux/if.h: struct ifreq holds a name of 16 bytes, then a union of 24.
_SIOCGIFFLAGS, _SIOCGIFADDR = 0x8913, 0x8915
_IFREQ = struct.Struct("16s24x")
_UP_AND_RUNNING = 0x1 | 0x40
_DISCARD_PORT = 9
_IPV6_ADDRESSES = Path("/proc/net/if_inet6")


def local_address_to(host: str) -> str | None:
    """The address this machine would speak to a host from; None where there is no way, or its link is down.

    `host` is an address, without brackets. Nothing is sent.
    """
    try:
        with socket.socket(family_of(host), socket.SOCK_DGRAM) as probe:
            probe.connect((host, _DISCARD_PORT))
            address = str(probe.getsockname()[0])
            # A cable that is out leaves address and route where they were.
            return None if address in _dead_addresses(probe) else address
    except OSError:
        return None  # also where the process may open nothing more, or the kernel lists no interfaces


def _dead_addresses(asked: socket.socket) -> set[str]:
    """The addresses of interfaces that are down or have no carrier."""
    found, dead = set[str](), set[str]()
    for _, name in socket.if_nameindex():
        request = _IFREQ.pack(name.encode())
        try:
            flags = struct.unpack_from("16xH", fcntl.ioctl(asked, _SIOCGIFFLAGS, request))[0]
            if flags & _UP_AND_RUNNING != _UP_AND_RUNNING:
                dead.add(name)
                # struct sockaddr_in: family, port, address.
                found.add(socket.inet_ntoa(fcntl.ioctl(asked, _SIOCGIFADDR, request)[20:24]))
        except OSError:
            continue  # it has no address, or is gone
    return found | _ipv6_addresses(dead) if dead else found


def _ipv6_addresses(interfaces: set[str]) -> set[str]:
    """The IPv6 addresses of these interfaces: no ioctl tells them."""
    try:
        # Address, number, prefix's length, scope, flags and name of the interface.
        rows = [line.split() for line in _IPV6_ADDRESSES.read_text().splitlines()]
    except OSError:
        return set()  # a kernel without IPv6
    return {str(IPv6Address(bytes.fromhex(row[0]))) for row in rows if row[-1] in interfaces}


class NetworkWatch:
    """Calls `changed`, on a thread of its own, a moment after the network has changed and settled."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._teller: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch; where the kernel does not let us, the log says so."""
        told, self._teller = socket.socketpair()
        self._thread = threading.Thread(target=self._run, args=(told,), name="network", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        if self._teller and self._thread:
            self._teller.close()
            self._thread.join(1.0)

    def _run(self, told: socket.socket) -> None:
        name_thread("network")
        with told, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _ROUTE) as news:
            try:
                news.bind((0, _GROUPS))
            except OSError as error:
                _log.warning("sip: the network cannot be watched: %s; a change is noticed late", error)
                return
            while _waits(news, told, None):
                until_s = time.monotonic() + _AT_MOST_S
                _take(news)
                while (left_s := until_s - time.monotonic()) > 0 and _waits(
                    news, told, min(_SETTLED_S, left_s)
                ):
                    _take(news)
                if select.select([told], [], [], 0)[0]:
                    return
                self._changed()


def _waits(news: socket.socket, told: socket.socket, limit_s: float | None) -> bool:
    """Whether there was news before the limit, and not the end."""
    ready, _, _ = select.select([news, told], [], [], limit_s)
    return news in ready and told not in ready


def _take(news: socket.socket) -> None:
    """Read all there is. What did not fit any more (ENOBUFS) is news all the same."""
    try:
        while news.recv(_LARGEST):
            pass
    except OSError:
        return
