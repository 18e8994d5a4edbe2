"""Makes the record of each call from the events and facts that pass the loop. Decides nothing."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from portier.core.events import ButtonEdge, CallEnded, CallProgress, Event, PhoneReady, TimerFired
from portier.core.presses import waits
from portier.core.rules import ButtonRule
from portier.core.states import Calling, Incoming, Live, OutOfService, Ringing, State
from portier.core.timers import DebounceTimer
from portier.facts import EchoBy, Fact, FirstSound, PinChange, SipMessage, SoundReading, StreamReading
from portier.record.call_record import CallRecord
from portier.record.open_record import OpenRecord
from portier.record.words import line
from portier.status import call_word, sign_words

_log = logging.getLogger(__name__)
_EDGES_KEPT = 64
_BEFORE_S = 2.0
_LAST_FACTS_S = 0.3
"""What other threads measured before a call's end may arrive after it."""


class Recorder:
    """An observer of the runtime, on the loop alone.

    `clock` and `later` are the loop's, `wall` tells the time of day. A record is complete when its leg is
    over in SIP too: then it is `last`, its line goes to the log, and who watches is told. `prefix_uri` is how
    an address with the prefix begins; empty where none is dialled.
    """

    def __init__(
        self,
        buttons: Mapping[str, ButtonRule],
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], object],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        prefix_uri: str = "",
    ) -> None:
        self._buttons = buttons
        self._prefix_uri = prefix_uri
        self._clock = clock
        self._later = later
        self._wall = wall
        self._edges: deque[ButtonEdge] = deque(maxlen=_EDGES_KEPT)
        self._open: dict[int, OpenRecord] = {}
        self._newest: OpenRecord | None = None
        self._waiting_press = (0.0, 0.0)
        self._watchers: list[Callable[[], None]] = []
        self.last: CallRecord | None = None

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` whenever there is a new last record."""
        self._watchers.append(watcher)

    def saw(self, event: Event, before: State, after: State) -> None:
        """Take an event and what it changed."""
        if isinstance(event, ButtonEdge):
            self._edges.append(event)
        if waits(after) and not waits(before) and isinstance(after.call, OutOfService):
            self._waiting_press = self._press(event, after.call.waiting or "")
        if isinstance(before.call, Incoming) and self._newest and _another(before, after):
            self._newest.follow(event, before, after)
            self._newest = None
        if isinstance(after.call, Incoming) and not isinstance(before.call, Incoming):
            self._receive(event, after.call, before)
        if isinstance(after.call, Live) and (not isinstance(before.call, Live) or _visits(before, after)):
            self._begin(event, after.call, before)
        if self._newest:
            self._newest.follow(event, before, after)
            if isinstance(after.call, Calling | Ringing):
                # A leg that is over is not written to again.
                self._open |= {
                    one.leg: self._newest
                    for one in after.call.reach.legs
                    if one.leg > before.last_leg and after.call.visit == self._newest.record.leg
                }
            if _ends(before, after) and self._newest not in self._open.values():
                self._close(self._newest)
        if isinstance(event, CallProgress) and (one := self._open.get(event.leg)):
            one.progress(event)
        if isinstance(event, CallEnded) and event.leg in self._open:
            self._later(_LAST_FACTS_S, lambda: self._leg_over(event.leg))

    def learned(self, fact: Fact) -> None:
        """Take a fact."""
        if isinstance(fact, SipMessage | StreamReading):
            if one := self._open.get(fact.leg):
                one.learn(fact)
        elif isinstance(fact, EchoBy | SoundReading | FirstSound | PinChange) and self._newest:
            self._newest.learn(fact)

    def flush(self) -> None:
        """Complete every record that is open: the station stops."""
        for one in dict.fromkeys(self._open.values()):
            self._complete(one)
        self._open.clear()

    def _begin(self, event: Event, call: Live, before: State) -> None:
        pressed_s, debounce_s = self._press(event, call.button)
        begun_at = self._wall() - timedelta(seconds=self._clock() - pressed_s)
        record = CallRecord(
            call.visit, call.button, begun_at.isoformat(timespec="milliseconds"), debounce_s=debounce_s
        )
        record.states.append((0.0, call_word(before.call)))
        record.signs.append((0.0, sign_words(before)))
        self._newest = OpenRecord(record, pressed_s, event.at_s, self._prefix_uri)
        for edge in self._edges:
            if edge is not event and edge.at_s >= pressed_s - _BEFORE_S:
                self._newest.contact(edge)

    def _receive(self, event: Event, call: Incoming, before: State) -> None:
        """A call to the station begins."""
        begun_at = self._wall() - timedelta(seconds=self._clock() - event.at_s)
        record = CallRecord(call.leg, "", begun_at.isoformat(timespec="milliseconds"), caller=call.number)
        record.states.append((0.0, call_word(before.call)))
        record.signs.append((0.0, sign_words(before)))
        self._newest = self._open[call.leg] = OpenRecord(record, event.at_s, event.at_s)

    def _press(self, event: Event, button: str) -> tuple[float, float]:
        """When the press began that placed this call, and how long it had to last to count."""
        if isinstance(event, PhoneReady):
            return self._waiting_press
        by_contact = isinstance(event, TimerFired) and event.timer == DebounceTimer(button)
        closed = [edge.at_s for edge in self._edges if edge.button == button and edge.closed]
        if closed and by_contact:
            return closed[-1], self._buttons[button].debounce_s
        return event.at_s, 0.0

    def _leg_over(self, leg: int) -> None:
        one = self._open.pop(leg, None)
        if one and one.record.ended_s is not None and one not in self._open.values():
            self._complete(one)

    def _close(self, one: OpenRecord) -> None:
        """The visit is over, and so is each of its legs."""
        self._later(_LAST_FACTS_S, lambda: self._complete(one))

    def _complete(self, one: OpenRecord) -> None:
        if one.complete:
            return
        one.complete = True
        self.last = one.record
        try:
            _log.info("%s", line(one.record))
            for watcher in self._watchers:
                watcher()
        except Exception:  # noqa: BLE001 -- a record is not worth a station, and a timer of the loop calls this
            _log.exception("fault in the record of call %d", one.record.leg)


def _visits(before: State, after: State) -> bool:
    """Whether another visit has begun in the moment one was over."""
    return (
        isinstance(before.call, Live)
        and isinstance(after.call, Live)
        and before.call.visit != after.call.visit
    )


def _another(before: State, after: State) -> bool:
    """Whether a visit has begun in the moment a call to the station was over."""
    return isinstance(before.call, Incoming) and isinstance(after.call, Live)


def _ends(before: State, after: State) -> bool:
    return isinstance(before.call, Live) and not isinstance(after.call, Live)
