"""One audio stream offered and answered (RFC 4566 for the text, RFC 3264 for the answer)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from enum import Enum

from .message import MessageError

EVENT_NAME = "telephone-event"
_MEDIA = re.compile(r"(\S+) ([0-9]{1,5})(?:/[0-9]+)? (\S+) (\S.*)")
_RTPMAP = re.compile(r"rtpmap:([0-9]{1,3}) ([^/\s]+)/([0-9]{1,6})(?:/([12]))?")
_FMTP = re.compile(r"fmtp:([0-9]{1,3}) (.+)")


class Direction(Enum):
    """Who sends, as the writer of the description sees it."""

    BOTH = "sendrecv"
    SEND = "sendonly"
    RECEIVE = "recvonly"
    NEITHER = "inactive"


_MIRROR = {Direction.SEND: Direction.RECEIVE, Direction.RECEIVE: Direction.SEND}


@dataclass(frozen=True, slots=True)
class Format:
    """A payload type and what it stands for."""

    payload: int
    name: str
    rate_hz: int = 8000
    parameters: str = ""
    channels: int = 1


PCMU = Format(0, "PCMU")
PCMA = Format(8, "PCMA")
G722 = Format(9, "G722")
OPUS = Format(96, "opus", 48000, "useinbandfec=1", 2)
"""RFC 7587, section 7: it is always named with 48 kHz and two channels."""

# RFC 3551, table 4: payload types that need no rtpmap.
_STATIC = {0: PCMU, 3: Format(3, "GSM"), 8: PCMA, 9: G722, 18: Format(18, "G729")}


@dataclass(frozen=True, slots=True)
class Session:
    """One side's description of an audio stream.

    `refused_before` and `refused_after` are other streams, as `video 0 RTP/AVP 96`, in their place.
    """

    host: str
    port: int
    formats: tuple[Format, ...]
    direction: Direction = Direction.BOTH
    refused_before: tuple[str, ...] = ()
    refused_after: tuple[str, ...] = ()

    def find(self, name: str, rate_hz: int = 8000) -> Format | None:
        """The first format of that name at that rate, in any case."""
        wanted = name.upper()
        return next((f for f in self.formats if f.name.upper() == wanted and f.rate_hz == rate_hz), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """What both sides agreed on: the codec to send, and the payload type of telephone events."""

    codec: Format
    event_payload: int | None
    event_rate_hz: int = 8000


def build(session: Session, version: int = 1) -> bytes:
    """Write a description; `version` grows with each new one of a call."""
    payloads = " ".join(str(f.payload) for f in session.formats)
    family = "IP6" if ":" in session.host else "IP4"
    lines = [
        "v=0",
        f"o=line {session.port} {version} IN {family} {session.host}",
        "s=-",
        f"c=IN {family} {session.host}",
        "t=0 0",
        *(f"m={stream}" for stream in session.refused_before),
        f"m=audio {session.port} RTP/AVP {payloads}",
    ]
    for f in session.formats:
        lines.append(f"a=rtpmap:{f.payload} {f.name}/{f.rate_hz}{'/2' if f.channels == 2 else ''}")
        if f.parameters:
            lines.append(f"a=fmtp:{f.payload} {f.parameters}")
    lines += ["a=ptime:20", f"a={session.direction.value}"]
    lines += [f"m={stream}" for stream in session.refused_after]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


def parse(body: bytes) -> Session:
    """Read the first plain audio stream of a description; MessageError where there is none."""
    text = body.decode("utf-8", "surrogateescape")
    sections: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    streams = [_media(section[0]) for section in sections[1:]]
    for index, (kind, port, protocol, payloads) in enumerate(streams):
        if kind == "audio" and port and protocol == "RTP/AVP":
            lines = sections[0] + sections[index + 1]
            return Session(
                host=_host(lines),
                port=port,
                formats=_formats(sections[index + 1], payloads),
                direction=_direction(lines),
                refused_before=_refused(streams[:index]),
                refused_after=_refused(streams[index + 1 :]),
            )
    raise MessageError("no audio stream over plain RTP")


def answer(offer: Session, own: Session, event_payload: int | None = None) -> tuple[Session, Choice] | None:
    """Answer with our first codec that the offer holds; None where nothing fits.

    Telephone events are taken when both sides name them, under the offer's number or a forced one.
    """
    ours = (f for f in own.formats if f.name != EVENT_NAME)
    codec = next((found for f in ours if (found := offer.find(f.name, f.rate_hz))), None)
    if codec is None:
        return None
    formats = [codec]
    # RFC 4733, section 2.5.1.1: events and sound share their clock, where both sides can.
    rates_hz = (rate_hz for rate_hz in (codec.rate_hz, 8000) if own.find(EVENT_NAME, rate_hz))
    events = next((found for rate_hz in rates_hz if (found := offer.find(EVENT_NAME, rate_hz))), None)
    if events is not None:
        number = events.payload if event_payload is None else event_payload
        events = Format(number, EVENT_NAME, events.rate_hz, "0-16")
        formats.append(events)
    agreed = replace(
        own,
        formats=tuple(formats),
        direction=_MIRROR.get(offer.direction, offer.direction),
        refused_before=offer.refused_before,
        refused_after=offer.refused_after,
    )
    return agreed, Choice(codec, events.payload, events.rate_hz) if events else Choice(codec, None)


def _media(line: str) -> tuple[str, int, str, str]:
    found = _MEDIA.fullmatch(line[2:].rstrip(" "))
    if not found or int(found[2]) > 65535:
        raise MessageError("an m= line that is none")
    return found[1], int(found[2]), found[3], found[4]


def _refused(streams: list[tuple[str, int, str, str]]) -> tuple[str, ...]:
    return tuple(f"{kind} 0 {protocol} {payloads}" for kind, _, protocol, payloads in streams)


def _host(lines: list[str]) -> str:
    connections = [line.split(" ") for line in lines if line.startswith("c=")]
    if not connections or len(connections[-1]) != 3:
        raise MessageError("no c= line")
    try:
        return str(ipaddress.ip_address(connections[-1][2]))
    except ValueError as error:
        raise MessageError("a c= line without an address") from error


def _formats(lines: list[str], payloads: str) -> tuple[Format, ...]:
    attributes = [line[2:] for line in lines if line.startswith("a=")]
    named = {
        int(m[1]): (m[2], int(m[3]), int(m[4] or 1)) for text in attributes if (m := _RTPMAP.fullmatch(text))
    }
    extra = {int(m[1]): m[2] for text in attributes if (m := _FMTP.fullmatch(text))}
    found = []
    for text in payloads.split(" "):
        if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 127:
            raise MessageError("a payload type that is none")
        number = int(text)
        if number in named:
            name, rate_hz, channels = named[number]
            found.append(Format(number, name, rate_hz, extra.get(number, ""), channels))
        elif number in _STATIC:
            found.append(_STATIC[number])
    return tuple(found)


def _direction(lines: list[str]) -> Direction:
    known = {f"a={direction.value}": direction for direction in Direction}
    return next((known[line] for line in reversed(lines) if line in known), Direction.BOTH)
