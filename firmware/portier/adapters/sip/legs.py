"""The station's call legs in PJSIP: placed or taken, ended, and what they tell meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from portier.adapters.sip.admission import Admission
from portier.adapters.sip.again import Again
from portier.adapters.sip.asking import asking_tone
from portier.adapters.sip.leg_keys import LegKeys
from portier.adapters.sip.network import local_address_to
from portier.adapters.sip.objects import StationAccount, StationCall, pj
from portier.adapters.sip.stream_watch import StreamWatch
from portier.adapters.sip.wire import LARGEST_INVITE_BYTES, end_reason
from portier.core.events import CallEnded, CallPhase, CallProgress, EndReason, StreamLost
from portier.facts import SipMessage
from portier.hosts import host_of
from portier.keys_heard import HearKey, KeyNews, Stage, Way, unshown
from portier.ports import Post, Tell

_log = logging.getLogger(__name__)
_LONGEST_TEXT = 60
_BUSY_HERE = 486


@dataclass(frozen=True, slots=True)
class Lost:
    """How a leg ended that nobody heard ring: `heard` where the far end said anything at all.

    `invite` is the INVITE as it left, and where it went, host and port. `told` where the status is the far
    end's; otherwise it is PJSIP's own, and `why` is its reason.
    """

    reason: EndReason
    status: int
    heard: bool
    invite: tuple[str, str] | None
    told: bool = False
    why: str = ""


class Route(Protocol):
    """By which account of PJSIP's a leg leaves, to which URI, and whether keys count in its sound."""

    @property
    def caller(self) -> StationAccount: ...
    @property
    def uri(self) -> str: ...
    @property
    def tones_count(self) -> bool: ...


@dataclass(slots=True)
class _Leg:
    """A call, and how far it has come; `ending` once we have hung up."""

    call: StationCall
    heard: bool = False
    provisional: bool = False
    rung: bool = False
    far_host: str = ""
    local: str | None = None
    answered_s: float | None = None
    watch: StreamWatch | None = None
    ending: bool = False
    from_outside: bool = False
    tones_count: bool = False

    @property
    def answered(self) -> bool:
        """Whether the far end has answered."""
        return self.answered_s is not None


class Legs:
    """Keeper and `CallSink` of our calls. All on the SIP thread.

    Posts CallProgress, CallEnded, StreamLost and Digit; tells each SIP message and what streams have counted;
    `show_key` hears of each key whatever comes of it; keys in the sound count in the legs of those accounts
    that have it so: `listen` is told when there is one to listen to, and when there is none any more. `lost`
    hears of a leg that ends before it rings, and may place it anew: then its end is not posted. A dead
    call object keeps its slot number: dropped after the slot is used again it would hang up whichever call
    has it then. So a call is let go in the very callback that says it is over.
    """

    def __init__(
        self,
        post: Post,
        tell: Tell,
        lost: Callable[[int, Lost, float], bool],
        admission: Admission,
        rtp_timeout_s: float,
        show_key: HearKey = unshown,
        listen: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._post = post
        self._keys = LegKeys(post, show_key)
        self._listen = listen
        self._is_listening = False
        self._tell = tell
        self._lost = lost
        self._admission = admission
        self._rtp_timeout_s = rtp_timeout_s
        self._legs: dict[int, _Leg] = {}
        self._again = Again()
        self._sound_only: Any = None
        self._from_elsewhere: Any = None
        self._asking_tone: Any = None

    def __len__(self) -> int:
        return len(self._legs)

    @property
    def any_lives(self) -> bool:
        """Whether there is a leg that we have not hung up."""
        return any(not one.ending for one in self._legs.values())

    def answered_for_s(self, now_s: float) -> float:
        """For how long the leg that lives has been answered; 0 where none is."""
        moments = [one.answered_s for one in self._legs.values() if one.answered_s and not one.ending]
        return now_s - min(moments) if moments else 0.0

    def open(self) -> None:
        """PJSIP is up."""
        self._sound_only = _sound_only()
        again = self._from_elsewhere = _sound_only()
        again.opt.flag = pj.PJSUA_CALL_UPDATE_CONTACT | pj.PJSUA_CALL_UPDATE_VIA | pj.PJSUA_CALL_REINIT_MEDIA

    def invite(self, leg: int, way: Route, header: tuple[str, str] | None = None) -> None:
        """Send the INVITE of a new leg, with one more header where there is one; raises pj.Error."""
        uri = way.uri
        offer = self._sound_only if header is None else _sound_only(header)
        call = StationCall(way.caller, self, leg)
        call.sound_guard.hears_also(self._admission.networks)
        call.event_payload = self._keys.payload(uri, call.event_payload)
        self._keys.begin(leg, uri, way.tones_count)
        self._legs[leg] = _Leg(call, tones_count=way.tones_count)
        try:
            call.makeCall(uri, offer)
        except pj.Error:
            # A datagram that cannot leave ends the call in here, and PJSIP has told so already.
            if self._legs.pop(leg, None) is not None:
                self._keys.end(leg)
                raise
        if leg in self._legs:
            # Not before: a press waits for nothing. An answer that is faster is asked for again after 0.5 s.
            self._admission.begins(leg)

    def adopt(
        self, leg: int, call: StationCall, source: str, message: str, *, tones_count: bool = False
    ) -> None:
        """Keep a call from outside, and let it ring at its caller's; its INVITE came from `source`."""
        call.belong(self, leg)
        call.sound_guard.hears_also(self._admission.networks)
        call.sound_guard.hears(source)
        # It is not to be placed anew where it ends early.
        self._keys.begin(leg, "", tones_count)
        self._legs[leg] = _Leg(call, rung=True, from_outside=True, tones_count=tones_count)
        self._admission.begins(leg)
        self.heard(leg, source, message)
        self._respond(leg, call, 180)

    def answer(self, leg: int) -> None:
        """Answer a call from outside; no fault if it is over."""
        one = self._legs.get(leg)
        if one and not one.ending and not one.answered:
            self._respond(leg, one.call, 200)

    def _respond(self, leg: int, call: StationCall, status: int) -> None:
        response = _sound_only()
        response.statusCode = status
        try:
            call.answer(response)
        except pj.Error as error:
            _log.warning("sip: cannot answer call %d with %d: %s", leg, status, error.reason)
            self.hang_up(leg)

    def join(self, leg: int) -> None:
        """Let the visitor and the far end of an answered leg hear each other; no fault if it is over."""
        one = self._legs.get(leg)
        if one and not one.ending:
            one.call.join()

    def ask_to_confirm(self, leg: int, rate_hz: int) -> None:
        """Play the asking tone to an answered leg; no fault if it is over."""
        one = self._legs.get(leg)
        if one is None or one.ending:
            return
        try:
            # Kept once made: PJSIP lets go of a port later than it is told to.
            self._asking_tone = self._asking_tone or asking_tone(rate_hz)
        except pj.Error as error:
            _log.warning("sip: no tone asks call %d to confirm: %s", leg, error.reason)
            return
        one.call.ask(self._asking_tone)

    def hang_up(self, leg: int) -> None:
        """End a leg by CANCEL or BYE; no fault if it is over."""
        one = self._legs.get(leg)
        if one is None:
            return
        now_s = time.monotonic()
        self._read(leg, now_s)
        # PJSIP takes the call for over at once, and tells nothing of what it sends and gets from now on.
        one.ending = True
        self._mind_ears()
        how = pj.CallOpParam()
        if one.from_outside and not one.answered:
            how.statusCode = _BUSY_HERE
        try:
            one.call.hangup(how)
        except pj.Error as error:
            if self._again.not_hung_up(leg):
                _log.warning("sip: cannot hang up call %d: %s; trying again", leg, error.reason)
            return
        self._again.forget(leg)
        if one.answered or one.provisional:
            self._tell(SipMessage(leg, True, "BYE" if one.answered else "CANCEL", at_s=now_s))

    def hang_up_all(self) -> None:
        """End every leg."""
        for leg in list(self._legs):
            self.hang_up(leg)

    def network_changed(self) -> None:
        """Tell the far end of each answered leg where we are now, if that is elsewhere (RFC 3264, 8.3.1).

        One that still rings is over: its answer would go to where nobody is.
        """
        for leg, one in list(self._legs.items()):
            now = local_address_to(one.far_host) if one.far_host else None
            if one.ending or now is None or now == one.local:
                continue
            one.local = now
            if not one.answered:
                _log.warning("sip: call %d ended: the station's address is another, %s", leg, now)
                self.hang_up(leg)
                self._post(CallEnded(leg, EndReason.FAILED, at_s=time.monotonic()))
                continue
            _log.info("sip: call %d goes on from %s", leg, now)
            self._say_where(leg, one)

    def _say_where(self, leg: int, one: _Leg) -> None:
        self._again.asks(leg)
        try:
            one.call.reinvite(self._from_elsewhere)
        except pj.Error as error:
            if self._again.postponed(leg, time.monotonic()):
                return
            _log.warning("sip: call %d cannot go on from %s: %s", leg, one.local, error.reason)
            self.hang_up(leg)

    def tend(self, now_s: float) -> None:
        """Hang up again what could not be, and repeat a re-INVITE that crossed one of the far end's."""
        for leg in self._again.hang_ups():
            self.hang_up(leg)
        for leg in self._again.reinvites(now_s):
            if (one := self._legs.get(leg)) and not one.ending:
                self._say_where(leg, one)

    def drop_all(self) -> None:
        """Let go of every pj object: none may outlive libDestroy."""
        self._legs.clear()
        self._keys.clear()
        self._sound_only = self._from_elsewhere = self._asking_tone = None

    def read_all(self, now_s: float) -> None:
        """Tell what the streams of each answered leg have counted so far; post StreamLost for a dead one."""
        for leg, one in list(self._legs.items()):
            self._read(leg, now_s)
            if one.watch and not one.ending and one.watch.is_dead(now_s):
                one.watch = None
                self._post(StreamLost(leg, at_s=now_s))

    # News from PJSIP's calls.

    def call_state(self, leg: int, state: int, status: int) -> None:
        """A leg's state has changed."""
        now_s = time.monotonic()
        if state == pj.PJSIP_INV_STATE_EARLY:
            if one := self._legs.get(leg):
                one.rung = True
            self._post(CallProgress(leg, CallPhase.RINGING, at_s=now_s))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            one = self._legs.get(leg)
            if one:
                one.answered_s = now_s
                one.watch = StreamWatch(self._rtp_timeout_s, now_s)
            self._tell(SipMessage(leg, not (one and one.from_outside), "ACK", at_s=now_s))
            self._post(CallProgress(leg, CallPhase.ANSWERED, at_s=now_s))
            self._mind_ears()
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            one = self._legs.pop(leg, None)
            self._keys.end(leg)
            self._again.forget(leg)
            self._mind_ears()
            self._admission.ends(leg, now_s)
            reason = end_reason(status)
            if one and not (one.ending or one.rung or one.answered):
                # Plain values: nobody may keep the call.
                lost = Lost(reason, status, one.heard, one.call.invite, *one.call.last_word)
                if self._is_placed_anew(leg, lost, now_s):
                    return
            self._post(CallEnded(leg, reason, status, at_s=now_s))

    def reinvited(self, leg: int, status: int) -> None:
        """A re-INVITE of ours got its last answer."""
        if one := self._legs.get(leg):
            self._again.answered(leg, status, time.monotonic(), own_call=not one.from_outside)

    def renegotiates(self, leg: int) -> None:
        """The stream of a leg may be over in a moment."""
        self._read(leg, time.monotonic())

    def _is_placed_anew(self, leg: int, lost: Lost, now_s: float) -> bool:
        try:
            return self._lost(leg, lost, now_s)
        except Exception as fault:  # noqa: BLE001 -- whatever it is, the call has ended and must be told so
            _log.error("sip: call %d cannot be placed anew: %s", leg, f"{type(fault).__name__}: {fault}")
            return False

    def key(self, news: KeyNews) -> None:
        """A key of a leg went down, is held or came up."""
        self._keys.came(news)

    def tone_key(self, key: str, stage: Stage, at_s: float, lasted_s: float) -> None:
        """A key's two tones are in what the far end says: it is the leg's that is answered and lives."""
        talking = [leg for leg, one in self._legs.items() if one.answered and not one.ending]
        if len(talking) == 1:
            self._keys.came(KeyNews(talking[0], Way.TONE, key, at_s, stage, lasted_s))

    def unreadable_key(self, leg: int, form: str) -> None:
        """An INFO of a leg should hold a key and does not."""
        self._keys.unreadable(leg, form)

    def event_payload(self, leg: int, offered: int, answered: int | None) -> None:
        """How a leg's far end numbers telephone-event; None where it takes none."""
        if one := self._legs.get(leg):
            self._keys.numbered(leg, offered, answered, one.call.event_payload)

    def message(self, leg: int, sent: bool, text: str, size_bytes: int) -> None:
        """A SIP message of a leg left, or came."""
        now_s = time.monotonic()
        self._tell(SipMessage(leg, sent, _short(text), at_s=now_s))
        one = self._legs.get(leg)
        if one and not sent and text.startswith("1"):
            one.provisional = True
        if not sent and text == "BYE":
            # When its state says that the call is over, its stream is gone.
            self._read(leg, now_s)
        if text.startswith("INVITE") and size_bytes > LARGEST_INVITE_BYTES:
            _log.warning(
                "sip: the INVITE of call %d has %d bytes and may be split into fragments, which some routers "
                "drop; shorten sip.display_name, or list fewer sip.codecs",
                leg,
                size_bytes,
            )

    def heard(self, leg: int, source: str, message: str) -> None:
        """A SIP message of a leg came from a host and port."""
        if one := self._legs.get(leg):
            one.heard = True
            if not one.far_host:
                one.far_host = host_of(source)
                one.local = local_address_to(one.far_host)
        self._admission.hears(leg, source, message)

    def _mind_ears(self) -> None:
        """Let the sound be listened to while somebody talks whose keys may be in it."""
        wanted = any(one.answered and one.tones_count and not one.ending for one in self._legs.values())
        if wanted is not self._is_listening:
            self._is_listening = wanted
            self._listen(wanted)

    def _read(self, leg: int, now_s: float) -> None:
        one = self._legs.get(leg)
        if one is None or one.watch is None or one.ending:
            return
        if together := one.watch.take(one.call.reading(now_s), now_s):
            self._tell(together)


def _sound_only(header: tuple[str, str] | None = None) -> Any:
    offer = pj.CallOpParam(True)
    offer.opt.audioCount, offer.opt.videoCount = 1, 0
    # PJSIP 2.17 offers text (RFC 4103) unless told not to; older ones know no such setting and ignore it.
    offer.opt.textCount = 0
    if header is not None:
        extra = pj.SipHeader()
        extra.hName, extra.hValue = header
        offer.txOption.headers.append(extra)
    return offer


def _short(text: str) -> str:
    """The far end writes its own reasons: as much of one as a record needs, and nothing that is not print."""
    return "".join(one if " " <= one <= "~" else "?" for one in text[:_LONGEST_TEXT])
