"""SIP messages as they stand in a datagram: parse and build (RFC 3261, section 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

Header = tuple[str, str]

VERSION = "SIP/2.0"
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

# RFC 3261, section 7.3.3 and the registry of header fields.
_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
}
_UNUSUAL = {
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "mime-version": "MIME-Version",
    "www-authenticate": "WWW-Authenticate",
}
REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    420: "Bad Extension",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}


class MessageError(ValueError):
    """A datagram, or a part of it, is not what RFC 3261 or RFC 4566 allows."""


def canonical(name: str) -> str:
    """Give a header's usual long spelling, from any case or its compact form."""
    lower = name.lower()
    if lower in _COMPACT:
        return _COMPACT[lower]
    return _UNUSUAL.get(lower) or "-".join(part.capitalize() for part in lower.split("-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What requests and responses share. `headers` keep their order and never hold Content-Length."""

    headers: tuple[Header, ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header, empty where it is missing."""
        return next((value for key, value in self.headers if key == name), "")

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order, one for each line it stands on."""
        return tuple(value for key, value in self.headers if key == name)

    def needed(self, name: str) -> str:
        """The first value of a header that must be there; MessageError where it is not."""
        value = self.header(name)
        if not value:
            raise MessageError(f"no {name} header")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """A request and where it is meant to go."""

    method: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Message):
    """An answer: `status` 100 to 699."""

    status: int
    reason: str = ""


def build(message: Request | Response) -> bytes:
    """Write a message for one datagram; Content-Length is added. MessageError where a line would break."""
    if isinstance(message, Request):
        start = f"{message.method} {message.uri} {VERSION}"
    else:
        start = f"{VERSION} {message.status:03d} {message.reason}"
    lines = [start, *(f"{name}: {value}" for name, value in message.headers)]
    if any(_CONTROL.search(line) for line in lines):
        raise MessageError("a control character in a header")
    lines.append(f"Content-Length: {len(message.body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + message.body


def parse(datagram: bytes) -> Request | Response:
    """Read one datagram. Bytes that are no UTF-8 survive; what is no SIP raises MessageError."""
    head, separator, body = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise MessageError("no empty line ends the headers")
    start, *rest = head.decode("utf-8", "surrogateescape").split("\r\n")
    headers = [_header(line) for line in _unfold(rest)]
    lengths = {value for name, value in headers if name == "Content-Length"}
    if len(lengths) > 1:
        raise MessageError("more than one Content-Length")
    for text in lengths:
        body = _cut(body, text)
    kept = tuple(header for header in headers if header[0] != "Content-Length")
    if start.startswith(VERSION + " "):
        return _response(start, kept, body)
    return _request(start, kept, body)


def _request(start: str, headers: tuple[Header, ...], body: bytes) -> Request:
    parts = start.split(" ")
    if len(parts) != 3 or parts[2] != VERSION:
        raise MessageError("the first line is no SIP/2.0 request")
    method, uri, _ = parts
    if not _TOKEN.fullmatch(method) or not uri or _CONTROL.search(uri):
        raise MessageError("the first line is no SIP/2.0 request")
    return Request(method=method, uri=uri, headers=headers, body=body)


def _response(start: str, headers: tuple[Header, ...], body: bytes) -> Response:
    _, status, *reason = start.split(" ", 2)
    if not re.fullmatch(r"[1-6][0-9][0-9]", status) or _CONTROL.search(start):
        raise MessageError("the first line is no SIP/2.0 response")
    return Response(status=int(status), reason="".join(reason), headers=headers, body=body)


def _unfold(lines: list[str]) -> list[str]:
    """Join continued lines (RFC 3261, section 7.3.1)."""
    whole: list[list[str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"}:
            if not whole:
                raise MessageError("the first header line is a continuation")
            whole[-1].append(line.strip(" \t"))
        else:
            whole.append([line])
    return [" ".join(parts) for parts in whole]


def _header(line: str) -> Header:
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not _TOKEN.fullmatch(name):
        raise MessageError("a header line without a name")
    if _CONTROL.search(value):
        raise MessageError("a control character in a header")
    return canonical(name), value.strip(" \t")


def _cut(body: bytes, length: str) -> bytes:
    """Keep as much of a body as Content-Length says (RFC 3261, section 18.3)."""
    if not re.fullmatch(r"[0-9]{1,9}", length):
        raise MessageError("Content-Length is no number")
    if int(length) > len(body):
        raise MessageError("the body is shorter than Content-Length")
    return body[: int(length)]
