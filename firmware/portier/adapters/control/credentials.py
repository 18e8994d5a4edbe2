"""Who is at the other end of a Unix socket, as the kernel says."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

# struct ucred of unix(7).
_UCRED = struct.Struct("3i")


class Credentials(NamedTuple):
    """A process, and the user and group it ran as when it connected or began to listen."""

    process: int
    user: int
    group: int


def peer(sock: socket.socket) -> Credentials:
    """Tell who is at the other end of a connected socket."""
    return Credentials(*_UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)))
