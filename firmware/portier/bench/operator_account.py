"""A pretended account at the operator: billing accounts, lines, keys, and what the API says to a request.

Shapes and words are those of public descriptions of OVHcloud's API; of the live service it claims nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus

Answer = tuple[int, object]
"""The HTTP status, and what the body says."""

TOLERANCE_S = 60
_VERSION = "/1.0"


def line_options(number: str, **changed: object) -> dict[str, object]:
    """The options of a line as it is sold; `changed` are those that are otherwise."""
    forwards: dict[str, object] = {}
    for one in ("Backup", "Busy", "NoReply", "Unconditional"):
        forwards |= {f"forward{one}": False, f"forward{one}Nature": "number", f"forward{one}Number": None}
    return {
        "absentSubscriber": False,
        "anonymousCallRejection": False,
        "callRestrictionIncoming": False,
        "callRestrictionOutgoing": False,
        "callWaiting": True,
        "codecs": "g711a,g711u",
        "defaultVoicemail": number,
        "displayNumber": number,
        "doNotDisturb": False,
        "domain": "sip5.ovh.fr",
        **forwards,
        "forwardNoReplyDelay": 20,
        "identificationRestriction": False,
        "intercom": "no",
        "ipRestrictions": [],
        "language": "French",
        "lockOutCall": False,
        "lockOutCallPassword": None,
        "ringNumber": 6,
        **changed,
    }


@dataclass(slots=True)
class PretendedLine:
    """A line: its options, what its owner calls it, and its last registrations."""

    options: dict[str, object]
    description: str = ""
    registrations: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class ConsumerKey:
    """What a key may do, and whether its user has said so."""

    rules: list[tuple[str, str]]
    token: str
    state: str = "pendingValidation"


class OperatorAccount:
    """Answers requests. `ahead_s` is how far the operator's clock is ahead of this machine's.

    `spoil` is what a write changes beside what it was asked to; it stays until it is taken away.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.application_key = secrets.token_hex(8)
        self.application_secret = secrets.token_hex(16)
        self.accounts: dict[str, dict[str, PretendedLine]] = {}
        self.keys: dict[str, ConsumerKey] = {}
        self.ahead_s = 0.0
        self.spoil: dict[str, object] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def add(self, account: str, number: str, description: str = "", **options: object) -> PretendedLine:
        """A line of a billing account."""
        line = PretendedLine(line_options(number, **options), description)
        self.accounts.setdefault(account, {})[number] = line
        return line

    def grant(self, *rules: tuple[str, str]) -> str:
        """A key that is validated already; it may do all where no rules are named."""
        name = secrets.token_hex(16)
        self.keys[name] = ConsumerKey([*rules] or [("GET", "*"), ("PUT", "*")], "", "validated")
        return name

    def answer(
        self, method: str, url: str, path: str, headers: Mapping[str, str], body: bytes, base: str
    ) -> Answer:
        """What the API says to a request for `url`, whose path is `path`; it is reached at `base`."""
        with self._lock:
            if path == f"{_VERSION}/auth/time" and method == "GET":
                return HTTPStatus.OK, int(self._clock() + self.ahead_s)
            if path == "/auth/":
                return self._validated(url.partition("credentialToken=")[2])
            if headers.get("X-Ovh-Application") != self.application_key:
                return refused(403, "INVALID_KEY", "This application key is invalid")
            if path == f"{_VERSION}/auth/credential" and method == "POST":
                return self._asked_for(body, base)
            return self._unless_unsigned(method, url, headers, body) or self._telephony(
                method, path.removeprefix(_VERSION).split("/")[1:], body
            )

    def _asked_for(self, body: bytes, base: str) -> Answer:
        rules = [(one["method"], one["path"]) for one in json.loads(body)["accessRules"]]
        name, token = secrets.token_hex(16), secrets.token_hex(32)
        self.keys[name] = ConsumerKey(rules, token)
        address = f"{base}/auth/?credentialToken={token}"
        return HTTPStatus.OK, {"consumerKey": name, "state": "pendingValidation", "validationUrl": address}

    def _validated(self, token: str) -> Answer:
        for one in self.keys.values():
            if token and one.token == token:
                one.state = "validated"
                return HTTPStatus.OK, "the key counts from now on"
        return refused(404, "NOT_FOUND", "This token does not exist")

    def _unless_unsigned(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        """Why a request is not taken: its signature, its key, or its time; None where it is."""
        name, at = headers.get("X-Ovh-Consumer", ""), headers.get("X-Ovh-Timestamp", "")
        key = self.keys.get(name)
        if key is None or key.state != "validated":
            return refused(403, "INVALID_CREDENTIAL", "This credential is not valid")
        words = f"{self.application_secret}+{name}+{method}+{url}+{body.decode()}+{at}"
        right = "$1$" + hashlib.sha1(words.encode()).hexdigest()  # noqa: S324 -- so it is published
        if not hmac.compare_digest(right, headers.get("X-Ovh-Signature", "")):
            return refused(400, "INVALID_SIGNATURE", "Invalid signature")
        now_s = self._clock() + self.ahead_s
        if not at.isdecimal() or abs(int(at) - now_s) > TOLERANCE_S:
            return refused(403, "QUERY_TIME_OUT", "Query out of time")
        path = "/" + url.partition(f"{_VERSION}/")[2]
        if not any(method == verb and _allows(allowed, path) for verb, allowed in key.rules):
            return refused(403, "NOT_GRANTED_CALL", "This call has not been granted")
        return None

    def _telephony(self, method: str, names: list[str], body: bytes) -> Answer:
        match method, names:
            case "GET", ["telephony"]:
                return HTTPStatus.OK, [*self.accounts]
            case "GET", ["telephony", account, "line"] if account in self.accounts:
                return HTTPStatus.OK, [*self.accounts[account]]
            case _, ["telephony", account, "line", number, *what] if number in self.accounts.get(account, {}):
                return self._line(method, number, self.accounts[account][number], what, body)
            case _:
                return refused(404, "NOT_FOUND", "The requested object does not exist")

    def _line(self, method: str, number: str, line: PretendedLine, what: list[str], body: bytes) -> Answer:
        match method, what:
            case "GET", []:
                return HTTPStatus.OK, {"serviceName": number, "description": line.description}
            case "GET", ["options"]:
                return HTTPStatus.OK, dict(line.options)
            case "PUT", ["options"]:
                line.options.update(json.loads(body))
                line.options.update(self.spoil)
                return HTTPStatus.OK, None
            case "GET", ["lastRegistrations"]:
                return HTTPStatus.OK, list(line.registrations)
            case _:
                return refused(404, "NOT_FOUND", "The requested object does not exist")


def _allows(rule: str, path: str) -> bool:
    """Whether a rule is of a path: "*" of every one, elsewhere of one name, the narrower way to take it."""
    names, wanted = path.split("/"), rule.split("/")
    return rule == "*" or (len(names) == len(wanted) and all(map(fnmatchcase, names, wanted)))


def refused(status: int, code: str, words: str) -> Answer:
    """An error as the API tells it."""
    return status, {"errorCode": code, "httpCode": f"{status} {HTTPStatus(status).phrase}", "message": words}
