"""Transactions over UDP: answers repeated until they are heard, requests until they are answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from .clock import Instant
from .datagram import Peer
from .headers import Via, address, cseq, listed, stamped, via
from .loop import Loop, Timer
from .message import REASONS, Header, MessageError, Request, Response, build

# RFC 3261, table 4.
T1_S = 0.5
T2_S = 4.0
GIVE_UP_S = 64 * T1_S
MAGIC = "z9hG4bK"

Send = Callable[[bytes, Peer], Instant]


def new_branch() -> str:
    """A branch no other transaction has (RFC 3261, section 8.1.1.7)."""
    return MAGIC + secrets.token_hex(8)


def new_tag() -> str:
    """A tag for our side of a dialog."""
    return secrets.token_hex(6)


def top_via(message: Request | Response) -> Via:
    """The topmost Via; MessageError where there is none."""
    elements = listed(message.values("Via"))
    if not elements:
        raise MessageError("no Via header")
    return via(elements[0])


def key_of(request: Request) -> tuple[str, ...]:
    """What a request has in common with its repetitions, ACK and CANCEL (RFC 3261, 17.2.3)."""
    top = top_via(request)
    if top.branch.startswith(MAGIC):
        return top.branch, top.host, str(top.port)
    number, _ = cseq(request.needed("CSeq"))
    return request.needed("Call-ID"), address(request.needed("From")).parameter("tag"), str(number)


class ServerTransaction:
    """One request that came, and what we answered."""

    def __init__(self, loop: Loop, send: Send, request: Request, source: Peer) -> None:
        self.request = request
        self.source = source
        self.last: Response | None = None
        self.garbled: Callable[[bytes], bytes] = bytes
        self._loop = loop
        self._send = send
        self._way_back = top_via(request).way_back(source)
        self._timer: Timer | None = None

    def respond(
        self, status: int, *, tag: str = "", headers: tuple[Header, ...] = (), body: bytes = b""
    ) -> Instant:
        """Answer; the same answer leaves again for each repetition of the request."""
        vias = list(listed(self.request.values("Via")))
        vias[0] = stamped(vias[0], self.source)
        to = self.request.header("To")
        if tag and not address(to).parameter("tag"):
            to += f";tag={tag}"
        kept: list[Header] = [("Via", element) for element in vias]
        kept += [("Record-Route", route) for route in self.request.values("Record-Route")]
        kept += [("From", self.request.header("From")), ("To", to)]
        kept += [(name, self.request.header(name)) for name in ("Call-ID", "CSeq")]
        self.last = Response(
            status=status, reason=REASONS.get(status, "Other"), headers=(*kept, *headers), body=body
        )
        return self._send(self.garbled(build(self.last)), self._way_back)

    def repeat(self) -> None:
        """Send the last answer again."""
        if self.last is not None:
            self._send(self.garbled(build(self.last)), self._way_back)

    def repeat_until_heard(self, given_up: Callable[[], None]) -> None:
        """Send a final answer again and again (RFC 3261, 13.3.1.4 and 17.2.1) until `heard`."""
        self._again(T1_S, GIVE_UP_S, given_up)

    def heard(self) -> bool:
        """The ACK came: stop repeating. False where nothing was repeated."""
        if self._timer is None:
            return False
        self._timer.cancel()
        self._timer = None
        return True

    def _again(self, wait_s: float, left_s: float, given_up: Callable[[], None]) -> None:
        def due() -> None:
            if left_s <= wait_s:
                self._timer = None
                given_up()
                return
            self.repeat()
            self._again(min(2 * wait_s, T2_S), left_s - wait_s, given_up)

        self._timer = self._loop.after(min(wait_s, left_s), due)


class ClientTransaction:
    """One request of ours, sent until an answer comes; `done` gets each answer, None for none at all."""

    def __init__(
        self,
        loop: Loop,
        send: Send,
        request: Request,
        target: Peer,
        done: Callable[[Response | None], None],
    ) -> None:
        self.request = request
        self.target = target
        self.branch = top_via(request).branch
        self.provisional = False
        self.finished = False
        self._loop = loop
        self._send = send
        self._done = done
        self._data = build(request)
        self._timer: Timer | None = None

    def start(self) -> Instant:
        """Send for the first time."""
        at = self._send(self._data, self.target)
        self._again(T1_S, GIVE_UP_S)
        return at

    def take(self, response: Response) -> None:
        """An answer came, perhaps again."""
        if response.status < 200:
            self.provisional = True
            if self.request.method == "INVITE":
                self.stop()
        else:
            self.finished = True
            self.stop()
        self._done(response)

    def stop(self) -> None:
        """Send no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self, wait_s: float, left_s: float) -> None:
        def due() -> None:
            if left_s <= wait_s:
                self.finished = True
                self._done(None)
                return
            self._send(self._data, self.target)
            longest_s = GIVE_UP_S if self.request.method == "INVITE" else T2_S
            self._again(min(2 * wait_s, longest_s), left_s - wait_s)

        self._timer = self._loop.after(min(wait_s, left_s), due)
