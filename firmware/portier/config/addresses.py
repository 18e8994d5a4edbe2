"""What a SIP address and its parts may be. A complaint never repeats the text: it may be a secret."""

import ipaddress
import re
import string
from typing import Annotated

from pydantic import AfterValidator

from .texts import allowed, made_of

_HOST_AND_PORT = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[^\[\]]*\])(:(?P<port>[0-9]{1,5}))?")
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
        bare = text.count(":") > 1 and "[" not in text
        raise ValueError("is an IPv6 address without the brackets around it" if bare else "is not a host")
    if match["port"] is not None and not 1 <= int(match["port"]) <= 65535:
        raise ValueError("has a port that is not between 1 and 65535")
    host = match["host"]
    if not host.startswith("["):
        _check_host(host)
        return text
    return f"[{_ipv6(host[1:-1])}]{text.removeprefix(host)}"


def _ipv6(text: str) -> str:
    """An IPv6 address in its shortest form, by which it is compared."""
    if "%" in text:
        raise ValueError(
            "names an interface (behind a %), which no SIP address can: take another of its addresses"
        )
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise ValueError("is not an IPv6 address") from None
    if address.is_link_local:
        raise ValueError(
            "counts on one link alone (fe80::), and no SIP address tells which: take another of its addresses"
        )
    if address.ipv4_mapped is not None:
        raise ValueError("is an IPv4 address in the clothes of IPv6: write it as one of IPv4")
    return str(address)


def _check_host(host: str) -> None:
    labels = host.split(".")
    try:
        if labels[-1].isdigit():
            ipaddress.IPv4Address(host)
    except ValueError:
        raise ValueError("is not an IP address: one of its numbers is missing or wrong") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("is not a host name")


def _own_address(text: str) -> str:
    if ":" in text:
        bracketed = text.startswith("[") and text.endswith("]")
        return _ipv6(text[1:-1] if bracketed else text)
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("is not an IP address") from None


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise ValueError("is no IP network, which is written by its first address") from None


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
    return text.replace(host, _host(host))


Host = Annotated[
    str,
    AfterValidator(_host),
    allowed("a host name, an IPv4 address, or an IPv6 address in [ ]; :port may follow"),
]
OwnAddress = Annotated[
    str,
    AfterValidator(_own_address),
    allowed("an address of this machine; 0.0.0.0 for all of IPv4, :: for all of IPv6"),
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
