"""What a SIP address and its parts may be. A complaint never repeats the text: it may be a secret."""

import ipaddress
import re
import string
from typing import Annotated

from pydantic import AfterValidator

from .texts import allowed, made_of

_HOST_AND_PORT = re.compile(r"(?P<host>[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_URI_USER = re.compile(r"([A-Za-z0-9_.!~*'()&=+$,/-]|%(?![01]|7[Ff])[0-9A-Fa-f]{2})+")
_URI_PARAMETERS = {"transport=udp", "user=phone"}
_NUMBER = re.compile(r"\+?[A-Za-z0-9._*#-]+")


def is_number(text: str) -> bool:
    """Tell whether a text can be dialled: a + stands at the start or nowhere."""
    return _NUMBER.fullmatch(text) is not None


def _host(text: str) -> str:
    if ";" in text:
        raise ValueError("carries parameters: write the host alone; transport says how SIP goes")
    if text.lower().startswith(("sip:", "sips:")):
        raise ValueError("is a URI: write the host alone, without sip:")
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None:
        raise ValueError("is IPv6, which the station does not speak" if "[" in text else "is not a host")
    if match["port"] is not None and not 1 <= int(match["port"]) <= 65535:
        raise ValueError("has a port that is not between 1 and 65535")
    _check_host(match["host"])
    return text


def _check_host(host: str) -> None:
    labels = host.split(".")
    try:
        if labels[-1].isdigit():
            ipaddress.IPv4Address(host)
    except ValueError:
        raise ValueError("is not an IP address: one of its numbers is missing or wrong") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("is not a host name")


def _ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("is not an IPv4 address") from None


def _network(text: str) -> str:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError:
        raise ValueError("is no IPv4 network, which is written by its first address") from None


def _sip_user(text: str) -> str:
    return made_of(text, r"A-Za-z0-9_.!~*'+-")


def _auth_user(text: str) -> str:
    return made_of(text, r"!#-\[\]-~")


def _keys(text: str) -> str:
    return made_of(text, "0-9*#") if text else text


def _line(text: str) -> str:
    made_of(text, r"A-Za-z0-9._*#+-")
    if not is_number(text):
        raise ValueError("holds a + that is not its first character")
    return text


def _template(text: str) -> str:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError("has a brace without its partner") from None
    fields = [part for part in parts if part[1] is not None]
    if any(name not in {"prefix", "line"} or spec or conversion for _, name, spec, conversion in fields):
        raise ValueError("holds braces around something other than prefix or line")
    if [name for _, name, _, _ in fields].count("line") != 1:
        raise ValueError("must hold {line} exactly once")
    made_of("".join(part[0] for part in parts) or "0", r"A-Za-z0-9._*#+-")
    return text


def _uri(text: str) -> str:
    scheme, _, rest = text.partition(":")
    if scheme.lower() == "sips":
        raise ValueError("asks for TLS (sips:): write sip:, and the account's transport says how SIP goes")
    if scheme.lower() != "sip":
        raise ValueError("does not begin with sip:")
    if "?" in rest:
        raise ValueError("carries headers (behind a ?), which are not allowed")
    address, *parameters = rest.split(";")
    if any(parameter.lower() not in _URI_PARAMETERS for parameter in parameters):
        raise ValueError("carries a parameter other than ;transport=udp or ;user=phone")
    user, at, host = address.rpartition("@")
    if ":" in user:
        raise ValueError("holds a password before the @: take it out")
    if "#" in user:
        raise ValueError("holds a #: write it as %23")
    if at and _URI_USER.fullmatch(user) is None:
        raise ValueError("holds something before the @ that a SIP URI cannot hold")
    _host(host)
    return text


Host = Annotated[str, AfterValidator(_host), allowed("a host name or an IPv4 address; :port may follow")]
Ipv4 = Annotated[
    str, AfterValidator(_ipv4), allowed("an IPv4 address of this machine; 0.0.0.0 for all of them")
]
Network = Annotated[str, AfterValidator(_network)]
SipUser = Annotated[str, AfterValidator(_sip_user), allowed("letters, digits and _ . ! ~ * ' + -")]
AuthUser = Annotated[
    str, AfterValidator(_auth_user), allowed('letters, digits and signs, no space, no " and no \\')
]
Keys = Annotated[str, AfterValidator(_keys), allowed('keys of a telephone (0-9 * #); "" for a plain call')]
Line = Annotated[
    str, AfterValidator(_line), allowed("letters, digits and . _ - * #, with a + at most at the start")
]
Template = Annotated[
    str, AfterValidator(_template), allowed("{line} once, {prefix}, and characters of a number")
]
SipUri = Annotated[
    str,
    AfterValidator(_uri),
    allowed("sip:user@host or sip:user@host:port; ;transport=udp and ;user=phone may follow"),
]
