"""Datagrams at a socket that the kernel guards: what is sent, and whether it gets through."""

from __future__ import annotations

import socket

ANSWER = b"SIP/2.0 200 OK\r\n\r\n"
REQUEST = b"INVITE sip:x SIP/2.0\r\n\r\n"


def passes_from(sender: socket.socket, receiver: socket.socket, data: bytes) -> bool:
    """Whether a datagram gets through; the receiver does not block."""
    # On loopback a datagram is there when it was sent.
    sender.sendto(data, receiver.getsockname())
    try:
        return receiver.recv(65535) == data
    except BlockingIOError:
        return False
