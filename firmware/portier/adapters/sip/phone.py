"""The station's phone: places and ends legs, and lets no stranger hinder it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from portier.adapters.sip import switches
from portier.adapters.sip.accounts import Accounts
from portier.adapters.sip.admission import Admission
from portier.adapters.sip.legs import Legs
from portier.adapters.sip.media_clock import MediaClock
from portier.adapters.sip.network import NetworkWatch
from portier.adapters.sip.objects import StationAccount
from portier.adapters.sip.packet_filter import Admitted
from portier.adapters.sip.placement import Placement
from portier.adapters.sip.quiet_ports import away_from_old_calls
from portier.adapters.sip.reception import Reception
from portier.adapters.sip.strangers import Strangers
from portier.adapters.sip.thread import SipThread
from portier.core.events import PhoneLost
from portier.core.rules import AutoAnswer
from portier.errors import AudioError
from portier.hosts import is_ipv6
from portier.keys_heard import HearKey, Stage, unshown
from portier.plan import SipSettings
from portier.ports import Post, Tell, unheard

_LEAVE_S = 1.0
_READ_EVERY_S = 1.0
_PRESS_FIRST_S = 0.003
_RESTLESS_MS, _IN_CALL_MS, _AT_REST_MS = 100, 250, 1000


class SipPhone:
    """`ports.Phone` over PJSIP, tenant of the SIP thread.

    Posts CallOffered, CallProgress, CallEnded, StreamLost, Digit, what Accounts posts, and PhoneLost at its
    end. Tells each SIP message of a leg, and what its stream has counted. `listen` is told, on the SIP
    thread, when a call begins in whose sound keys count, and when it is over.
    """

    def __init__(
        self,
        settings: SipSettings,
        post: Post,
        on_fault: Callable[[Exception], None],
        tell: Tell = unheard,
        show_key: HearKey = unshown,
        listen: Callable[[bool], None] = lambda _: None,
    ) -> None:
        settings = away_from_old_calls(settings)
        self._post = post
        self._strangers = Strangers()
        self._reception = Reception(
            settings.callers, self._strangers, post, self._is_free, more=settings.more_callers
        )
        self._thread = SipThread(settings, self, on_fault, self._reception.endpoint)
        self._admission = Admission(settings.accept_from)
        self._accounts = Accounts(
            settings, post, self._thread.submit, self._came, self._admission, self._no_call_is_left
        )
        self._network = NetworkWatch(lambda: self._thread.submit(self._network_changed))
        self._clock: MediaClock | None = None
        self._names_asked: Callable[[], None] | None = None
        self._placement = Placement(
            self._accounts,
            self._strangers,
            post,
            self._thread.submit,
            self._thread.send,
            settings.answer_timeout_s,
        )
        self._legs = Legs(
            post,
            tell,
            self._placement.lost,
            self._admission,
            settings.media.rtp_timeout_s,
            show_key,
            listen,
        )
        self._placement.connect(self._legs)
        self._reception.connect(self._accounts, self._legs)
        self._local_host = ""
        self._read_s = 0.0
        self._rate_hz = settings.rate_hz
        self._in_ipv6 = is_ipv6(settings.bind_address)
        self.library = Path()
        self.master_port = 0

    def start(self) -> None:
        """Start SIP; see SipThread.start for what it raises."""
        self._thread.start()
        self._accounts.start()
        self._network.start()

    def go_online(self) -> None:
        """Register and take calls; PhoneReady is posted as soon as the next hop's address is known."""
        self._thread.submit(lambda: self._accounts.open(self._local_host))

    def stop(self, timeout_s: float, *, destroy: bool = True) -> bool:
        """End every call, unregister, end PJSIP; False when it did not in time, or is not to be destroyed."""
        self._network.stop()
        self._accounts.stop()
        return self._thread.stop(timeout_s, destroy=destroy)

    @property
    def beat_s(self) -> float:
        """When the SIP thread last showed life, in monotonic seconds."""
        return self._thread.beat_s

    # What the runtime asks, from its own thread.

    def place(self, leg: int, uri: str, auto_answer: AutoAnswer = AutoAnswer.NONE) -> None:
        """Send the INVITE of a new leg."""
        placed = threading.Lock()
        placed.acquire()

        def place() -> None:
            try:
                self._placement.place(leg, uri, auto_answer)
            finally:
                placed.release()

        self._thread.submit(place)
        # Whatever else a press brings would keep the SIP thread from Python's lock meanwhile.
        placed.acquire(timeout=_PRESS_FIRST_S)

    def let_ring(self, offer: int, leg: int) -> None:
        """Let an offered call ring at its caller's, as this leg."""
        self._thread.submit(partial(self._reception.let_ring, offer, leg))

    def reject(self, offer: int) -> None:
        """Refuse an offered call as busy; no fault if it is over."""
        self._thread.submit(partial(self._reception.reject, offer))

    def answer(self, leg: int) -> None:
        """Answer a call from outside; no fault if it is over."""
        self._thread.submit(partial(self._legs.answer, leg))

    def join(self, leg: int) -> None:
        """Let the visitor and the far end of an answered leg hear each other."""
        self._thread.submit(partial(self._legs.join, leg))

    def ask_to_confirm(self, leg: int) -> None:
        """Play the asking tone to the far end of an answered leg, until it is joined."""
        self._thread.submit(partial(self._legs.ask_to_confirm, leg, self._rate_hz))

    def hang_up(self, leg: int) -> None:
        """End a leg by CANCEL or BYE; no fault if it is over."""
        self._thread.submit(partial(self._hang_up, leg))

    def learn(self, targets: tuple[str, ...], lines: frozenset[str], callers: tuple[str, ...]) -> None:
        """Who may be called, and whose calls are taken, from now on; calls that last go on."""

        def learn() -> None:
            self._accounts.learn(targets, lines)
            self._reception.learn(callers)

        self._thread.submit(learn)

    # What the media thread asks, from its own thread.

    def tone_key(self, key: str, stage: Stage, at_s: float, lasted_s: float) -> None:
        """A key's two tones went down, are held or came up in what the far end says."""
        self._thread.submit(partial(self._legs.tone_key, key, stage, at_s, lasted_s))

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

    def move_in(
        self, endpoint: Any, library: Path, local_host: str, admit: Callable[[Admitted], None]
    ) -> None:
        """PJSIP is up."""
        self._admission.open(admit)
        self._names_asked = switches.ask_for_names(library, self._accounts.address, self._in_ipv6)
        self.library = library
        self._local_host = local_host
        self._legs.open()
        self._clock = MediaClock(endpoint.audDevManager())
        self.master_port = self._clock.master_port

    def tend(self, now_s: float) -> None:
        """Refuse strangers who waited, place what waits, read what is counted."""
        self._placement.tend(now_s)
        self._legs.tend(now_s)
        self._strangers.refuse_late(now_s)
        self._accounts.tend(now_s)
        self._admission.tend(now_s)
        self._mind_clock()
        if now_s - self._read_s >= _READ_EVERY_S:
            self._read_s = now_s
            self._legs.read_all(now_s)

    def idle(self) -> bool:
        """Whether no call object exists."""
        return not (self._legs or self._strangers or self._placement or self._reception)

    def patience_ms(self) -> int:
        """How long it may be left alone."""
        due_s = self._accounts.due_s
        restless = self._strangers or self._placement.restless
        if restless or (due_s and due_s - time.monotonic() < _AT_REST_MS / 1000):
            return _RESTLESS_MS
        return _IN_CALL_MS if self._legs else _AT_REST_MS

    def move_out(self, poll: Callable[[int], None]) -> None:
        """Hang up, unregister, drop every pj object."""
        self._post(PhoneLost(at_s=time.monotonic()))
        self._reception.close()
        self._legs.hang_up_all()
        self._placement.clear()
        self._accounts.unregister()
        until_s = time.monotonic() + _LEAVE_S
        while (self._legs or not self._accounts.left) and time.monotonic() < until_s:
            poll(10)
        if self._names_asked:
            self._names_asked()
        # After the last poll: nobody new can come, and no call object may outlive libDestroy.
        self._reception.close()
        while self._strangers:
            self._strangers.refuse_oldest()
        self._legs.drop_all()
        self._accounts.close()
        self._clock = None

    # On the SIP thread.

    def _is_free(self) -> bool:
        return not self._legs and not self._placement

    def _no_call_is_left(self) -> bool:
        """Whether PJSIP has none either: it is not done with one when that has ended."""
        return self.idle() and not self._admission.remembers_calls

    def _came(self, account: StationAccount, call_id: int) -> None:
        self._reception.came(account, call_id)
        # From now on the thread must look at them more often.
        self._thread.submit(lambda: None)

    def _network_changed(self) -> None:
        self._accounts.network_changed(time.monotonic())
        self._legs.network_changed()

    def _hang_up(self, leg: int) -> None:
        self._placement.give_up(leg)
        self._legs.hang_up(leg)

    def _give_clock(self) -> None:
        if self._clock:
            self._clock.give(bool(self._legs) or bool(self._placement))
            self._mind_clock()

    def _take_clock(self) -> None:
        if self._clock:
            self._clock.take()

    def _mind_clock(self) -> None:
        if self._clock:
            self._clock.mind(self._legs.any_lives, self._legs.answered_for_s(time.monotonic()))

    def _wait_for(self, command: Callable[[], None]) -> bool:
        done = threading.Event()

        def run() -> None:
            command()
            done.set()

        self._thread.submit(run)
        return done.wait(1.0)
