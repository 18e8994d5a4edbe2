"""Digest authentication as a registrar asks for it: MD5 or SHA-256, with or without qop (RFC 8760)."""

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
    """Who may come in. `status` is 401 (a registrar or a phone) or 407 (a proxy).

    Each of `algorithms` is a challenge of its own, the dearest first (RFC 8760 section 2.4).
    """

    user: str
    password: str = field(repr=False)
    realm: str = "bench"
    status: int = 401
    nonce_length: int = 32
    qop: bool = True
    algorithms: tuple[str, ...] = ("MD5",)


class Guard:
    """Hands out nonces and judges what comes back."""

    def __init__(self) -> None:
        self._nonces: set[str] = set()

    def ask(self, challenge: Challenge, *, stale: bool = False) -> tuple[Header, ...]:
        """Fresh challenges, as the headers of a 401 or 407."""
        return tuple(self._ask(challenge, algorithm, stale) for algorithm in challenge.algorithms)

    def _ask(self, challenge: Challenge, algorithm: str, stale: bool) -> Header:
        nonce = secrets.token_hex(challenge.nonce_length)[: challenge.nonce_length]
        self._nonces.add(nonce)
        text = f'Digest realm="{challenge.realm}", nonce="{nonce}", algorithm={algorithm}'
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
            if given.get("algorithm", "MD5") not in challenge.algorithms:
                continue
            right = given.get("username") == challenge.user and secrets.compare_digest(
                given.get("response", "").encode("utf-8", "surrogateescape"),
                expected(given, challenge.password, request.method).encode(),
            )
            return Verdict.GOOD if right else Verdict.WRONG
        return Verdict.MISSING


def expected(given: dict[str, str], password: str, method: str) -> str:
    """The response that belongs to these fields (RFC 7616, section 3.4.1), in hexadecimal."""
    digest = _sha256 if given.get("algorithm") == "SHA-256" else _md5
    inside = digest(given.get("username", ""), given.get("realm", ""), password)
    action = digest(method, given.get("uri", ""))
    if given.get("qop"):
        middle = [given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
    else:
        middle = [given.get("nonce", "")]
    return digest(inside, *middle, action)


def _md5(*parts: str) -> str:
    return hashlib.md5(_joined(parts), usedforsecurity=False).hexdigest()


def _sha256(*parts: str) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()


def _joined(parts: tuple[str, ...]) -> bytes:
    return ":".join(parts).encode("utf-8", "surrogateescape")
