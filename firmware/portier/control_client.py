"""Speaks to the running station over its control socket, and waits for each answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portier.adapters.control.protocol import PROTOCOL, Do, encode
from portier.errors import ControlError

_ANSWER_S = 5.0
_LONGEST_LINE_BYTES = 1024 * 1024


class ControlClient:
    """A connection to a station. Use as a context manager; everything raises ControlError when it cannot."""

    def __init__(self, path: Path, answer_s: float = _ANSWER_S) -> None:
        """`answer_s` is how long the station may take for each answer."""
        self.path = path
        self.version = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._answer_s = answer_s
        self._received = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        try:
            self._connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the station."""
        self._received.close()
        self._socket.close()

    def ask(self, do: Do, **names: str | None) -> dict[str, Any]:
        """Send a request; the reply, whatever it says. `names` is the button or door, None when left out."""
        request: dict[str, Any] = {"do": do} | {key: name for key, name in names.items() if name is not None}
        try:
            self._socket.sendall(encode(request))
        except ConnectionError:
            # It has closed; why, it may have said before.
            pass
        except OSError as error:
            raise self._lost(error) from error
        reply = self._next()
        if not isinstance(reply.get("ok"), bool):
            raise self._stranger()
        return reply

    def events(self) -> Iterator[dict[str, Any]]:
        """Follow the station's events for ever, beginning with the present state."""
        reply = self.ask(Do.EVENTS)
        if not reply["ok"]:
            raise ControlError(f"control: the station at {self.path} refused: {reply.get('error')}")
        yield from self.follow()

    def follow(self) -> Iterator[dict[str, Any]]:
        """Each event that comes from now on, for ever."""
        self._socket.settimeout(None)
        while True:
            event = self._next()
            if "event" not in event:
                raise self._stranger()
            yield event

    def _connect(self) -> None:
        self._socket.settimeout(self._answer_s)
        try:
            self._socket.connect(str(self.path))
        except OSError as error:
            raise ControlError(
                f"control: no station answers at {self.path}: {error.strerror or error}; "
                'is "portier run" running, and may this user open the socket?'
            ) from error
        greeting = self._next()
        if greeting.get("ok") is False:
            raise ControlError(f"control: the station at {self.path} refused: {greeting.get('error')}")
        if not isinstance(greeting.get("portier"), str):
            raise self._stranger()
        if greeting.get("protocol") != PROTOCOL:
            raise ControlError(
                f"control: the station at {self.path} speaks protocol {greeting.get('protocol')} and this "
                f"command {PROTOCOL}: use the portier command of the station's version {greeting['portier']}"
            )
        self.version = greeting["portier"]

    def _next(self) -> dict[str, Any]:
        try:
            line = self._received.readline(_LONGEST_LINE_BYTES)
        except OSError as error:
            raise self._lost(error) from error
        if not line.endswith(b"\n"):
            raise self._stranger() if line else self._lost(None)
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise self._stranger() from None
        if not isinstance(message, dict):
            raise self._stranger()
        return message

    def _lost(self, error: OSError | None) -> ControlError:
        if isinstance(error, TimeoutError):
            return ControlError(
                f"control: the station at {self.path} gave no answer within {self._answer_s:g} s; "
                "its log says what it is doing"
            )
        reason = f": {error.strerror or error}" if error else ""
        return ControlError(
            f"control: the station at {self.path} closed the connection{reason}; its log says why"
        )

    def _stranger(self) -> ControlError:
        return ControlError(
            f"control: who answers at {self.path} is no station; name the station's socket with --socket PATH"
        )
