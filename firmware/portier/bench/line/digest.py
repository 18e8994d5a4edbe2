"""Digest authentication as a registrar asks for it: MD5, with or without qop (RFC 2617, section 3.2)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import Enum

from .headers import digest as fields_of
from .message import Header, Request


class Verdict(Enum):
    """What a request's credentials are worth."""

    GOOD = "good"
    MISSING = "missing"
    STALE = "stale"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Who may come in. `status` is 401 (a registrar or a phone) or 407 (a proxy)."""

    user: str
    password: str = field(repr=False)
    realm: str = "bench"
    status: int = 401
    nonce_length: int = 32
    qop: bool = True


class Guard:
    """Hands out nonces and judges what comes back."""

    def __init__(self) -> None:
        self._nonces: set[str] = set()

    def ask(self, challenge: Challenge, *, stale: bool = False) -> Header:
        """A fresh challenge, as the header of a 401 or 407."""
        nonce = secrets.token_hex(challenge.nonce_length)[: challenge.nonce_length]
        self._nonces.add(nonce)
        text = f'Digest realm="{challenge.realm}", nonce="{nonce}", algorithm=MD5'
        text += ', qop="auth"' if challenge.qop else ""
        text += ", stale=true" if stale else ""
        return ("WWW-Authenticate" if challenge.status == 401 else "Proxy-Authenticate"), text

    def judge(self, challenge: Challenge, request: Request) -> Verdict:
        """Compare a request's credentials with the password."""
        name = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        for value in request.values(name):
            given = fields_of(value)
            if given.get("realm") != challenge.realm:
                continue
            if given.get("nonce", "") not in self._nonces:
                return Verdict.STALE
            right = given.get("username") == challenge.user and secrets.compare_digest(
                given.get("response", "").encode("utf-8", "surrogateescape"),
                expected(given, challenge.password, request.method).encode(),
            )
            return Verdict.GOOD if right else Verdict.WRONG
        return Verdict.MISSING


def expected(given: dict[str, str], password: str, method: str) -> str:
    """The response that belongs to these fields (RFC 2617, section 3.2.2.1), in hexadecimal."""
    inside = _md5(given.get("username", ""), given.get("realm", ""), password)
    action = _md5(method, given.get("uri", ""))
    if given.get("qop"):
        middle = [given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
    else:
        middle = [given.get("nonce", "")]
    return _md5(inside, *middle, action)


def _md5(*parts: str) -> str:
    text = ":".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
