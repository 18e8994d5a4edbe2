"""Somebody on the network whom the station does not know: at an address of his own, and what he may send."""

from __future__ import annotations

import secrets
import socket
from types import TracebackType
from typing import Any, Self

from portier.bench.line.message import Header, Request, build
from portier.hosts import family_of, is_ipv6, written

HOST = "127.0.0.66"


class Stranger:
    """A UDP socket that speaks to a station on loopback. Use as a context manager."""

    def __init__(self, station_port: int, host: str = HOST) -> None:
        self.station = (host if is_ipv6(host) else "127.0.0.1", station_port)
        self._socket = socket.socket(family_of(host), socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.own: tuple[str, int] = self._socket.getsockname()[:2]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, datagram: bytes) -> None:
        """Send any bytes."""
        self._socket.sendto(datagram, self.station)

    def request(self, method: str, *headers: Header, **parts: Any) -> None:
        """Send a request that could be right; see `text`."""
        self.send(self.text(method, *headers, **parts))

    def text(
        self,
        method: str,
        *headers: Header,
        body: bytes = b"",
        call_id: str = "",
        to_tag: str = "",
        contact: str = "",
    ) -> bytes:
        """A request that could be right, and headers that follow; each is a transaction of its own."""
        own, station = (written(*one) for one in (self.own, self.station))
        described: tuple[Header, ...] = (("Content-Type", "application/sdp"),) if body else ()
        fixed: tuple[Header, ...] = (
            ("Via", f"SIP/2.0/UDP {own};rport;branch=z9hG4bK{secrets.token_hex(8)}"),
            ("From", f"<sip:stranger@{own}>;tag=stranger"),
            ("To", f"<sip:portier@{station}>{f';tag={to_tag}' * bool(to_tag)}"),
            ("Call-ID", call_id or secrets.token_hex(8)),
            ("CSeq", f"1 {method}"),
            ("Max-Forwards", "70"),
            ("Contact", contact or f"<sip:stranger@{own}>"),
        )
        uri = f"sip:portier@{station}"
        return build(Request(method=method, uri=uri, headers=(*fixed, *described, *headers), body=body))

    def hears(self, within_s: float) -> bytes:
        """The first answer; empty where none comes."""
        self._socket.settimeout(within_s)
        try:
            return self._socket.recv(65535)
        except TimeoutError:
            return b""

    def offer(self, *, connection: bool = True, port: int = 40000) -> bytes:
        """An SDP offer of PCMA."""
        host = self.own[0]
        where = f"IN {'IP6' if is_ipv6(host) else 'IP4'} {host}"
        lines = ["v=0", f"o=- 1 1 {where}", "s=-", *([f"c={where}"] * connection), "t=0 0"]
        return "".join(f"{line}\r\n" for line in (*lines, f"m=audio {port} RTP/AVP 8")).encode()
