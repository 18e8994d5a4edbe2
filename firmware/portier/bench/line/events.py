"""What the line saw and did, in order, and how to wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from portier.errors import PortierError

from .clock import Instant
from .datagram import Peer
from .message import Request

Plain = str | int | float | bool


class LineError(PortierError):
    """The line did not start, ended by itself, or did not see in time what was waited for."""


class What(StrEnum):
    """The events of the line; the values are their names in the protocol of the process."""

    READY = "ready"
    REGISTER = "register"
    CHALLENGED = "challenged"
    INVITE = "invite"
    RINGING = "ringing"
    ANSWERED = "answered"
    ACKED = "acked"
    REINVITE = "reinvite"
    FIRST_AUDIO = "first_audio"
    DIGIT_SENT = "digit_sent"
    DIGIT_UNSENT = "digit_unsent"
    INFO = "info"
    INFO_ANSWERED = "info_answered"
    CANCEL = "cancel"
    BYE_ANSWERED = "bye_answered"
    ENDED = "ended"
    SAVED = "saved"
    STATUS = "status"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `call` counts the line's calls from 1, 0 where none is meant. No field holds a key."""

    what: What
    at: Instant
    call: int = 0
    details: Mapping[str, Plain] = field(default_factory=lambda: MappingProxyType({}))

    def plain(self) -> dict[str, Plain]:
        """As one flat object for JSON."""
        moment = {"at_ns": self.at.at_ns, "mono_ns": self.at.mono_ns}
        return {"event": self.what.value, **moment, "call": self.call, **self.details}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came: read, raw, from where, and when the kernel had it."""

    request: Request
    raw: bytes
    source: Peer
    at: Instant


class Log:
    """Events and requests, written by the line's threads and read by others."""

    def __init__(self, told: Callable[[Event], None] | None = None) -> None:
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._requests: list[Received] = []
        self._taken: set[int] = set()
        self._told = told

    def add(self, event: Event) -> None:
        """Write an event, wake who waits, and tell the listener."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
        if self._told is not None:
            self._told(event)

    def add_request(self, received: Received) -> None:
        """Write a request and wake who waits."""
        with self._changed:
            self._requests.append(received)
            self._changed.notify_all()

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event so far."""
        with self._changed:
            return tuple(self._events)

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, repetitions included."""
        with self._changed:
            return tuple(self._requests)

    def wait_for(self, *what: What, timeout_s: float) -> Event:
        """The first event of these kinds that was not handed out before; LineError when none comes."""
        until_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for index, event in enumerate(self._events):
                    if event.what in what and index not in self._taken:
                        self._taken.add(index)
                        return event
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    seen = ", ".join(event.what for event in self._events) or "nothing"
                    raise LineError(f"no {' or '.join(what)} within {timeout_s} s; seen: {seen}")

    def wait_request(self, method: str, count: int, timeout_s: float) -> Received:
        """The `count`-th request of a method, from 1; LineError when it does not come."""
        until_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                found = [received for received in self._requests if received.request.method == method]
                if len(found) >= count:
                    return found[count - 1]
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    raise LineError(f"{len(found)} of {count} {method} within {timeout_s} s")
