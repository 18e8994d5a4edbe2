"""Who calls: read from an INVITE, believed only of a registrar of ours. Nothing here is PJSIP's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from portier.hosts import split

_FOLD = re.compile(r"\r?\n[ \t]+")
_URI = re.compile(r"(?:sips?|tel):([^@;<>?\s\"]{1,64})", re.IGNORECASE)
_REQUEST = re.compile(r"INVITE sips?:([^@;<>?\s]{1,128})@[^ \r\n]+ SIP/2\.0\r?$", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMA = re.compile(r",(?![^<>]*>)")
_BRACKETED = re.compile(r"[^<]*<([^<>]*)>")
_NAMES = {
    "from": ("from", "f"),
    "to": ("to", "t"),
    "p-asserted-identity": ("p-asserted-identity",),
}
LEAST_APART_S = 1.0
"""Media have sockets, and PJSIP keeps a closed one for half a second: 64 abort the published build."""


@dataclass(frozen=True, slots=True)
class Invite:
    """What an INVITE says: whom it is for, and whose it is; empty where it does not say so clearly."""

    user: str
    numbers: tuple[str, ...]


class Home(Protocol):
    """An account, as far as a caller must meet it."""

    @property
    def user(self) -> str:
        """Its user name: what stands before the @ of a call for it."""
        ...

    def is_registrar(self, host: str, transport: str) -> bool:
        """Whether its registrar or proxy is at this address, and speaks to us by this transport."""
        ...


class Callers:
    """Tells who may call the station: an account's own registrar, for that account, with a number listed.

    P-Asserted-Identity (RFC 3325) counts where there is one, From otherwise: whoever passes for the registrar
    could write either.
    """

    def __init__(self, numbers: Iterable[str]) -> None:
        self._numbers = frozenset(numbers)
        self._latest_s = -LEAST_APART_S

    def learn(self, numbers: Iterable[str]) -> None:
        """These are listed from now on, and no others."""
        self._numbers = frozenset(numbers)

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def number_of(self, message: str, source: str, transport: str, home: Home) -> str | None:
        """The caller's number, where this account is to take the call; `source` is host and port."""
        host, port = split(source)
        if not port or not home.is_registrar(host, transport):
            return None
        invite = read(message)
        if invite is None or not invite.user or invite.user != home.user:
            return None
        return next((one for one in invite.numbers if one in self._numbers), None)

    def rested(self, now_s: float) -> bool:
        """Whether it is long enough ago that a call was taken."""
        return now_s - self._latest_s >= LEAST_APART_S

    def takes(self, now_s: float) -> None:
        """A call is taken."""
        self._latest_s = now_s


def read(message: str) -> Invite | None:
    """Read an INVITE that begins a call; None for every other message, and for one that is not clear."""
    head = _FOLD.sub(" ", message.partition("\r\n\r\n")[0])
    first, *lines = head.split("\n")
    request = _REQUEST.match(first)
    if request is None:
        return None
    values = {name: _values(lines, spelt) for name, spelt in _NAMES.items()}
    if len(values["from"]) != 1 or len(values["to"]) != 1 or ";tag=" in values["to"][0].lower():
        return None
    asserted = values["p-asserted-identity"]
    numbers = _numbers(asserted or values["from"])
    return Invite(request[1], numbers if asserted or len(numbers) == 1 else ())


def _values(lines: Iterable[str], spelt: Collection[str]) -> list[str]:
    fields = (line.partition(":") for line in lines)
    return [value.strip() for name, _, value in fields if name.strip().lower() in spelt]


def _numbers(values: Iterable[str]) -> tuple[str, ...]:
    """The user of each address; a display name and parameters, which anybody may choose, are left out."""
    addresses = (one for value in values for one in _COMMA.split(_QUOTED.sub("", value)))
    uris = (found[1] if (found := _BRACKETED.match(one)) else one for one in addresses)
    return tuple(found[1] for uri in uris if (found := _URI.match(uri.strip())))
