"""A call's record while it is being written."""

from __future__ import annotations

from portier.core import calls
from portier.core.effects import Sign
from portier.core.events import (
    ButtonEdge,
    CallEnded,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.states import (
    Calling,
    Incoming,
    Leg,
    LegPhase,
    Live,
    Locked,
    Released,
    Ringing,
    State,
    Talking,
)
from portier.core.timers import AfterReleaseTimer, ConfirmTimer, RingTimer, StepTimer, TalkTimer
from portier.facts import EchoBy, Fact, FirstSound, PinChange, SipMessage, SoundReading, StreamReading
from portier.record.call_record import CallRecord, Release, Rung, Stream
from portier.record.series import Thinned, keep, keep_newest
from portier.status import call_word, sign_words

_PINS_AFTER_S = 70.0
"""The longest release, and some: what the pins do so long after the call's end still belongs to it."""

_SIGNS_AFTER_S = 10.0
_ANOTHER_ANSWERED = "another answered"


class OpenRecord:
    """Writes into `record`; `pressed_s` and `placed_s` are when its press began and when it counted.

    `prefix_uri` is how an address with the prefix begins; empty where none is dialled.
    """

    def __init__(self, record: CallRecord, pressed_s: float, placed_s: float, prefix_uri: str = "") -> None:
        self.record = record
        self._prefix_uri = prefix_uri
        self.complete = False
        self._talks: int | None = None
        self._muted_from_s: float | None = None
        self._pressed_s = pressed_s
        self._placed_s = placed_s
        self._buffer = Thinned(record.buffer)
        self._captured = Thinned(record.captured)
        self._far = Thinned(record.far)

    def since(self, at_s: float) -> float:
        """A moment of the events' clock, counted from the press."""
        return round(at_s - self._pressed_s, 6)

    def follow(self, event: Event, before: State, after: State) -> None:
        """Take an event, and what it changed in the state."""
        record, at_s = self.record, self.since(event.at_s)
        if isinstance(event, ButtonEdge):
            self.contact(event)
        if (word := call_word(after.call)) != record.states[-1][1] and not self.complete:
            keep(record.states, (at_s, word))
        shown = sign_words(after)
        if shown != record.signs[-1][1] and (
            record.ended_s is None or at_s <= record.ended_s + _SIGNS_AFTER_S
        ):
            keep(record.signs, (at_s, shown))
        self._follow_mute(Sign.MUTED.value in shown, at_s)
        self._follow_legs(event, before, after)
        if isinstance(after.call, Talking) and after.call.visit == record.leg:
            if record.answered_s is None:
                record.answered_s, record.answered_by = at_s, self.name_of(after.call.leg)
                self._talks = after.call.leg
            if after.call.wrong > record.wrong_attempts:
                keep(record.wrong_s, at_s)
            record.wrong_attempts = after.call.wrong
        if isinstance(after.call, Incoming) and after.call.leg == record.leg:
            self._follow_caller(after.call, at_s)
        if _lives(before, record.leg) and not _lives(after, record.leg):
            record.ended_s, record.end = at_s, _end_of_caller(event) if record.caller else _why(event)
            record.status = event.status if isinstance(event, CallEnded) else 0
        for name, door in after.doors.items() if record.ended_s in (None, at_s) else ():
            if isinstance(door, Released) and isinstance(before.doors[name], Locked):
                digit_s = at_s if isinstance(event, Digit) else None
                keep(record.releases, Release(name, at_s, digit_s))

    def progress(self, event: CallProgress) -> None:
        """Take how far a leg has come."""
        at_s = self.since(event.at_s)
        if event.phase is CallPhase.RINGING and self.record.ringing_s is None:
            self.record.ringing_s = at_s
        for one in self.record.legs if event.phase is CallPhase.ANSWERED else ():
            if one.leg == event.leg and one.answered_s is None:
                one.answered_s = at_s

    def name_of(self, leg: int) -> str:
        """The name of the target that a leg rang."""
        return next((one.target for one in self.record.legs if one.leg == leg), "")

    def _follow_mute(self, muted: bool, at_s: float) -> None:
        """Take whether the far end hears the microphone."""
        begun_s = self._muted_from_s
        if muted and begun_s is None and self.record.ended_s is None:
            self._muted_from_s = at_s
        elif not muted and begun_s is not None:
            self.record.muted_s = round(self.record.muted_s + at_s - begun_s, 6)
            self._muted_from_s = None

    def _follow_legs(self, event: Event, before: State, after: State) -> None:
        """Take who is rung from now on, and who no more."""
        record, at_s = self.record, self.since(event.at_s)
        newest = max((one.leg for one in record.legs), default=0)
        for one in _reaching(after, record.leg):
            if one.leg > newest:
                prefixed = not one.plain and one.target.uri.startswith(self._prefix_uri or "\0")
                rung = Rung(one.leg, one.target.in_log, at_s, one.plain, prefixed=prefixed)
                record.legs_left_out += keep_newest(record.legs, rung)
        gone = _legs(before, record.leg) - _legs(after, record.leg)
        asked = {one.leg for one in _reaching(before, record.leg) if one.phase is LegPhase.ASKED}
        for rung in record.legs:
            if rung.leg not in gone or rung.ended_s is not None:
                continue
            rung.ended_s = at_s
            if isinstance(event, CallEnded):
                unconfirmed = rung.leg in asked
                rung.end = EndReason.UNCONFIRMED.value if unconfirmed else event.reason.value
                rung.status = 0 if unconfirmed else event.status
            elif _legs(after, record.leg) and not _reaching(after, record.leg):
                rung.end = _ANOTHER_ANSWERED
            else:
                rung.end = _why(event)

    def _follow_caller(self, call: Incoming, at_s: float) -> None:
        """Take how far a call to the station has come."""
        record = self.record
        if record.answered_s is None and call.answered_s is not None:
            record.answered_s, self._talks = self.since(call.answered_s), call.leg
        if call.wrong > record.wrong_attempts:
            keep(record.wrong_s, at_s)
        record.wrong_attempts = call.wrong

    def contact(self, edge: ButtonEdge) -> None:
        """Take an edge of a button's contact."""
        self._pin(f"button {edge.button}", edge.at_s, edge.closed)

    def learn(self, fact: Fact) -> None:
        """Take a fact."""
        record, at_s = self.record, self.since(fact.at_s)
        match fact:
            case SipMessage(sent=sent, text=text):
                name = self.name_of(fact.leg)
                keep(record.sip, (at_s, sent, f"{text} [{name}]" if name else text))
                if record.sent_s is None and sent and text == "INVITE" and not record.caller:
                    record.sent_s = at_s
            case StreamReading(leg=leg) if self._talks not in (None, leg):
                pass  # of one who answered too late
            case StreamReading():
                self._buffer.add(at_s, fact.buffer_ms)
                record.stream = Stream(
                    fact.codec,
                    fact.received,
                    fact.lost,
                    fact.discarded,
                    fact.sent,
                    fact.lost_at_far_end,
                    None if fact.jitter_ms is None else round(fact.jitter_ms, 3),
                )
            case EchoBy() | FirstSound() | SoundReading() if self.complete or fact.at_s < self._placed_s:
                pass  # it is of the call before, or after
            case FirstSound():
                record.first_sound_s = at_s
            case EchoBy(words=words):
                record.echo = words
            case SoundReading():
                self._sound(fact)
            case PinChange(pin=pin, high=high):
                self._pin(pin, fact.at_s, high)
            case _:
                pass

    def _sound(self, reading: SoundReading) -> None:
        record = self.record
        record.xruns = reading.xruns
        last_s = self.since(reading.at_s)
        for series, peaks in ((self._captured, reading.captured_peaks), (self._far, reading.far_peaks)):
            first_s = last_s - (len(peaks) - 1) * reading.every_s
            for place, peak in enumerate(peaks):
                series.add(round(first_s + place * reading.every_s, 3), peak)

    def _pin(self, pin: str, at_s: float, high: bool) -> None:
        record, moment_s = self.record, self.since(at_s)
        if record.ended_s is not None and moment_s > record.ended_s + _PINS_AFTER_S:
            return
        keep(record.pins.setdefault(pin, []), (moment_s, int(high)))
        for release in record.releases:
            if pin != f"door {release.door}":
                continue
            if high and release.rose_s is None:
                release.rose_s = moment_s
            elif not high and release.rose_s is not None and release.fell_s is None:
                release.fell_s = moment_s


def _reaching(state: State, visit: int) -> tuple[Leg, ...]:
    call = state.call
    return call.reach.legs if isinstance(call, Calling | Ringing) and call.visit == visit else ()


def _legs(state: State, visit: int) -> set[int]:
    call = state.call
    return set(calls.legs_of(call)) if isinstance(call, Live) and call.visit == visit else set()


def _lives(state: State, leg: int) -> bool:
    return isinstance(state.call, Live | Incoming) and state.call.visit == leg


def _end_of_caller(event: Event) -> str:
    """Why a call to the station ended."""
    match event:
        case CallEnded(reason=EndReason.HUNG_UP):
            return "the caller hung up"
        case CallEnded(status=487):
            # Request Terminated, by a CANCEL (RFC 3261 section 15.1.2).
            return "the caller gave up"
        case _:
            return _why(event)


def _why(event: Event) -> str:
    match event:
        case CallEnded(reason=reason):
            return reason.value
        case StreamLost():
            return EndReason.LINE_DEAD.value
        case TimerFired(timer=RingTimer() | StepTimer()):
            return "no answer"
        case TimerFired(timer=ConfirmTimer()):
            return EndReason.UNCONFIRMED.value
        case TimerFired(timer=TalkTimer()):
            return "longest talk time"
        case TimerFired(timer=AfterReleaseTimer()):
            return "hung up after the release"
        case HangUpRequested():
            return "hung up by command"
        case StopRequested():
            return "the station stopped"
        case PhoneLost():
            return "SIP went down"
        case _:
            return "hung up by a press"
