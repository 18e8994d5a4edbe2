"""UDP sockets whose datagrams carry the moment the kernel received them."""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import dataclass

from . import clock
from .clock import Instant

Peer = tuple[str, int]

# asm-generic/socket.h: not in Python's socket module. The stamp is a struct timespec of C longs.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_LARGEST = 65535


@dataclass(frozen=True, slots=True)
class Datagram:
    """What came, from where, and when the kernel had it."""

    data: bytes
    source: Peer
    at: Instant


def opened(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket that stamps what it receives; OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        _ask_for_stamps(made)
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def _ask_for_stamps(of: socket.socket) -> None:
    try:
        of.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError as error:
        # An emulated kernel (QEMU's) has none: then the moment of reading counts.
        if error.errno != errno.ENOPROTOOPT:
            raise


def opened_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Sockets for RTP and RTCP on an even port and the next (RFC 3550, section 11)."""
    for _ in range(50):
        first = opened(host, 0)
        port = first.getsockname()[1]
        if port % 2 == 0:
            try:
                return first, opened(host, port + 1)
            except OSError:
                pass
        first.close()
    raise OSError("no free pair of UDP ports")


def received(from_socket: socket.socket) -> Datagram | None:
    """The next datagram, None where there is none now."""
    while True:
        try:
            data, extra, _, source = from_socket.recvmsg(_LARGEST, 128)
        except BlockingIOError:
            return None
        except ConnectionError:
            # An ICMP error that an earlier datagram of ours brought back.
            continue
        return Datagram(data, (source[0], source[1]), _stamp(extra))


def _stamp(extra: list[tuple[int, int, bytes]]) -> Instant:
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return clock.from_kernel(seconds * 1_000_000_000 + nanoseconds)
    return clock.now()


def sent(by_socket: socket.socket, data: bytes, to: Peer) -> Instant:
    """Send, and say when; what cannot leave is lost, as on a network."""
    at = clock.now()
    try:
        by_socket.sendto(data, to)
    except OSError:
        pass
    return at
