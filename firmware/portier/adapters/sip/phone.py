"""The station's phone: places and ends legs, and refuses strangers without being hindered by them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from portier.adapters.sip.accounts import Accounts
from portier.adapters.sip.objects import StationAccount, StationCall, pj
from portier.adapters.sip.settings import MAX_CALLS, SipSettings
from portier.adapters.sip.thread import SipThread
from portier.adapters.sip.wire import LARGEST_INVITE_BYTES, end_reason
from portier.core.events import CallEnded, CallPhase, CallProgress, Digit, EndReason, PhoneLost
from portier.errors import AudioError
from portier.facts import SipMessage
from portier.ports import Post, Tell, unheard

_log = logging.getLogger(__name__)
_KEYS = frozenset("0123456789*#ABCD")
_BUSY_HERE = 486
_TOO_MANY_CALLS = 70010
"""PJ_ETOOMANY. PJSIP reports a call as over before its slot is free, so only trying tells."""
_STRANGER_WAITS_S = 1.0
"""A stranger refused at once leaves its sockets in PJSIP's closing list: 32 in a burst abort the process."""
_SLOT_WAIT_S = 6.0
"""Longer than a call that was hung up holds its slot when nobody confirms (`switches.give_up_soon`)."""
_LEAVE_S = 1.0
_READ_EVERY_S = 0.5
_PRESS_FIRST_S = 0.003


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A call that no slot is free for yet."""

    leg: int
    uri: str
    until_s: float


class SipPhone:
    """`ports.Phone` over PJSIP, tenant of the SIP thread, keeper of PJSIP's own clock.

    Posts CallProgress, CallEnded, Digit, what Accounts posts, and PhoneLost at its end. Tells each SIP
    message of a leg, and what its stream has counted.
    """

    def __init__(
        self,
        settings: SipSettings,
        post: Post,
        on_fault: Callable[[Exception], None],
        tell: Tell = unheard,
    ) -> None:
        self._post = post
        self._tell = tell
        self._thread = SipThread(settings, self, on_fault)
        self._accounts = Accounts(settings, post, self._thread.submit, self._stranger)
        self._endpoint: Any = None
        self._sound_only: Any = None
        self._local_host = ""
        # A dead call object keeps its slot number: dropped after the slot is used again it would hang up
        # whichever call has it then. So these let go of a call in the very callback that says it is over.
        self._legs: dict[int, StationCall] = {}
        self._ending: set[int] = set()
        self._answered: set[int] = set()
        self._provisional: set[int] = set()
        self._read_s = 0.0
        self._strangers: dict[int, tuple[float, StationCall]] = {}
        self._last_stranger = 0
        self._waiting: _Waiting | None = None
        self._free_running = False
        self._without_card = False
        self.library = Path()
        self.master_port = 0

    def start(self) -> None:
        """Start SIP; see SipThread.start for what it raises."""
        self._thread.start()
        self._accounts.start()

    def go_online(self) -> None:
        """Register and take calls; PhoneReady is posted as soon as the next hop's address is known."""
        self._thread.submit(lambda: self._accounts.open(self._local_host))

    def stop(self, timeout_s: float) -> bool:
        """End every call, unregister, end PJSIP; False when it did not in time."""
        self._accounts.stop()
        return self._thread.stop(timeout_s)

    @property
    def beat_s(self) -> float:
        """When the SIP thread last showed life, in monotonic seconds."""
        return self._thread.beat_s

    # What the runtime asks, from its own thread.

    def place(self, leg: int, uri: str) -> None:
        """Send the INVITE of a new leg."""
        placed = threading.Lock()
        placed.acquire()

        def place() -> None:
            try:
                self._place(leg, uri)
            finally:
                placed.release()

        self._thread.submit(place)
        # Whatever else a press brings would keep the SIP thread from Python's lock meanwhile.
        placed.acquire(timeout=_PRESS_FIRST_S)

    def hang_up(self, leg: int) -> None:
        """End a leg by CANCEL or BYE; no fault if it is over."""
        self._thread.submit(partial(self._hang_up, leg))

    # What the media thread asks, from its own thread.

    def take_clock(self) -> None:
        """The sound card paces the media from now on: PJSIP's own clock is stopped first.

        Raises AudioError when the SIP thread does not get to that: two clocks must never drive one call.
        """
        if not self._wait_for(self._take_clock):
            raise AudioError("audio: the SIP thread did not give the call's clock within 1 s")

    def give_clock(self) -> None:
        """PJSIP paces the media by its own clock, so that the call and its digits live on without a card."""
        self._thread.submit(self._give_clock)

    # Tenant of the SIP thread.

    def move_in(self, endpoint: Any, library: Path, local_host: str) -> None:
        """PJSIP is up. No sound device: the media thread drives the master port."""
        self.library = library
        self._endpoint = endpoint
        self._local_host = local_host
        self._sound_only = pj.CallOpParam(True)
        self._sound_only.opt.audioCount, self._sound_only.opt.videoCount = 1, 0
        self.master_port = int(endpoint.audDevManager().setNoDev())

    def tend(self, now_s: float) -> None:
        """Refuse strangers who waited, place what waits."""
        self._place_waiting(now_s)
        for came_s, _ in list(self._strangers.values()):
            if now_s - came_s >= _STRANGER_WAITS_S:
                self._refuse_oldest_stranger()
        self._accounts.tend(now_s)
        self._mind_own_clock()
        if self._answered and now_s - self._read_s >= _READ_EVERY_S:
            self._read_s = now_s
            for leg in self._answered:
                self._read(leg, now_s)

    def idle(self) -> bool:
        """Whether no call object exists."""
        return not self._legs and not self._strangers and not self._waiting

    def move_out(self, poll: Callable[[int], None]) -> None:
        """Hang up, unregister, drop every pj object."""
        self._post(PhoneLost(at_s=time.monotonic()))
        for leg in list(self._legs):
            self._hang_up(leg)
        self._waiting = None
        self._accounts.unregister()
        until_s = time.monotonic() + _LEAVE_S
        while (self._legs or not self._accounts.left) and time.monotonic() < until_s:
            poll(10)
        # After the last poll: nobody new can come, and no call object may outlive libDestroy.
        while self._strangers:
            self._refuse_oldest_stranger()
        self._legs.clear()
        self._accounts.close()
        self._endpoint = self._sound_only = None

    # News from PJSIP's calls.

    def call_state(self, leg: int, state: int, status: int) -> None:
        """A leg's state, on the SIP thread."""
        now_s = time.monotonic()
        if leg <= 0:
            if state == pj.PJSIP_INV_STATE_DISCONNECTED:
                self._strangers.pop(leg, None)
            return
        if state == pj.PJSIP_INV_STATE_EARLY:
            self._post(CallProgress(leg, CallPhase.RINGING, at_s=now_s))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._answered.add(leg)
            self._tell(SipMessage(leg, True, "ACK", at_s=now_s))
            self._post(CallProgress(leg, CallPhase.ANSWERED, at_s=now_s))
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._read_last(leg)
            self._provisional.discard(leg)
            self._legs.pop(leg, None)
            self._ending.discard(leg)
            self._post(CallEnded(leg, end_reason(status), status, at_s=now_s))

    def digit(self, leg: int, key: str) -> None:
        """A key of a leg, on a media thread of PJSIP's or the SIP thread."""
        if leg > 0 and key in _KEYS:
            self._post(Digit(leg, key, at_s=time.monotonic()))

    def message(self, leg: int, sent: bool, text: str, size_bytes: int) -> None:
        """A SIP message of a leg left, or came."""
        if leg > 0:
            self._tell(SipMessage(leg, sent, text, at_s=time.monotonic()))
            if not sent and text.startswith("1"):
                self._provisional.add(leg)
            if not sent and text == "BYE":
                # When its state says that the call is over, its stream is gone.
                self._read_last(leg)
        if leg > 0 and text == "INVITE" and size_bytes > LARGEST_INVITE_BYTES:
            _log.warning(
                "sip: the INVITE of call %d has %d bytes and may be split into fragments, which some routers "
                "drop; shorten sip.display_name, or list fewer sip.codecs",
                leg,
                size_bytes,
            )

    # On the SIP thread.

    def _stranger(self, account: StationAccount, call_id: int) -> None:
        """A call from outside: kept for a moment, then refused. Its leg has a negative number."""
        self._last_stranger -= 1
        call = StationCall(account, self, self._last_stranger, call_id)
        self._strangers[self._last_stranger] = time.monotonic(), call

    def _place(self, leg: int, uri: str) -> None:
        now_s = time.monotonic()
        self._waiting = _Waiting(leg, uri, now_s + _SLOT_WAIT_S)
        self._place_waiting(now_s)

    def _place_waiting(self, now_s: float) -> None:
        """Place the call that waits, now or when a hung-up leg has left its slot."""
        waiting = self._waiting
        if waiting is None:
            return
        if len(self._legs) + len(self._strangers) >= MAX_CALLS and self._strangers:
            self._refuse_oldest_stranger()
        way = self._accounts.way_to(waiting.uri)
        if way is None:
            _log.warning("sip: call %d has nowhere to go: its target's name has no address yet", waiting.leg)
            self._end_waiting(waiting)
            return
        try:
            self._invite(waiting.leg, *way)
            self._waiting = None
        except pj.Error as error:
            if error.status == _TOO_MANY_CALLS and now_s < waiting.until_s:
                return
            _log.warning("sip: cannot send the INVITE of call %d: %s", waiting.leg, error.reason)
            self._end_waiting(waiting)

    def _end_waiting(self, waiting: _Waiting) -> None:
        self._waiting = None
        self._post(CallEnded(waiting.leg, EndReason.UNREACHABLE, at_s=time.monotonic()))

    def _invite(self, leg: int, account: StationAccount, uri: str) -> None:
        call = StationCall(account, self, leg)
        self._legs[leg] = call
        try:
            call.makeCall(uri, self._sound_only)
        except pj.Error:
            self._legs.pop(leg)
            raise

    def _hang_up(self, leg: int) -> None:
        if self._waiting and self._waiting.leg == leg:
            self._waiting = None
        call = self._legs.get(leg)
        if call is None:
            return
        # PJSIP takes the call for over at once, and tells nothing of what it sends and gets from now on.
        goodbye = "BYE" if leg in self._answered else "CANCEL" if leg in self._provisional else None
        self._read_last(leg)
        self._ending.add(leg)
        try:
            call.hangup(pj.CallOpParam())
            if goodbye:
                self._tell(SipMessage(leg, True, goodbye, at_s=time.monotonic()))
        except pj.Error as error:
            _log.warning("sip: cannot hang up call %d: %s", leg, error.reason)

    def _read_last(self, leg: int) -> None:
        if leg in self._answered:
            self._answered.discard(leg)
            self._read(leg, time.monotonic())

    def _read(self, leg: int, now_s: float) -> None:
        call = self._legs.get(leg)
        if call is not None and (reading := call.reading(now_s)):
            self._tell(reading)

    def _refuse_oldest_stranger(self) -> None:
        oldest = min(self._strangers, key=lambda leg: self._strangers[leg][0])
        _, call = self._strangers.pop(oldest)
        parameters = pj.CallOpParam()
        parameters.statusCode = _BUSY_HERE
        try:
            call.hangup(parameters)
        except pj.Error:
            pass  # the stranger gave up first

    def _give_clock(self) -> None:
        self._without_card = bool(self._legs) or self._waiting is not None
        self._mind_own_clock()

    def _take_clock(self) -> None:
        self._without_card = False
        self._mind_own_clock()

    def _mind_own_clock(self) -> None:
        """PJSIP's own clock runs while a call of ours lives without a card, and at no other time."""
        wanted = self._without_card and any(leg not in self._ending for leg in self._legs)
        if wanted and not self._free_running:
            self._endpoint.audDevManager().setNullDev()
        elif self._free_running and not wanted:
            self._endpoint.audDevManager().setNoDev()
        self._free_running = wanted

    def _wait_for(self, command: Callable[[], None]) -> bool:
        done = threading.Event()

        def run() -> None:
            command()
            done.set()

        self._thread.submit(run)
        return done.wait(1.0)
