"""The station's phone: places and ends legs, refuses strangers, keeps the account registered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from portier.adapters.sip.objects import StationAccount, StationCall, pj
from portier.adapters.sip.settings import MAX_CALLS, SipSettings, account_config
from portier.adapters.sip.thread import SipThread
from portier.adapters.sip.wire import LARGEST_INVITE_BYTES, end_reason, registration_state
from portier.core.events import (
    CallEnded,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    PhoneLost,
    Registration,
    RegistrationState,
)
from portier.ports import Post

_log = logging.getLogger(__name__)
_KEYS = frozenset("0123456789*#ABCD")
_BUSY_HERE = 486
_STRANGER_WAITS_S = 1.0
"""A stranger refused at once leaves its sockets in PJSIP's closing list: 32 in a burst abort the process."""
_REFUSED_RETRY_S = 300.0
_LEAVE_S = 1.0


class SipPhone:
    """Phone over PJSIP. `port.Phone` for the runtime, tenant of the SIP thread, keeper of PJSIP's clock.

    Posts CallProgress, CallEnded, Digit, Registration, and PhoneLost at its end.
    """

    def __init__(self, settings: SipSettings, post: Post, on_fault: Callable[[Exception], None]) -> None:
        self._settings = settings
        self._post = post
        self._thread = SipThread(settings, self, on_fault)
        self._endpoint: Any = None
        self._account: StationAccount | None = None
        self._legs: dict[int, StationCall] = {}
        self._strangers: list[tuple[float, StationCall]] = []
        self._ending: set[int] = set()
        self._over: list[int] = []
        self._unregistered = threading.Event()
        self._retry_s: float | None = None
        self._free_running = False
        self.library = ""
        self.master_port = 0

    def start(self) -> None:
        """Start SIP; see SipThread.start for what it raises."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End every call, unregister, end PJSIP; False when it did not in time."""
        return self._thread.stop(timeout_s)

    # What the runtime asks, from its own thread.

    def place(self, leg: int, uri: str) -> None:
        """Send the INVITE of a new leg."""
        self._thread.submit(partial(self._place, leg, uri))

    def hang_up(self, leg: int) -> None:
        """End a leg by CANCEL or BYE; no fault if it is over."""
        self._thread.submit(partial(self._hang_up, leg))

    # What the media thread asks, from its own thread.

    def take_clock(self) -> None:
        """The sound card paces the media from now on: PJSIP's own clock is stopped first."""
        if self._free_running:
            self._wait_for(self._stop_own_clock)

    def give_clock(self) -> None:
        """PJSIP paces the media by its own clock, so that the call and its digits live on without a card."""
        self._thread.submit(self._start_own_clock)

    # Tenant of the SIP thread.

    def move_in(self, endpoint: Any, library: str, local_host: str) -> None:
        """Make the account; registration begins."""
        self.library = library
        self._endpoint = endpoint
        self.master_port = int(endpoint.audDevManager().setNoDev())
        self._account = StationAccount(self)
        self._account.create(account_config(self._settings, local_host), True)
        now_s = time.monotonic()
        state = RegistrationState.TRYING if self._settings.registrar else RegistrationState.NOT_NEEDED
        self._post(Registration(state, at_s=now_s))

    def tend(self, now_s: float) -> None:
        """Drop what is over, refuse strangers who waited, register again after a refusal."""
        self._reap()
        while self._strangers and now_s - self._strangers[0][0] >= _STRANGER_WAITS_S:
            self._refuse_oldest_stranger()
        if self._retry_s is not None and now_s >= self._retry_s and self._account:
            self._retry_s = None
            self._account.setRegistration(True)
        if self._free_running and not self._legs:
            self._stop_own_clock()

    def idle(self) -> bool:
        """Whether no call object exists."""
        return not self._legs and not self._strangers

    def move_out(self, poll: Callable[[int], None]) -> None:
        """Hang up, unregister, drop every pj object."""
        self._post(PhoneLost(at_s=time.monotonic()))
        for leg in list(self._legs):
            self._hang_up(leg)
        while self._strangers:
            self._refuse_oldest_stranger()
        if self._account and self._settings.registrar:
            self._unregister()
        until_s = time.monotonic() + _LEAVE_S
        while (self._legs or not self._left()) and time.monotonic() < until_s:
            poll(10)
            self._reap()
        self._legs.clear()
        self._account = self._endpoint = None

    # News from PJSIP's objects.

    def call_state(self, leg: int, state: int, status: int) -> None:
        """A leg's state, on the SIP thread."""
        now_s = time.monotonic()
        if leg == 0:
            return
        if state == pj.PJSIP_INV_STATE_EARLY:
            self._post(CallProgress(leg, CallPhase.RINGING, at_s=now_s))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._post(CallProgress(leg, CallPhase.ANSWERED, at_s=now_s))
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._over.append(leg)
            self._post(CallEnded(leg, end_reason(status), status, at_s=now_s))

    def digit(self, leg: int, key: str) -> None:
        """A key of a leg, on a media thread of PJSIP's or the SIP thread."""
        if leg and key in _KEYS:
            self._post(Digit(leg, key, at_s=time.monotonic()))

    def invite_sent(self, leg: int, size_bytes: int) -> None:
        """An INVITE left."""
        if leg and size_bytes > LARGEST_INVITE_BYTES:
            _log.warning(
                "sip: the INVITE of call %d has %d bytes and may be split into fragments, which some routers "
                "drop; shorten sip.display_name, or list fewer sip.codecs",
                leg,
                size_bytes,
            )

    def registration(self, status: int, expires_s: int) -> None:
        """A REGISTER's outcome."""
        state = registration_state(status, expires_s)
        if state is RegistrationState.TRYING:
            self._unregistered.set()
        if state is RegistrationState.REFUSED:
            self._retry_s = time.monotonic() + _REFUSED_RETRY_S
        self._post(Registration(state, status, at_s=time.monotonic()))

    def incoming(self, call_id: int) -> None:
        """A stranger calls: kept for a moment, then refused."""
        if not self._account:
            return
        self._strangers.append((time.monotonic(), StationCall(self._account, self, 0, call_id)))

    # On the SIP thread.

    def _place(self, leg: int, uri: str) -> None:
        self._reap()
        if len(self._legs) + len(self._strangers) >= MAX_CALLS and self._strangers:
            self._refuse_oldest_stranger()
        if not self._account:
            self._post(CallEnded(leg, EndReason.FAILED, at_s=time.monotonic()))
            return
        call = StationCall(self._account, self, leg)
        parameters = pj.CallOpParam(True)
        parameters.opt.audioCount, parameters.opt.videoCount = 1, 0
        self._legs[leg] = call
        try:
            call.makeCall(uri, parameters)
        except pj.Error as error:
            self._legs.pop(leg)
            _log.warning("sip: cannot send the INVITE of call %d: %s", leg, error.reason)
            self._post(CallEnded(leg, EndReason.UNREACHABLE, at_s=time.monotonic()))

    def _hang_up(self, leg: int) -> None:
        call = self._legs.get(leg)
        if call is None:
            return
        self._ending.add(leg)
        try:
            call.hangup(pj.CallOpParam())
        except pj.Error as error:
            _log.warning("sip: cannot hang up call %d: %s", leg, error.reason)

    def _reap(self) -> None:
        # A dead call object keeps its slot number: dropped after the slot is used again it would hang up
        # whichever call has it then.
        while self._over:
            leg = self._over.pop()
            self._legs.pop(leg, None)
            self._ending.discard(leg)

    def _refuse_oldest_stranger(self) -> None:
        _, call = self._strangers.pop(0)
        parameters = pj.CallOpParam()
        parameters.statusCode = _BUSY_HERE
        try:
            call.hangup(parameters)
        except pj.Error:
            pass  # the stranger gave up first

    def _unregister(self) -> None:
        try:
            if self._account:
                self._account.setRegistration(False)
                return
        except pj.Error:
            pass  # nothing was registered
        self._unregistered.set()

    def _left(self) -> bool:
        return not self._settings.registrar or self._unregistered.is_set()

    def _start_own_clock(self) -> None:
        if not self._free_running and any(leg not in self._ending for leg in self._legs):
            self._endpoint.audDevManager().setNullDev()
            self._free_running = True

    def _stop_own_clock(self) -> None:
        if self._free_running:
            self._endpoint.audDevManager().setNoDev()
            self._free_running = False

    def _wait_for(self, command: Callable[[], None]) -> None:
        done = threading.Event()

        def run() -> None:
            command()
            done.set()

        self._thread.submit(run)
        done.wait(1.0)
