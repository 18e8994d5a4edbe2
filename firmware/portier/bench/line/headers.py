"""What stands inside SIP headers: addresses, Via, CSeq, lists and parameters (RFC 3261, section 20)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .message import MessageError

Parameters = tuple[tuple[str, str], ...]

_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:;,<>\[\]]+)(?::([0-9]{1,5}))?")
_CSEQ = re.compile(r"([0-9]{1,10})[ \t]+(\S+)")
_VIA = re.compile(r"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z0-9-]+)[ \t]+(.*)", re.IGNORECASE)
_DIGEST = re.compile(r'([A-Za-z-]+)[ \t]*=[ \t]*(?:"([^"]*)"|([^\s,"]+))')


def split(value: str, separator: str) -> list[str]:
    """Cut at a separator that stands neither in quotes nor in angle brackets."""
    parts: list[str] = []
    start = 0
    quoted = bracketed = escaped = False
    for index, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted:
            escaped = char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "<>":
            bracketed = char == "<"
        elif char == separator and not bracketed:
            parts.append(value[start:index].strip(" \t"))
            start = index + 1
    parts.append(value[start:].strip(" \t"))
    return [part for part in parts if part]


def listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Flatten headers that may hold several elements a line, such as Via and Contact."""
    return tuple(element for value in values for element in split(value, ","))


def parameters(text: str) -> Parameters:
    """Read `;name=value` pairs; names in lower case, a missing value is empty."""
    found = []
    for part in split(text, ";"):
        name, _, value = part.partition("=")
        found.append((name.strip(" \t").lower(), value.strip(" \t")))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Address:
    """A URI with the display name and the parameters around it, as in From, To and Contact."""

    uri: str
    display: str = ""
    parameters: Parameters = ()

    def parameter(self, name: str) -> str:
        """One parameter's value, empty where it is missing."""
        return dict(self.parameters).get(name, "")


def address(value: str) -> Address:
    """Read a name-addr or an addr-spec (RFC 3261, section 20.10)."""
    opening = _opening(value)
    if opening is None:
        uri, _, rest = value.partition(";")
        display = ""
    else:
        uri, closing, rest = value[opening + 1 :].partition(">")
        if not closing:
            raise MessageError("an address without its closing bracket")
        display = value[:opening].strip(" \t").strip('"')
    if not uri.strip(" \t"):
        raise MessageError("an address without a URI")
    return Address(uri.strip(" \t"), display, parameters(rest))


def _opening(value: str) -> int | None:
    quoted = escaped = False
    for index, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "<" and not quoted:
            return index
    return None


def user_of(uri: str) -> str:
    """The user part of a sip URI, empty where there is none."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() not in {"sip", "sips"} or "@" not in rest:
        return ""
    return rest.partition("@")[0].partition(":")[0].partition(";")[0]


def target_of(uri: str) -> tuple[str, int]:
    """The host and the UDP port that a sip URI names; 5060 where it names none. Nothing is resolved."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() != "sip":
        raise MessageError("not a sip URI")
    host_port = rest.rpartition("@")[2].partition(";")[0].partition("?")[0]
    return _host_port(host_port)


def _host_port(text: str) -> tuple[str, int]:
    found = _HOST_PORT.fullmatch(text.strip(" \t"))
    if not found:
        raise MessageError("no host and port")
    port = int(found[2] or 5060)
    if not 0 < port < 65536:
        raise MessageError("no UDP port")
    return found[1].strip("[]"), port


@dataclass(frozen=True, slots=True)
class Via:
    """The way back to a client: where it says it is, and its branch (RFC 3261, section 20.42)."""

    transport: str
    host: str
    port: int
    parameters: Parameters

    @property
    def branch(self) -> str:
        """Names the transaction."""
        return dict(self.parameters).get("branch", "")

    def way_back(self, source: tuple[str, int]) -> tuple[str, int]:
        """Where a response goes: RFC 3581 where the client asks for it, else RFC 3261, 18.2.2."""
        if "rport" in dict(self.parameters):
            return source
        return source[0], self.port


def via(value: str) -> Via:
    """Read one Via element."""
    found = _VIA.fullmatch(value)
    if not found:
        raise MessageError("a Via that is none")
    sent_by, _, rest = found[2].partition(";")
    host, port = _host_port(sent_by)
    return Via(found[1].upper(), host, port, parameters(rest))


def stamped(value: str, source: tuple[str, int]) -> str:
    """The topmost Via with the address the request came from (RFC 3581, section 4)."""
    parts = [f"rport={source[1]}" if part.lower() == "rport" else part for part in split(value, ";")]
    return ";".join([*parts, f"received={source[0]}"])


def cseq(value: str) -> tuple[int, str]:
    """The sequence number and the method of a CSeq header."""
    found = _CSEQ.fullmatch(value)
    if not found:
        raise MessageError("a CSeq that is none")
    return int(found[1]), found[2]


def digest(value: str) -> dict[str, str]:
    """The fields of a Digest challenge or of its answer; empty where the scheme is another."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {name.lower(): quoted or plain for name, quoted, plain in _DIGEST.findall(rest)}
