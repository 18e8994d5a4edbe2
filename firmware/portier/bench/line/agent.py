"""The line that answers: a SIP user agent and registrar on one UDP port, in its own thread.

Written on sockets alone, so that nothing is proved by PJSIP agreeing with itself, and every moment is
taken where a datagram leaves or, by the kernel, where it arrives.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, TypeVar

from . import datagram, sound
from .behaviour import Behaviour
from .call import Call
from .clock import Instant
from .datagram import Peer
from .desk import Desk
from .dialog import host_text
from .events import Event, LineError, Log, Plain, Received, What
from .headers import target_of
from .incoming import IncomingCall
from .leg import KeyWay
from .loop import Loop
from .message import Header
from .outgoing import OutgoingCall
from .packets import KEYS, KeyShape
from .registration import Binding
from .sdp import Direction
from .switchboard import Switchboard

T = TypeVar("T")
_TIMEOUT_S = 5.0


class Agent:
    """A line. Every method may be called from any thread; those that ask something wait for the answer.

    `voice` is what it says in each call: 8 kHz, mono, signed 16 bit native order; empty is silence.
    `told` hears every event at once, in the thread that saw it.
    """

    def __init__(
        self,
        bind: str = "127.0.0.1",
        port: int = 0,
        behaviour: Behaviour | None = None,
        *,
        voice: bytes = b"",
        told: Callable[[Event], None] | None = None,
    ) -> None:
        try:
            self._wire = datagram.opened(bind, port)
        except OSError as error:
            raise LineError(f"UDP {bind}:{port}: {error.strerror}; choose another port") from error
        self._log = Log(told)
        self._loop = Loop(self._wire)
        self._desk = Desk(self._wire, self._loop, behaviour or Behaviour(), voice, self._log)
        self._board = Switchboard(self._desk)

    # Life

    def start(self) -> Self:
        """Begin to answer."""
        self._loop.start(self._readable)
        self._desk.tell(What.READY, details={"sip_port": self.port})
        return self

    def stop(self, *, hang_up: bool = True) -> None:
        """End every call, with BYE unless the line is to vanish, and give the ports back."""
        self._loop.post(lambda: self._board.finish(hang_up=hang_up))
        self._loop.stop()
        self._wire.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What it is and what it saw

    @property
    def address(self) -> Peer:
        """Host and port of the line."""
        return self._desk.own

    @property
    def port(self) -> int:
        """The UDP port of the line."""
        return self._desk.own[1]

    @property
    def behaviour(self) -> Behaviour:
        """How requests are met from now on; may be set at any time."""
        return self._desk.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._desk.behaviour = behaviour

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event so far."""
        return self._log.events

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, repetitions and ACKs included."""
        return self._log.requests

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """Who is registered."""
        return MappingProxyType(dict(self._board.registration.bindings))

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call so far; read their recordings, leave the rest to the line's thread."""
        return tuple(self._board.calls)

    def uri(self, user: str) -> str:
        """The SIP URI of a user at this line."""
        return f"sip:{user}@{host_text(self.address[0])}:{self.port}"

    def wait_for(self, *what: What, timeout_s: float = _TIMEOUT_S) -> Event:
        """The first event of these kinds that was not handed out before; LineError when none comes."""
        return self._log.wait_for(*what, timeout_s=timeout_s)

    def wait_request(self, method: str, count: int = 1, timeout_s: float = _TIMEOUT_S) -> Received:
        """The `count`-th request of a method; LineError when it does not come."""
        return self._log.wait_request(method, count, timeout_s)

    # What it does

    def press(self, keys: str, by: KeyWay = KeyWay.EVENT, shape: KeyShape | None = None) -> None:
        """Send keys in the newest call; DIGIT_SENT or DIGIT_UNSENT tells of each."""
        if not keys or set(keys) - set(KEYS):
            raise LineError("keys are 0 to 9, *, # and A to D")
        self._do(lambda: self._newest().press(keys, by, shape or KeyShape()))

    def answer(self) -> None:
        """Answer the newest call now, as for RING_ONLY."""
        call = self._newest()
        if not isinstance(call, IncomingCall):
            raise LineError("only a call that came can be answered")
        self._do(call.answer)

    def hang_up(self) -> None:
        """End the newest call: BYE, CANCEL, or 486 for one that is not answered."""
        self._do(lambda: self._newest().hang_up())

    def refer(self, target: str, timeout_s: float = _TIMEOUT_S) -> int:
        """Ask the station to call somebody else (RFC 3515); its final status, 0 where none came."""
        return self.request("REFER", ("Refer-To", f"<{target}>"), timeout_s=timeout_s)

    def request(self, method: str, *headers: Header, body: bytes = b"", timeout_s: float = _TIMEOUT_S) -> int:
        """Any request inside the newest call; its final status, 0 where none came."""
        return self._status(
            lambda status: self._newest().ask_status(method, *headers, body=body, status=status), timeout_s
        )

    def reinvite(self, *headers: Header, with_offer: bool = True, timeout_s: float = _TIMEOUT_S) -> int:
        """A new INVITE inside the newest call; its final status, 0 where none came."""
        return self._status(
            lambda status: self._newest().reinvite(status, *headers, with_offer=with_offer), timeout_s
        )

    def hold(self, direction: Direction = Direction.SEND) -> int:
        """Put the newest call on hold, or take it up again by BOTH (RFC 3264, section 8.4); the status."""
        self._newest().direction = direction
        return self.reinvite()

    def mute(self, *, on: bool = True) -> None:
        """Send no sound in the newest call, and say nothing of it; or send it again."""
        self._newest().leg.mute(on=on)

    def report(self) -> None:
        """Send one RTCP report in the newest call."""
        self._newest().leg.report()

    def invite(self, uri: str, *headers: Header, timeout_s: float = _TIMEOUT_S) -> int:
        """Call somebody; the final status, or 0 when none came in time and the call was cancelled."""
        peer = _reachable(uri)

        def place(status: Future[int]) -> None:
            call = OutgoingCall(self._desk, uri, peer, status, headers)
            self._board.calls.append(call)
            call.begin()

        status = self._status(place, timeout_s)
        if status == 0:
            self.hang_up()
        return status

    def send_raw(self, data: bytes, to: Peer | None = None) -> Instant:
        """Send any bytes from the line's port, to where the last request came from unless told."""
        if to is None:
            if not self.requests:
                raise LineError("nobody has spoken to the line yet")
            to = self.requests[-1].source
        return self._desk.send(data, to)

    def recording(self) -> bytes:
        """What the newest call has heard so far: 8 kHz, signed 16 bit native order."""
        return self._newest().leg.recording.samples()

    def save(self, path: Path) -> None:
        """Write the newest call's recording as a WAV; SAVED tells when its first sample came."""
        call = self._newest()
        frames = sound.save(path, call.leg.recording.samples())
        first = call.leg.recording.first_at
        counters = call.leg.recording.counters
        details: dict[str, Plain] = {
            "path": str(path),
            "rate_hz": sound.RATE_HZ,
            "frames": frames,
            "first_at_ns": first.at_ns if first else 0,
            "first_mono_ns": first.mono_ns if first else 0,
            "received": counters.received,
            "lost": counters.lost,
            "jitter_ms": round(counters.jitter_ms, 3),
        }
        self._desk.tell(What.SAVED, call.number, details)

    # Inside

    def _newest(self) -> Call:
        if not self._board.calls:
            raise LineError("there has been no call yet")
        return self._board.calls[-1]

    def _do(self, work: Callable[[], T]) -> T:
        """Have the loop do something, and wait for what comes of it."""
        if self._loop.inside():
            return work()
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(work())
            except (LineError, ValueError) as error:
                result.set_exception(error)

        self._loop.post(run)
        try:
            return result.result(_TIMEOUT_S)
        except TimeoutError as error:
            raise LineError("the line does not run") from error

    def _status(self, asked: Callable[[Future[int]], None], timeout_s: float) -> int:
        status: Future[int] = Future()
        self._do(lambda: asked(status))
        try:
            return status.result(timeout_s)
        except TimeoutError:
            return 0

    def _readable(self) -> None:
        came = datagram.received(self._wire)
        if came is not None:
            self._board.take(came)


def _reachable(uri: str) -> Peer:
    try:
        host, port = target_of(uri)
        ipaddress.ip_address(host)
    except ValueError as error:
        raise LineError("the line calls sip URIs whose host is an address: it resolves no names") from error
    return host, port
