"""A leg whose server says nothing is placed anew by another way, and nobody but the log notices.

No second telephone may ring while the first may still be answered. A server that was reached says so at once
(RFC 3261 section 17.2.1: 100 within 200 ms); one that has said nothing when PJSIP gives up may all the same
have got the INVITE, where only the way back is broken. So a CANCEL goes there first: by UDP, and again a few
times; by TCP or TLS into the same connection, where whoever reads the INVITE reads it next. PJSIP sends none
by itself: its transaction is over, and one that was never answered may not be cancelled (RFC 3261 section
9.1). Where none can be sent, as by a connection that has ended, the leg is not placed anew.

A CANCEL comes too late for a telephone that has answered by itself meanwhile, unheard: it gets no ACK, and
gives up after 32 s (RFC 3261 section 13.3.1.4). PJSIP knows the call no more then, and cannot end it sooner.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from portier.adapters.sip.accounts import DIRECT, Way
from portier.adapters.sip.legs import Lost
from portier.adapters.sip.wire import cancel_of, transport_of
from portier.core.events import EndReason
from portier.core.rules import AutoAnswer
from portier.hosts import split

_log = logging.getLogger(__name__)
_SERVICE_UNAVAILABLE = 503
_MOST = 16
_CANCEL_AGAIN_S = (0.2, 0.5)
_NEVER_CONNECTED = ("connection refused", "no route to host", "network is unreachable")
"""Why a connection did not come about, in the C library's words: nothing was sent by it."""
Send = Callable[[bytes, tuple[str, int], str], bool]
"""Sends a message from the SIP socket, or by "tcp" or "tls" into the connection there is; whether it could.
"""


class Ways(Protocol):
    """What is asked of the accounts."""

    def way_to(self, uri: str, tried: Collection[str] = ()) -> Way | None: ...
    def silent(self, way: str, now_s: float) -> None: ...
    def refused(self, way: str, now_s: float) -> None: ...
    def connected(self, way: str) -> bool: ...
    def end_silent(self, way: str = "") -> bool: ...


@dataclass(slots=True)
class _Trial:
    """Where a leg is to go, and by which ways it went; `between` while it is placed anew."""

    uri: str
    auto_answer: AutoAnswer
    tried: list[str] = field(default_factory=list)
    between: bool = False


class Failover:
    """Finds the way of each leg, and the next one; of the last few legs. All on the SIP thread.

    `place` places a leg anew, soon, on the same thread.
    """

    def __init__(self, accounts: Ways, place: Callable[[int, str, AutoAnswer], None], send: Send) -> None:
        self._accounts = accounts
        self._place = place
        self._send = send
        self._trials: dict[int, _Trial] = {}
        self._cancels: list[tuple[float, bytes, tuple[str, int]]] = []

    def way(self, leg: int, uri: str, auto_answer: AutoAnswer) -> Way | None:
        """The way that a leg takes now; to be told by `takes` once it is on it."""
        trial = self._trials.setdefault(leg, _Trial(uri, auto_answer))
        if len(self._trials) > _MOST:
            del self._trials[next(iter(self._trials))]
        return self._accounts.way_to(uri, trial.tried)

    def end_silent(self, way: Way) -> bool:
        """End a connection of that way that went silent; whether there was one. PJSIP learns of it soon."""
        return self._accounts.end_silent(way.name)

    def takes(self, leg: int, way: Way) -> None:
        """Its INVITE leaves that way."""
        if trial := self._trials.get(leg):
            trial.tried.append(way.name)
            trial.between = False

    def gives_back(self, leg: int) -> None:
        """It could not leave yet: the same way is to be tried again."""
        if (trial := self._trials.get(leg)) and trial.tried:
            trial.tried.pop()

    def lost(self, leg: int, lost: Lost, now_s: float) -> bool:
        """A leg is over that nobody heard ring; whether it is placed anew."""
        trial = self._trials.get(leg)
        if trial is None or not trial.tried:
            return False
        way = trial.tried[-1]
        # Before it is silent: that leads its account elsewhere, and soon ends the connection.
        connected = self._accounts.connected(way)
        if not lost.heard:
            self._accounts.silent(way, now_s)
        elif lost.reason is EndReason.FORBIDDEN:
            self._accounts.refused(way, now_s)
        elif lost.status != _SERVICE_UNAVAILABLE:
            return False
        elif not lost.told:
            # PJSIP's own: the connection has ended, and whoever was called may ring on.
            self._accounts.silent(way, now_s)
            self._accounts.end_silent()
            return False
        if way == DIRECT or self._accounts.way_to(trial.uri, trial.tried) is None:
            self._accounts.end_silent()
            return False
        why = f"refused ({lost.status})" if lost.heard else "no answer at all"
        if not lost.heard and not self._taken_back(lost, connected, now_s):
            text = "sip: call %d, account %s: %s; it may ring all the same: the next is not called"
            _log.warning(text, leg, way, why)
            self._accounts.end_silent()
            return False
        _log.warning("sip: call %d, account %s: %s; trying the next", leg, way, why)
        trial.between = True
        self._place(leg, trial.uri, trial.auto_answer)
        return True

    def between(self, leg: int) -> bool:
        """Whether a leg is about to be placed anew."""
        trial = self._trials.get(leg)
        return trial is not None and trial.between

    def forget(self, leg: int) -> None:
        """A leg is over."""
        self._trials.pop(leg, None)

    @property
    def restless(self) -> bool:
        """Whether a CANCEL is to be repeated soon."""
        return bool(self._cancels)

    def tend(self, now_s: float) -> None:
        """Repeat a CANCEL that is due: a datagram may be lost."""
        for one in [one for one in self._cancels if now_s >= one[0]]:
            self._cancels.remove(one)
            self._send(one[1], one[2], "udp")

    def _taken_back(self, lost: Lost, connected: bool, now_s: float) -> bool:
        """Whether an INVITE that nobody answered was cancelled, or never left."""
        if lost.invite is None:
            return True
        invite, sent_to = lost.invite
        transport = transport_of(invite)
        if transport in ("tcp", "tls"):
            if lost.status == _SERVICE_UNAVAILABLE:
                return lost.why.lower().startswith(_NEVER_CONNECTED)
            if not connected:
                return True
        message, (host, port) = cancel_of(invite), split(sent_to)
        if not message or not port.isdigit() or not self._send(message, (host, int(port)), transport):
            return False
        if transport == "udp":
            again_s = [now_s + after_s for after_s in _CANCEL_AGAIN_S]
            self._cancels += [(due_s, message, (host, int(port))) for due_s in again_s]
        return True
