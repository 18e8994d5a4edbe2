"""One connection: bytes to lines, one request a turn of the loop, and no more unread bytes than allowed."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any, Protocol

from .credentials import peer
from .protocol import LINE_LIMIT_BYTES, UNREAD_LIMIT_BYTES, Request, RequestError, encode, parse, reply

_log = logging.getLogger(__name__)


class Host(Protocol):
    """Who takes a connection's requests."""

    def opened(self, reader: Reader) -> None:
        """A connection was made."""
        ...

    def closed(self, reader: Reader) -> None:
        """A connection is over."""
        ...

    def answer(self, reader: Reader, request: Request) -> None:
        """A request was understood."""
        ...


class Reader(asyncio.BufferedProtocol):
    """A reader of the control socket. `follows` says whether it wants events."""

    def __init__(self, host: Host, loop: asyncio.AbstractEventLoop) -> None:
        self.follows = False
        self._host = host
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(LINE_LIMIT_BYTES)
        self._filled = 0

    @property
    def name(self) -> str:
        """Which process of which user this is."""
        sock = self._transport.get_extra_info("socket") if self._transport else None
        if sock is None:
            return "a reader that has gone"
        found = peer(sock)
        return f"process {found.process} of user {found.user}"

    @property
    def may_see_keys(self) -> bool:
        """Whether it is root's, or of this process's own user."""
        sock = self._transport.get_extra_info("socket") if self._transport else None
        return sock is not None and peer(sock).user in (0, os.geteuid())

    def send(self, message: bytes) -> None:
        """Send a line, never waiting; a reader that leaves too much unread is dropped."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(message)
        unread_bytes = transport.get_write_buffer_size()
        if unread_bytes > UNREAD_LIMIT_BYTES:
            _log.info("control: dropped %s, which left %d bytes unread", self.name, unread_bytes)
            transport.abort()

    def refuse(self, error: str) -> None:
        """Send an error and close."""
        self.send(encode(reply(None, None, error)))
        if self._transport:
            self._transport.close()

    def drop(self) -> None:
        """Close at once, whatever is still unread."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: Any) -> None:
        """Called by asyncio: the connection is there."""
        self._transport = transport
        self._host.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio: the connection is over."""
        del exc
        self._transport = None
        self._host.closed(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by asyncio: where the next bytes go."""
        del sizehint
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Called by asyncio: bytes have come."""
        self._filled += nbytes
        self._take_one()

    def _take_one(self) -> None:
        """Answer the first whole line; the next one, and unread bytes, wait for the loop's next turn."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        end = self._buffer.find(b"\n", 0, self._filled)
        if end < 0:
            if self._filled == LINE_LIMIT_BYTES:
                self.refuse(f"a line longer than {LINE_LIMIT_BYTES} bytes; closed")
            else:
                transport.resume_reading()
            return
        line = bytes(self._buffer[:end])
        rest = self._buffer[end + 1 : self._filled]
        self._buffer[: len(rest)] = rest
        self._filled = len(rest)
        if rest:
            transport.pause_reading()
            self._loop.call_soon(self._take_one)
        else:
            transport.resume_reading()
        try:
            self._host.answer(self, parse(line))
        except RequestError as error:
            self.send(encode(reply(error.id, None, str(error))))
