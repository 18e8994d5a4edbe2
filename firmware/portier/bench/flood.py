"""A stranger who calls the station again and again: bounded in number, and only on this machine."""

from __future__ import annotations

import socket
import time

from portier.errors import PortierError

MOST = 1000


def flood(
    station: tuple[str, int], count: int, every_s: float, *, gives_up: bool = False, source: str = ""
) -> None:
    """Send `count` INVITEs, each a call of its own, one every `every_s`; answers are not read.

    Who `gives_up` sends a CANCEL right behind each. `source` is an address to send from: the station's own
    unless given.

    Raises PortierError for a station that is not on loopback, or for more than 1000.
    """
    host, port = station
    if not host.startswith("127.") or count > MOST:
        raise PortierError(f"bench: a flood is for a station on loopback, and of {MOST} calls at most")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((source or host, 0))
        own = stranger.getsockname()[1]
        for number in range(count):
            invite = _invite(host, own, port, number)
            stranger.sendto(invite, station)
            if gives_up:
                stranger.sendto(_cancel(invite), station)
            time.sleep(every_s)


def _invite(host: str, own: int, port: int, number: int) -> bytes:
    sdp = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {own} RTP/AVP 8\r\n"
    head = [
        f"INVITE sip:portier@{host}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{own};branch=z9hG4bKflood{own}x{number}",
        f"From: <sip:stranger@{host}:{own}>;tag=f{number}",
        f"To: <sip:portier@{host}:{port}>",
        f"Call-ID: flood-{own}-{number}@{host}",
        "CSeq: 1 INVITE",
        "Max-Forwards: 70",
        f"Contact: <sip:stranger@{host}:{own}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(sdp)}",
    ]
    return ("\r\n".join(head) + f"\r\n\r\n{sdp}").encode()


def _cancel(invite: bytes) -> bytes:
    """The CANCEL of an INVITE: same branch, same numbers, no body (RFC 3261 section 9.1)."""
    head = invite.partition(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in head if not line.startswith((b"Content-", b"Contact"))]
    text = b"\r\n".join(kept).replace(b"INVITE sip:", b"CANCEL sip:", 1).replace(b"1 INVITE", b"1 CANCEL")
    return text + b"\r\nContent-Length: 0\r\n\r\n"
