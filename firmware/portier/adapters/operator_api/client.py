"""The operator's client library: loaded at need, its requests, and what their failures mean.

Errors of the API: https://api.ovh.com, "errorCode" beside the HTTP status. 429 with Retry-After: RFC 6585.
"""

from __future__ import annotations

import configparser
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from portier.errors import (
    LibraryMissingError,
    LineUnknownError,
    OperatorAwayError,
    OperatorBusyError,
    OperatorError,
    OperatorKeyError,
)

from .keys import Keys

Say = Callable[[str], None]
Pause = Callable[[float], bool]
"""Waits for so many seconds; false where the wait was ended: nothing more is wanted."""

_TIMEOUTS_S = (5.0, 20.0)
_TRIES = 3
_AGAIN_S = 1.0
_MOST_WAITS = 10
_USUAL_WAIT_S = 10.0
_LONGEST_WAIT_S = 300.0
_SHOWN_LENGTH = 160
_TOO_MANY = 429


class Response(Protocol):
    """An answer, as `requests` gives it."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def json(self) -> Any:
        """What the body says; ValueError where it is no JSON."""
        ...


class OvhClient(Protocol):
    """What is used of `ovh.Client`, which has no types."""

    @property
    def time_delta(self) -> int:
        """Seconds that the operator's clock is ahead of this machine's."""
        ...

    def raw_call(self, method: str, path: str, data: object = None, need_auth: bool = True) -> Response:
        """Send a request, signed where `need_auth`; raises exceptions of `requests`."""
        ...


def make_client(keys: Keys) -> OvhClient:
    """Load the library and make its client. Raises LibraryMissingError and OperatorError."""
    try:
        import ovh
        import ovh.client
    except ModuleNotFoundError as error:
        raise LibraryMissingError(
            "line: the operator's client library is not here: "
            f"{sys.prefix}/bin/pip install 'ovh>=1.2,<2' (or the extra portier[ovh])"
        ) from error
    except configparser.Error as error:
        # It reads these when it is imported, whether they are wanted or not.
        raise OperatorError(
            "line: the operator's client cannot read its own configuration: look for ovh.conf here and in "
            "/etc, and for .ovh.conf at home"
        ) from error
    if "://" in keys.endpoint:
        ovh.client.ENDPOINTS[keys.endpoint] = keys.endpoint.rstrip("/")
    try:
        client: OvhClient = ovh.Client(
            endpoint=keys.endpoint,
            application_key=keys.application_key,
            application_secret=keys.application_secret,
            consumer_key=keys.consumer_key,
            timeout=_TIMEOUTS_S,
        )
    except ovh.exceptions.InvalidRegion as error:
        known = ", ".join(sorted(one for one in ovh.client.ENDPOINTS if "://" not in one))
        raise OperatorKeyError(f"line: no endpoint is called {keys.endpoint}: take {known}") from error
    except ovh.APIError as error:
        raise OperatorError(
            "line: the operator's client does not take these keys beside those of its own configuration: "
            "look for OVH_CLIENT_ID in the environment and in ovh.conf"
        ) from error
    return client


class Requests:
    """Requests to the operator, tried again where that helps. Raises OperatorError, which says what to do."""

    def __init__(self, client: OvhClient, say: Say, pause: Pause) -> None:
        """`say` is told of waits."""
        self._client = client
        self._say = say
        self._pause = pause
        self._clocks_compared = False

    def get(self, path: str) -> Any:
        """Read; asked again after a moment where the operator's servers or the network fail."""
        tries = _TRIES
        while True:
            tries -= 1
            try:
                return self._sent("GET", path, None)
            except _PassingError as error:
                if not tries or not self._pause(_AGAIN_S * (_TRIES - tries)):
                    raise error.meant from error

    def put(self, path: str, data: object) -> Any:
        """Write, once: whether it was done is for the caller to look at.

        Raises OperatorBusyError where that is to wait: what is to be written may be another by then.
        """
        try:
            response = self._answer("PUT", path, data, True)
            if response.status_code == _TOO_MANY:
                raise OperatorBusyError(_too_many("PUT", path), self._told_wait_s(response, "PUT", path))
            return _content(response, "PUT", path)
        except _PassingError as error:
            raise error.meant from error

    def post_unsigned(self, path: str, data: object) -> Any:
        """Ask for something that needs no consumer key."""
        try:
            return self._sent("POST", path, data, signed=False)
        except _PassingError as error:
            raise error.meant from error

    def _sent(self, method: str, path: str, data: object, *, signed: bool = True) -> Any:
        for _ in range(_MOST_WAITS):
            response = self._answer(method, path, data, signed)
            if response.status_code != _TOO_MANY:
                return _content(response, method, path)
            if not self._pause(self._told_wait_s(response, method, path)):
                raise OperatorError(f"line: {method} {path}: ended while it waited for the operator")
        raise OperatorError(_too_many(method, path))

    def _told_wait_s(self, response: Response, method: str, path: str) -> float:
        """How long the operator asks to wait, which is told; raises OperatorError where that is too long."""
        wait_s = _wait_s(response)
        if wait_s > _LONGEST_WAIT_S:
            raise OperatorError(_too_many(method, path), refused=True)
        self._say(f"too many requests: the operator asks to wait {wait_s:.0f} s")
        return wait_s

    def _answer(self, method: str, path: str, data: object, signed: bool) -> Response:
        import ovh
        import ovh.client
        import urllib3.exceptions

        try:
            if signed and not self._clocks_compared:
                self._compare_clocks()
            return self._client.raw_call(method, path, data, signed)
        except (
            ovh.client.RequestException,
            ovh.exceptions.HTTPError,
            urllib3.exceptions.LocationParseError,
        ) as error:
            raise _PassingError(
                OperatorAwayError(
                    f"line: {method} {path}: the operator's API cannot be reached "
                    f"({_network_words(error)}): check the network and its name server"
                )
            ) from error
        except (ovh.APIError, RecursionError) as error:
            # Of /auth/time alone, which the client asks for by itself.
            refused: Response | None = getattr(error, "response", None)
            if refused is not None:
                return refused
            meant = OperatorError(f"line: GET /auth/time: {_cut(str(error))}: try again later")
            raise _PassingError(meant) from error

    def _compare_clocks(self) -> None:
        try:
            ahead_s = self._client.time_delta
        except (TypeError, AttributeError) as error:
            raise OperatorError("line: GET /auth/time: the operator told no time: try again later") from error
        self._clocks_compared = True
        if abs(ahead_s) > 60:
            self._say(
                f"the operator's clock is {abs(ahead_s)} s {'ahead of' if ahead_s > 0 else 'behind'} this "
                "machine's: signed by its clock; \"portier doctor\" looks at this machine's"
            )


class _PassingError(Exception):
    """What may be better in a moment; `meant` is what it is where it is not."""

    def __init__(self, meant: OperatorError) -> None:
        super().__init__(str(meant))
        self.meant = meant


def _content(response: Response, method: str, path: str) -> Any:
    status = response.status_code
    try:
        body = response.json() if status != 204 else None
    except (ValueError, RecursionError):
        body = None if status >= 400 else _NO_JSON
    if 200 <= status < 300 and body is not _NO_JSON:
        return body
    told = body if isinstance(body, Mapping) else {}
    code = told.get("errorCode")
    said = told.get("message")
    what = f"line: {method} {path}: {_cut(said) if isinstance(said, str) else 'no reason given'} ({status})"
    if status >= 500 or body is _NO_JSON:
        where = "the operator's servers fail" if status >= 500 else "what came is no answer of the API"
        raise _PassingError(OperatorError(f"{what}: {where}: try again later"))
    if status == 404:
        raise LineUnknownError(f"{what}: the operator knows no such line: was it moved, or cancelled?")
    if status in (401, 403) or code in _OF_KEYS:
        raise OperatorKeyError(f"{what}: {_key_advice(code, method)}")
    raise OperatorError(f"{what}: the customer area is the other way to do it", refused=400 <= status < 500)


_NO_JSON = object()
_OF_KEYS = ("INVALID_SIGNATURE", "INVALID_KEY", "INVALID_CREDENTIAL", "QUERY_TIME_OUT")


def _key_advice(code: object, method: str) -> str:
    match code:
        case "NOT_GRANTED_CALL" if method == "PUT":
            return 'the key may only read: ask for one that may write with "portier line login --write"'
        case "NOT_GRANTED_CALL":
            return 'the key does not allow this: ask for another with "portier line login"'
        case "QUERY_TIME_OUT":
            return "this machine's clock was set meanwhile: the same command again compares it anew"
        case "INVALID_KEY" | "INVALID_SIGNATURE":
            return (
                'the application\'s key or secret is wrong, or was removed: "portier line login --new" asks '
                "for both"
            )
        case _:
            return (
                "the key was not validated yet, has expired or was revoked: open its validation address, or "
                'ask for another with "portier line login"'
            )


def _too_many(method: str, path: str) -> str:
    return (
        f"line: {method} {path}: too many requests (429), again and again, or for longer than "
        f"{_LONGEST_WAIT_S:.0f} s: try again later"
    )


def _wait_s(response: Response) -> float:
    text = response.headers.get("Retry-After", "")
    return max(1.0, float(text)) if text.isascii() and text.isdecimal() else _USUAL_WAIT_S


def _network_words(error: BaseException) -> str:
    """Only the kind: its text has the whole URL, and a proxy's password."""
    inner = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], BaseException) else error
    return type(inner).__name__


def _cut(text: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text)
    return shown if len(shown) <= _SHOWN_LENGTH else f"{shown[: _SHOWN_LENGTH - 3]}..."
