"""Somebody in the street whom the station does not know: at the address of this process, by any bytes."""

from __future__ import annotations

import re
import secrets
import socket
import time
from types import TracebackType
from typing import Self

from tests.lab.network import DOOR, STREET_ADDRESS

from portier.bench.line.packets import KeyShape, Packet, event_steps, pack

STATION = f"{DOOR.address}:5060"
_STATION_PORT = 5060
_FRAME_S = 0.02
_RECEIVE_BUFFER = 4 << 20


class Passer:
    """A UDP socket that speaks to the station. Use as a context manager."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((STREET_ADDRESS, 0))
        self.own: tuple[str, int] = self._socket.getsockname()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, datagram: bytes, port: int = _STATION_PORT) -> None:
        """Send any bytes."""
        self._socket.sendto(datagram, (DOOR.address, port))

    def answers(self, within_s: float, until_final: bool = False) -> list[str]:
        """What comes back in a time; `until_final` ends it at the first final answer."""
        came: list[str] = []
        until_s = time.monotonic() + within_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            try:
                came.append(self._socket.recv(65535).decode("latin-1"))
            except TimeoutError:
                break
            if until_final and came[-1].startswith("SIP/2.0 ") and not came[-1].startswith("SIP/2.0 1"):
                break
        return came

    def waiting(self) -> list[str]:
        """What has come back by now."""
        came: list[str] = []
        self._socket.setblocking(False)
        try:
            while True:
                came.append(self._socket.recv(65535).decode("latin-1"))
        except BlockingIOError:
            return came
        finally:
            self._socket.setblocking(True)

    def request(
        self,
        method: str,
        *more: str,
        call_id: str = "",
        to_tag: str = "",
        from_tag: str = "x",
        body: str = "",
    ) -> bytes:
        """A request that is right."""
        own = "{}:{}".format(*self.own)
        lines = (
            f"{method} sip:portier@{STATION} SIP/2.0",
            f"Via: SIP/2.0/UDP {own};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            f"From: <sip:stranger@{own}>;tag={from_tag}",
            f"To: <sip:portier@{STATION}>{f';tag={to_tag}' if to_tag else ''}",
            f"Call-ID: {call_id or secrets.token_hex(8)}",
            f"CSeq: 77 {method}",
            "Max-Forwards: 70",
            f"Contact: <sip:stranger@{own}>",
            *more,
            f"Content-Length: {len(body)}",
        )
        return ("\r\n".join((*lines, "", "")) + body).encode()

    def invite(self) -> bytes:
        """A call that the station could take, if it took any."""
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {STREET_ADDRESS}\r\ns=-\r\nc=IN IP4 {STREET_ADDRESS}\r\nt=0 0\r\n"
            "m=audio 40000 RTP/AVP 8\r\n"
        )
        return self.request("INVITE", "Content-Type: application/sdp", body=body)

    def acknowledge(self, answer: str) -> None:
        """Send the ACK of a final answer that refuses (RFC 3261 section 17.1.1.3)."""
        kept = [
            line for line in answer.split("\r\n") if re.match(r"(?i)(via|v|from|f|to|t|call-id|i):", line)
        ]
        number = re.search(r"(?im)^cseq:\s*(\d+)", answer)
        if number:
            lines = (
                f"ACK sip:portier@{STATION} SIP/2.0",
                *kept,
                f"CSeq: {number[1]} ACK",
                "Content-Length: 0",
            )
            self.send("\r\n".join((*lines, "", "")).encode())

    def is_answered(self) -> bool:
        """Whether the station answers an OPTIONS."""
        self.send(self.request("OPTIONS"))
        return any(one.startswith("SIP/2.0 ") for one in self.answers(5.0, until_final=True))

    def key(self, key: str, rtp_port: int, payload_type: int = 101) -> None:
        """Send a key as RFC 4733 events to a port of the station's."""
        for number, step in enumerate(event_steps(key, KeyShape(duration_ms=200))):
            if step.payload is not None:
                packet = Packet(payload_type, number, 160, 0x57AA, step.payload, step.marker)
                self.send(pack(packet), rtp_port)
            time.sleep(_FRAME_S)
