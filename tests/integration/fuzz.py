"""A line that spoils a part of what it sends, and says much that nobody asked for, to a station's process."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from tests.integration.conftest import OPERATOR
from tests.integration.mutation import Mutation
from tests.integration.station_process import StationProcess
from tests.integration.stranger import Stranger

from portier.adapters.control.protocol import Do
from portier.adapters.sip.supervision import pause_after_refusal_s, pause_s
from portier.bench.line import datagram
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import RING_ONLY, Answer, Behaviour, CancelMode, Registrar, refuse
from portier.bench.line.clock import Instant
from portier.bench.line.events import LineError
from portier.bench.line.message import build
from portier.control_client import ControlClient
from portier.errors import ControlError

REGISTERS_AT_ONCE = f"""
import sys
if "run" in sys.orig_argv:
    from portier.adapters.sip import supervision
    supervision.{pause_s.__name__} = supervision.{pause_after_refusal_s.__name__} = lambda *_: 0.1
"""
_DIALOG = ("INVITE", "INFO", "BYE", "UPDATE", "REFER", "NOTIFY", "PRACK", "ACK")
_METHODS = (*_DIALOG, "MESSAGE", "SUBSCRIBE", "OPTIONS")
_REFUSALS = (
    *range(300, 306),
    380,
    *range(400, 424),
    480,
    *range(484, 495),
    500,
    503,
    504,
    513,
    600,
    603,
    606,
)
_KEPT, _TOLD = 400, 12


class Fuzz:
    """One run by a seed. What was sent last is kept, for whoever must find out what ended the station."""

    def __init__(self, seed: int) -> None:
        self.mutation = Mutation(seed)
        self.sent: deque[tuple[float, int, bytes]] = deque(maxlen=_KEPT)
        self.count = 0
        self.spoiled = 0
        self.rounds = 0
        self._lock = threading.Lock()
        self._usual = datagram.sent

    @contextmanager
    def spoiling(self) -> Iterator[None]:
        """While this lasts, a part of what the line sends is spoiled."""
        with patch.object(datagram, "sent", self._send):
            yield

    def _send(self, by: socket.socket, data: bytes, to: datagram.Peer) -> Instant:
        chance, whole = self.mutation.chance, data
        if data[:1] < b"\x80":
            if chance.random() < 0.4:
                data = self.mutation.sip(data)
        elif chance.random() < 0.05:
            data = self.mutation.datagram(data)
        self._note(to[1], data, whole)
        return self._usual(by, data, to)

    def _note(self, port: int, data: bytes, whole: bytes) -> None:
        with self._lock:
            self.count += 1
            self.spoiled += data != whole
            self.sent.append((time.monotonic(), port, data))

    def last(self) -> str:
        """What was sent last, to be read."""
        with self._lock:
            return "\n".join(f"{at_s:.3f} {data!r}" for at_s, _, data in list(self.sent)[-_TOLD:])

    def run(self, line: Agent, station: StationProcess, until_s: float) -> None:
        """Go on until a moment, or until the station ends."""
        _, port = line.wait_request("REGISTER").source
        with Stranger(port, line.address[0]) as neighbour, self.spoiling():
            while time.monotonic() < until_s and station.process.poll() is None:
                self._behave(line)
                try:
                    self._round(line, station, neighbour)
                    self.rounds += 1
                except (ControlError, LineError, ValueError, IndexError):
                    time.sleep(0.01)

    def _behave(self, line: Agent) -> None:
        chance = self.mutation.chance
        answers = [
            *[Answer(ring_s=0.0)] * 5,
            Answer(ring_s=0.0, early_media=True),
            Answer(ring_s=0.05, early_media=True),
            RING_ONLY,
            refuse(chance.choice(_REFUSALS), contact=chance.choice(("", line.uri("1"), "tel:1"))),
        ]
        registrars = [
            Registrar(expires_s=1),
            Registrar(expires_s=1),
            replace(OPERATOR.registrar, expires_s=1),
            Registrar(status=chance.choice(_REFUSALS)),
        ]
        line.behaviour = Behaviour(
            answer=chance.choice(answers),
            registrar=chance.choice(registrars),
            cancel=chance.choice(list(CancelMode)),
            bye_answered=chance.random() < 0.8,
            bye_crosses=chance.random() < 0.2,
            contact=chance.choice(("", "", "", "<tel:1>", "*", "<sip:x@127.0.0.1>")),
            route=chance.choice(("", "", "", "<tel:1>", "<sip:127.0.0.1;lr>", "<sip:127.0.0.1>")),
        )

    def _round(self, line: Agent, station: StationProcess, neighbour: Stranger) -> None:
        chance = self.mutation.chance
        known = len(line.calls)
        with ControlClient(station.control_path, 1.0) as control:
            control.ask(Do.CALL, button="bell")
            until_s = time.monotonic() + 0.3
            while len(line.calls) == known and time.monotonic() < until_s:
                time.sleep(0.005)
            for _ in range(chance.randrange(3, 20)):
                if station.process.poll() is not None:
                    return
                in_call = [self._ask, self._ask, self._sound] if line.calls else []
                chance.choice([*in_call, self.call, self._answer_again])(line, neighbour)
                time.sleep(chance.choice((0.0, 0.0, 0.002, 0.02)))
            if chance.random() < 0.8:
                control.ask(Do.HANG_UP)
            if chance.random() < 0.5 and line.calls:
                line.hang_up()

    def _ask(self, line: Agent, neighbour: Stranger) -> None:
        """A request inside the call."""
        call = line.calls[-1]
        method = self.mutation.chance.choice(_METHODS)
        body = b""
        headers: tuple[tuple[str, str], ...] = ()
        if method in {"INVITE", "UPDATE", "ACK", "PRACK"}:
            body, headers = call.offer(), (("Content-Type", "application/sdp"),)
        if method == "INFO":
            body, headers = b"Signal=5\r\nDuration=160\r\n", (("Content-Type", "application/dtmf-relay"),)
        request = build(call.dialog.request(method, *headers, body=body))
        line.send_raw(request, neighbour.station)

    def _sound(self, line: Agent, neighbour: Stranger) -> None:
        """RTP and RTCP to where the station hears."""
        del neighbour
        remote = line.calls[-1]._remote
        if remote is None:
            return
        chance = self.mutation.chance
        for _ in range(chance.randrange(1, 6)):
            line.send_raw(self.mutation.rtcp(), (remote[0], remote[1] + 1))
            head = bytes(
                (chance.choice((0x80, 0x90, 0xA0, 0x8F, 0xBF)), chance.choice((0, 8, 9, 13, 101, 229, 120)))
            )
            line.send_raw(head + chance.randbytes(chance.choice((0, 1, 10, 14, 170, 330, 1400))), remote)

    def call(self, line: Agent, neighbour: Stranger) -> None:
        """A call from a known address, or something that belongs to none."""
        del line
        chance = self.mutation.chance
        method = chance.choice(("INVITE", "INVITE", "INVITE", *_METHODS, "CANCEL", "REGISTER", "PUBLISH"))
        body = (
            neighbour.offer(connection=chance.random() < 0.8, port=chance.choice((0, 40000)))
            if method == "INVITE"
            else b""
        )
        call_id = chance.choice(("same", secrets.token_hex(4)))
        data = whole = neighbour.text(method, body=body, call_id=call_id, to_tag=chance.choice(("", "", "x")))
        if chance.random() < 0.8:
            data = self.mutation.sip(data)
        self._note(neighbour.station[1], data, whole)
        neighbour.send(data)

    def _answer_again(self, line: Agent, neighbour: Stranger) -> None:
        """Something that was said before, spoiled anew."""
        with self._lock:
            said = [one for _, port, one in self.sent if port == neighbour.station[1]]
        if said:
            line.send_raw(self.mutation.sip(self.mutation.chance.choice(said)), neighbour.station)
