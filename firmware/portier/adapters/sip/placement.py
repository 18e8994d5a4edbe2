"""How a leg leaves: in its turn, when PJSIP has room for it, by the way that works."""

from __future__ import annotations

import errno
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from portier.adapters.sip.accounts import Accounts
from portier.adapters.sip.auto_answer import header
from portier.adapters.sip.failover import Failover, Send
from portier.adapters.sip.legs import Legs, Lost
from portier.adapters.sip.objects import pj
from portier.adapters.sip.settings import max_calls
from portier.adapters.sip.strangers import Strangers
from portier.core.events import CallEnded, EndReason
from portier.core.rules import AutoAnswer
from portier.ports import Post

_log = logging.getLogger(__name__)
_TOO_MANY_CALLS = 70010
"""PJ_ETOOMANY. PJSIP reports a call as over before its slot is free, so only trying tells."""
_PORT_TAKEN = 120000 + errno.EADDRINUSE
"""PJ_STATUS_FROM_OS. The ports for sound that PJSIP drew are somebody's; it draws others."""
_SLOT_WAIT_S = 2.0
"""By so much longer than a call that was hung up holds its slot when nobody confirms
(`switches.give_up_soon`)."""
_UNSENT = Lost(EndReason.UNREACHABLE, 0, heard=False, invite=None)
_MOST_AT_A_TIME, _TIME_S = 20, 0.6
"""A call that ends leaves its two sockets in PJSIP's closing list for half a second. The published build has
64 in all, and aborts for want of one: a list whose telephones all refuse at once would get there."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A leg that has not left yet."""

    leg: int
    uri: str
    auto_answer: AutoAnswer
    until_s: float


class Placement:
    """Places legs, in order; strangers give way to them. All on the SIP thread.

    Posts CallEnded for a leg that never left. `submit` runs a command on the SIP thread, `send` sends a
    datagram from its socket.
    """

    def __init__(
        self,
        accounts: Accounts,
        strangers: Strangers,
        post: Post,
        submit: Callable[[Callable[[], None]], None],
        send: Send,
        answer_timeout_s: float,
    ) -> None:
        self._strangers = strangers
        self._post = post
        self._submit = submit
        self._failover = Failover(accounts, self._place_anew, send)
        self._legs: Legs | None = None
        self._slot_wait_s = answer_timeout_s + _SLOT_WAIT_S
        self._waiting: deque[_Waiting] = deque()
        self._placed_s: deque[float] = deque(maxlen=_MOST_AT_A_TIME)
        self._most_calls = max_calls()

    def connect(self, legs: Legs) -> None:
        """Name the keeper of the legs that have left."""
        self._legs = legs

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def restless(self) -> bool:
        """Whether there is something to do soon."""
        return bool(self._waiting) or self._failover.restless

    def place(self, leg: int, uri: str, auto_answer: AutoAnswer) -> None:
        """Send the INVITE of a leg, at once where there is room."""
        now_s = time.monotonic()
        self._waiting.append(_Waiting(leg, uri, auto_answer, now_s + self._slot_wait_s))
        self._place_waiting(now_s)

    def tend(self, now_s: float) -> None:
        """Place what waits, and repeat a CANCEL that is due."""
        self._place_waiting(now_s)
        self._failover.tend(now_s)

    def lost(self, leg: int, lost: Lost, now_s: float) -> bool:
        """A leg is over that nobody heard ring; whether it is placed anew."""
        return self._failover.lost(leg, lost, now_s)

    def give_up(self, leg: int) -> None:
        """Hung up before it left, or between two ways."""
        waits = any(waiting.leg == leg for waiting in self._waiting)
        self._waiting = deque(waiting for waiting in self._waiting if waiting.leg != leg)
        if waits or self._failover.between(leg):
            self._end(leg, EndReason.HUNG_UP)
        self._failover.forget(leg)

    def clear(self) -> None:
        """Forget what waits: SIP ends."""
        self._waiting.clear()

    def _place_waiting(self, now_s: float) -> None:
        while self._waiting and self._place_first(now_s):
            pass

    def _place_first(self, now_s: float) -> bool:
        """Place the leg that waits longest, or give it up; False while it has to wait on."""
        waiting, legs = self._waiting[0], self._legs
        if legs is None or self._too_soon(now_s):
            return False
        if self._strangers and len(legs) + len(self._strangers) >= self._most_calls:
            self._strangers.refuse_oldest()
        way = self._failover.way(waiting.leg, waiting.uri, waiting.auto_answer)
        if way is not None and self._failover.end_silent(way):
            return False
        self._waiting.popleft()
        if way is None:
            _log.warning("sip: call %d has nowhere to go: its target's name has no address yet", waiting.leg)
            self._end(waiting.leg, EndReason.UNREACHABLE)
            return True
        self._placed_s.append(now_s)
        self._failover.takes(waiting.leg, way)
        try:
            legs.invite(waiting.leg, way, header(waiting.auto_answer, waiting.uri))
        except pj.Error as error:
            return self._refused(waiting, error, now_s)
        return True

    def _too_soon(self, now_s: float) -> bool:
        full = len(self._placed_s) == self._placed_s.maxlen
        return full and now_s - self._placed_s[0] < _TIME_S

    def _refused(self, waiting: _Waiting, error: pj.Error, now_s: float) -> bool:
        """PJSIP does not place a leg; whether the next may be tried at once."""
        gives_way = error.status == _TOO_MANY_CALLS and len(self._strangers) > 0
        no_room = error.status in (_TOO_MANY_CALLS, _PORT_TAKEN)
        if gives_way or (no_room and now_s < waiting.until_s):
            self._failover.gives_back(waiting.leg)
            self._waiting.appendleft(waiting)
            if gives_way:
                self._strangers.refuse_oldest()
            return gives_way
        _log.warning("sip: cannot send the INVITE of call %d: %s", waiting.leg, error.reason)
        # Want of room is no account's fault.
        if no_room or not self._failover.lost(waiting.leg, _UNSENT, now_s):
            self._end(waiting.leg, EndReason.UNREACHABLE)
        return True

    def _place_anew(self, leg: int, uri: str, auto_answer: AutoAnswer) -> None:
        """Soon: PJSIP is in the middle of ending its call."""

        def place() -> None:
            # Hung up meanwhile, it has ended already.
            if self._failover.between(leg):
                self.place(leg, uri, auto_answer)

        self._submit(place)

    def _end(self, leg: int, reason: EndReason) -> None:
        """A leg that has no call is over."""
        self._failover.forget(leg)
        self._post(CallEnded(leg, reason, at_s=time.monotonic()))
