"""What all calls of a line share: its socket, its loop, its log, its behaviour."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from . import clock, datagram
from .behaviour import Behaviour
from .clock import Instant
from .datagram import Peer
from .events import Event, Log, Plain, What
from .headers import cseq
from .loop import Loop
from .message import Request, Response
from .transactions import GIVE_UP_S, ClientTransaction, top_via

_NOTHING: Mapping[str, Plain] = MappingProxyType({})


class Desk:
    """Sends, and finds the request an answer belongs to. Only the loop's thread comes here."""

    def __init__(self, wire: socket.socket, loop: Loop, behaviour: Behaviour, voice: bytes, log: Log) -> None:
        self.loop = loop
        self.behaviour = behaviour
        self.voice = voice
        self.log = log
        self.own: Peer = wire.getsockname()[:2]
        self.numbers = itertools.count(1)
        self._wire = wire
        self._clients: dict[tuple[str, str], ClientTransaction] = {}

    def send(self, data: bytes, to: Peer) -> Instant:
        """Send a datagram from the line's port."""
        return datagram.sent(self._wire, data, to)

    def tell(
        self, what: What, call: int = 0, details: Mapping[str, Plain] = _NOTHING, at: Instant | None = None
    ) -> None:
        """Write an event, of now unless another moment is given."""
        self.log.add(Event(what, at or clock.now(), call, details))

    def ask(
        self, request: Request, target: Peer, done: Callable[[Response | None], None]
    ) -> ClientTransaction:
        """Make a transaction of a request of ours; it starts when it is told to."""
        client = ClientTransaction(self.loop, self.send, request, target, done)
        key = (client.branch, request.method)
        self._clients[key] = client
        self.loop.after(2 * GIVE_UP_S, partial(self._clients.pop, key, None))
        return client

    def answered(self, response: Response) -> None:
        """Give an answer to the request it belongs to; others are dropped."""
        _, method = cseq(response.needed("CSeq"))
        client = self._clients.get((top_via(response).branch, method))
        if client is not None:
            client.take(response)

    def close(self) -> None:
        """Ask for nothing any more."""
        for client in self._clients.values():
            client.stop()
