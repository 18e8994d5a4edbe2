"""A leg whose server says nothing is placed anew by another way, and nobody but the log notices.

No second telephone may ring while the first may still be answered. A server that was reached says so at once
(RFC 3261 section 17.2.1: 100 within 200 ms); one that has said nothing when PJSIP gives up may all the same
have got the INVITE, where only the way back is broken. So a CANCEL goes there first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from portier.adapters.sip.accounts import DIRECT, Accounts, Way
from portier.adapters.sip.legs import Lost
from portier.adapters.sip.wire import cancel_of
from portier.core.events import EndReason
from portier.core.rules import AutoAnswer

_log = logging.getLogger(__name__)
_SERVICE_UNAVAILABLE = 503
_MOST = 16
Send = Callable[[bytes, tuple[str, int]], None]
"""Sends a datagram from the SIP socket."""


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

    def __init__(self, accounts: Accounts, place: Callable[[int, str, AutoAnswer], None], send: Send) -> None:
        self._accounts = accounts
        self._place = place
        self._send = send
        self._trials: dict[int, _Trial] = {}

    def way(self, leg: int, uri: str, auto_answer: AutoAnswer) -> Way | None:
        """The way that a leg takes now; to be told by `takes` once it is on it."""
        trial = self._trials.setdefault(leg, _Trial(uri, auto_answer))
        if len(self._trials) > _MOST:
            del self._trials[next(iter(self._trials))]
        return self._accounts.way_to(uri, trial.tried)

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
        if not lost.heard:
            self._accounts.silent(way, now_s)
        elif lost.reason is EndReason.FORBIDDEN:
            self._accounts.refused(way, now_s)
        elif lost.status != _SERVICE_UNAVAILABLE:
            return False
        if way == DIRECT or self._accounts.way_to(trial.uri, trial.tried) is None:
            return False
        why = f"refused ({lost.status})" if lost.heard else "no answer at all"
        _log.warning("sip: call %d, account %s: %s; trying the next", leg, way, why)
        if lost.invite and not lost.heard:
            self._cancel(*lost.invite)
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

    def _cancel(self, invite: str, sent_to: str) -> None:
        host, _, port = sent_to.rpartition(":")
        message = cancel_of(invite)
        if message and port.isdigit():
            self._send(message, (host, int(port)))
