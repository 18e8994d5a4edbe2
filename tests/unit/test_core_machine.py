"""Any row of events at all: what must hold of the station after each of them.

The run is short. A long one takes as many examples as it is told:
`PORTIER_MACHINE_EXAMPLES=20000 pytest tests/unit/test_core_machine.py --timeout=0`.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from portier.bench.bare import BareStation
from portier.core import station as core
from portier.core.effects import (
    CancelTimer,
    CloseSound,
    Effect,
    HangUp,
    Indicate,
    Lock,
    OpenSound,
    PlaceCall,
    Play,
    Release,
    Sign,
    Silence,
    StartTimer,
    SwitchGong,
    Tone,
)
from portier.core.events import (
    ButtonEdge,
    CallEnded,
    CallPhase,
    CallProgress,
    CallRequested,
    ClockTold,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    PhoneReady,
    PressRequested,
    Registration,
    RegistrationState,
    ReleaseRequested,
    Requester,
    SoundLost,
    SoundRestored,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.profiles import Hours, Profile
from portier.core.rules import ButtonRule, ByProfile, DoorRule, GongRule, GongWhen, Rules
from portier.core.states import Live, Locked, OutOfService, Talking
from portier.core.timers import DebounceTimer, DigitTimer, FailureTimer, PatienceTimer, RingTimer, TalkTimer

EXAMPLES = int(os.environ.get("PORTIER_MACHINE_EXAMPLES", "200"))
STEPS = 60

DEBOUNCE_S = 1 / 32
RING_S = 20.0
TALK_S = 30.0
AFTER_RELEASE_S = 6.0
GONG_S = 1.5
DIGIT_S = 3.0
RELEASE_S = {"front": 3.0, "yard": 2.0}
MAX_RELEASE_S = {"front": 8.0, "yard": 5.0}
DIGITS = st.sampled_from([("5", "12"), ("1", "23"), ("12", "13"), ("1234", "56"), ("7", "8")])

BUTTONS = st.sampled_from(["bell", "side"])
LEGS = st.sampled_from([None] * 12 + [-1, 0, 1, 2, 3, 4])
PAUSES_S = st.sampled_from([0.0, 0.0, 0.5, 1.0, 1.5, 2.0, DIGIT_S])
KEYS = st.lists(
    st.tuples(st.sampled_from(["front", "yard", *"1235678*#"]), PAUSES_S), min_size=4, max_size=16
)
# Whole fractions, so that moments meet exactly.
WAITS_S = st.one_of(
    st.integers(1, 128).map(lambda ticks: ticks / 64),
    st.sampled_from([DEBOUNCE_S, 2.0, DIGIT_S, 5.0, 8.0, RING_S, TALK_S, 100.0]),
)


def rules_with(digits: tuple[str, str], press_hangs_up: bool, limited: bool) -> Rules:
    doors = dict(zip(RELEASE_S, digits, strict=True))
    return Rules(
        buttons={
            name: ButtonRule(
                name, f"sip:{name}@pbx.example", DEBOUNCE_S, (ByProfile("day", f"sip:{name}@day.example"),)
            )
            for name in ("bell", "side")
        },
        doors={
            name: DoorRule(name, digit, RELEASE_S[name], MAX_RELEASE_S[name]) for name, digit in doors.items()
        },
        ring_timeout_s=RING_S,
        max_talk_s=TALK_S,
        digit_timeout_s=DIGIT_S,
        press_hangs_up=press_hangs_up,
        hang_up_after_release_s=AFTER_RELEASE_S if limited else None,
        calls_per_hour=4 if limited else None,
        cool_down_after=2 if limited else None,
        cool_down_s=40.0,
        profiles={"day": Profile(hours=(Hours(8 * 60, 18 * 60),))},
        gong=GongRule(frozenset(GongWhen), GONG_S) if limited else None,
    )


@dataclass
class Contact:
    """A button as its contact shows it: the level, since when, and the level that last counted."""

    closed: bool = False
    since_s: float = -1.0
    counted: bool = False

    def changes(self, closed: bool, at_s: float) -> None:
        """Take an edge."""
        if at_s - self.since_s >= DEBOUNCE_S:
            self.counted = self.closed
        self.closed, self.since_s = closed, at_s


@dataclass
class Witness:
    """What an onlooker knows who sees events and effects, and never the station's state.

    Written from the words of the design, not from the core: its own attempt window, its own relays.
    """

    digits: dict[str, str]
    press_hangs_up: bool
    limited: bool
    stopped: bool = False
    legs: list[int] = field(default_factory=list)
    leg: int | None = None
    button: str = ""
    answered: bool = False
    must_end_s: float = 0.0
    leaves_s: float = math.inf
    by_day: bool = False
    gong_s: float | None = None
    pressed_s: dict[str, list[float]] = field(default_factory=lambda: {"bell": [], "side": []})
    window: str = ""
    window_ends_s: float = 0.0
    waiting: tuple[str, float] | None = None
    released_s: dict[str, tuple[float, float]] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=lambda: {"bell": Contact(), "side": Contact()})
    sound_opened: int = 0
    tone: Tone | None = None
    lamps: frozenset[Sign] = frozenset()

    def expects_release(self, event: Event) -> str | None:
        """Which door the event must release, if any; takes notice of keys."""
        match event:
            case ReleaseRequested(door=door) if door in RELEASE_S and not self.stopped:
                return door
            case Digit(leg=leg, key=key, at_s=at_s) if leg == self.leg and self.answered and key != "#":
                if at_s >= self.window_ends_s:
                    self.window = ""
                self.window_ends_s = at_s + DIGIT_S
                self.window = "" if key == "*" else self.window + key
                for door, digit in self.digits.items():
                    if self.window == digit:
                        self.window = ""
                        self.leaves_s = at_s + AFTER_RELEASE_S if self.limited else math.inf
                        return door
                if len(self.window) == max(map(len, self.digits.values())):
                    self.window = ""
                return None
            case _:
                return None

    def sees_event(self, event: Event) -> None:
        """Take notice of what happened, before the station does."""
        match event:
            case CallProgress(leg=leg, phase=CallPhase.ANSWERED, at_s=at_s) if leg == self.leg:
                if not self.answered:
                    self.answered, self.must_end_s = True, at_s + TALK_S
            case CallEnded(leg=leg) if leg == self.leg:
                self._over()
            case Digit(leg=leg, key="#", at_s=at_s) if leg == self.leg and self.answered:
                self.must_end_s, self.leaves_s = at_s + TALK_S, math.inf
            case ButtonEdge(button=button, closed=closed, at_s=at_s):
                self.contacts[button].changes(closed, at_s)
            case ClockTold(local=local) if not self.stopped:
                self.by_day = local is not None and 8 <= local.hour < 18
            case StopRequested():
                self.stopped = True
            case TimerFired(timer=PatienceTimer()):
                self.waiting = None
            case _:
                pass

    def sees_effect(self, event: Event, effect: Effect) -> None:
        """Take notice of what the station does because of an event, and hold it to what may be."""
        match effect:
            case PlaceCall(leg, uri):
                button = self._pressed(event)
                assert uri == f"sip:{button}@{'day' if self.by_day else 'pbx'}.example"
                assert self.leg is None, "one call at a time"
                assert leg > max(self.legs, default=0), "leg ids rise"
                self.legs.append(leg)
                self.leg, self.button, self.answered, self.window = leg, button, False, ""
                self.must_end_s, self.leaves_s = event.at_s + RING_S, math.inf
                if self.limited and not isinstance(event, PressRequested | CallRequested):
                    self._holds_to_its_hour(button, event.at_s)
            case HangUp(leg):
                assert leg == self.leg, "only the live leg is hung up, and once"
                assert self._may_hang_up(event)
                self._over()
            case Release(door, until_s):
                since_s, _ = self.released_s.get(door, (event.at_s, 0.0))
                assert event.at_s < until_s <= since_s + MAX_RELEASE_S[door]
                assert until_s == min(event.at_s + RELEASE_S[door], since_s + MAX_RELEASE_S[door])
                self.released_s[door] = since_s, until_s
            case Lock(door):
                _, until_s = self.released_s.pop(door, (0.0, 0.0))
                assert self.stopped or event.at_s >= until_s, "no release is cut short"
            case OpenSound():
                self.sound_opened += 1
            case CloseSound():
                self.sound_opened -= 1
            case Play(tone):
                self.tone = tone
            case Silence():
                self.tone = None
            case StartTimer(PatienceTimer(), due_s):
                assert self.leg is None
                assert self.waiting is None, "one press waits"
                self.waiting = self._pressed(event), due_s
            case CancelTimer(PatienceTimer()):
                self.waiting = None
            case SwitchGong(on):
                assert self.limited
                assert on is (self.gong_s is None), "a gong is told changes only"
                self.gong_s = event.at_s if on else None
            case Indicate(signs):
                assert signs != self.lamps, "lamps are told changes only"
                self.lamps = signs
            case _:
                pass

    def _pressed(self, event: Event) -> str:
        """The button of an event that may place a call."""
        match event:
            case TimerFired(timer=DebounceTimer(button)):
                contact = self.contacts[button]
                assert contact.closed
                assert event.at_s - contact.since_s == DEBOUNCE_S, "a press counts when it has lasted"
                assert not contact.counted, "a press counts once"
                return button
            case PressRequested(button=button) | CallRequested(button=button):
                return button
            case PhoneReady(at_s=at_s) if self.waiting:
                button, due_s = self.waiting
                assert at_s <= due_s, "a press waits no longer than its patience"
                return button
            case _:
                raise AssertionError("only a press or a command places a call")

    def _may_hang_up(self, event: Event) -> bool:
        match event:
            case TimerFired(timer=DebounceTimer(button)) | PressRequested(button=button):
                return self.press_hangs_up and button == self.button
            case TimerFired(at_s=at_s):
                return at_s in (self.must_end_s, self.leaves_s)
            case _:
                return isinstance(event, PhoneLost | StopRequested | HangUpRequested | StreamLost)

    def _holds_to_its_hour(self, button: str, at_s: float) -> None:
        placed_s = self.pressed_s[button]
        placed_s.append(at_s)
        assert len([one for one in placed_s if one > at_s - 3600.0]) <= 4, "no more calls than its hour has"

    def _over(self) -> None:
        self.leg, self.answered, self.window = None, False, ""


class WitnessedStation(BareStation):
    """A station whose every decision is looked at as it is made."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        digits = {door.name: door.release_digit for door in rules.doors.values()}
        self.witness = Witness(digits, rules.press_hangs_up, rules.calls_per_hour is not None)
        for effect in self.first_effects:
            self.witness.sees_effect(PhoneReady(at_s=0.0), effect)

    def take(self, event: Event) -> list[Effect]:
        before, doors, contacts = self.state, dict(self.state.doors), dict(self.state.contacts)
        stopped = self.witness.stopped
        wanted = self.witness.expects_release(event)
        held_to_s = self.witness.released_s.get(wanted or "", (0.0, 0.0))
        self.witness.sees_event(event)
        effects = super().take(event)
        for effect in effects:
            self.witness.sees_effect(event, effect)

        assert core.step(self.rules, before, event) == (self.state, effects), "the same again"
        assert (before.doors, before.contacts) == (doors, contacts), "a decision changes no state in place"
        assert not stopped or (effects == [] and self.state == before), "nothing happens after the stop"
        released = {effect.door for effect in effects if isinstance(effect, Release)}
        assert released <= {wanted}, "a door is released only by its own keys or a request"
        if wanted and not released:
            since_s, until_s = held_to_s
            longest_s = min(event.at_s + RELEASE_S[wanted], since_s + MAX_RELEASE_S[wanted])
            assert until_s == longest_s, "what is right and can release does"
        return effects

    @property
    def waits(self) -> bool:
        """Whether a press waits for SIP to come up."""
        return isinstance(self.state.call, OutOfService) and self.state.call.waiting is not None


class StationMachine(RuleBasedStateMachine):
    """All that can happen to a station, in any order."""

    station: WitnessedStation
    ends_by_stop: bool

    @initialize(
        digits=DIGITS,
        press_hangs_up=st.booleans(),
        ready=st.sampled_from([True, True, True, False]),
        ends_by_stop=st.booleans(),
        limited=st.booleans(),
    )
    def begin(
        self, digits: tuple[str, str], press_hangs_up: bool, ready: bool, ends_by_stop: bool, limited: bool
    ) -> None:
        self.ends_by_stop = ends_by_stop
        self.station = WitnessedStation(rules_with(digits, press_hangs_up, limited))
        if ready:
            self.station.become_ready()

    @rule(seconds=WAITS_S)
    def time_passes(self, seconds: float) -> None:
        self.station.wait(seconds)

    @rule(button=BUTTONS)
    def press(self, button: str) -> None:
        self.station.press(button)

    @rule(button=BUTTONS, closed=st.booleans())
    def edge(self, button: str, closed: bool) -> None:
        self.station.edge(button, closed)

    @rule(leg=LEGS)
    def ring(self, leg: int | None) -> None:
        self.station.ring(leg)

    @rule(leg=LEGS)
    def answer(self, leg: int | None) -> None:
        self.station.answer(leg)

    @rule(button=BUTTONS, keys=KEYS)
    def visit(self, button: str, keys: list[tuple[str, float]]) -> None:
        """The way into a talk and to a door, which chance alone would seldom find."""
        self.station.press(button)
        self.station.ring()
        self.station.answer()
        self.keys(None, keys)

    @rule(leg=LEGS, reason=st.sampled_from(EndReason), status=st.sampled_from([0, 403, 486, 603]))
    def end(self, leg: int | None, reason: EndReason, status: int) -> None:
        self.station.end(reason, status, leg)

    @rule(leg=LEGS)
    def stream_lost(self, leg: int | None) -> None:
        lost = self.station.state.last_leg if leg is None else leg
        self.station.take(StreamLost(lost, at_s=self.station.now_s))

    @rule(leg=LEGS, keys=KEYS)
    def keys_of_a_leg(self, leg: int | None, keys: list[tuple[str, float]]) -> None:
        self.keys(leg, keys)

    @rule(
        door=st.sampled_from(["front", "yard", "attic"]),
        by=st.sampled_from(Requester),
        times=st.integers(1, 8),
        pause_s=PAUSES_S,
    )
    def request(self, door: str, by: Requester, times: int, pause_s: float) -> None:
        for _ in range(times):
            self.station.take(ReleaseRequested(door, by, at_s=self.station.now_s))
            self.station.wait(pause_s)

    @rule(
        button=st.sampled_from(["bell", "side", "attic"]),
        kind=st.sampled_from([PressRequested, CallRequested]),
    )
    def command(self, button: str, kind: type[PressRequested | CallRequested]) -> None:
        self.station.take(kind(button, at_s=self.station.now_s))

    @rule(hour=st.sampled_from([None, 0, 7, 8, 17, 18, 23]))
    def clock(self, hour: int | None) -> None:
        local = None if hour is None else datetime(2026, 11, 26, hour)  # noqa: DTZ001 -- wall time has no zone
        self.station.take(ClockTold(local, at_s=self.station.now_s))

    @rule()
    def hang_up(self) -> None:
        live = self.station.witness.leg
        effects = self.station.take(HangUpRequested(at_s=self.station.now_s))
        assert [one.leg for one in effects if isinstance(one, HangUp)] == ([live] if live else [])

    @rule(state=st.sampled_from(RegistrationState))
    def registration(self, state: RegistrationState) -> None:
        self.station.take(Registration(state, at_s=self.station.now_s))

    @rule(works=st.booleans())
    def sound(self, works: bool) -> None:
        at_s = self.station.now_s
        self.station.take(SoundRestored(at_s=at_s) if works else SoundLost(at_s=at_s))

    @rule()
    def phone_ready(self) -> None:
        self.station.become_ready()

    @rule(sure=st.integers(0, 3))
    def phone_lost(self, sure: int) -> None:
        if sure == 0:
            self.station.take(PhoneLost(at_s=self.station.now_s))

    @rule(sure=st.integers(0, 15))
    def stop(self, sure: int) -> None:
        if sure == 0:
            self.station.take(StopRequested(at_s=self.station.now_s))

    def keys(self, leg: int | None, keys: list[tuple[str, float]]) -> None:
        """Single keys, and whole release digits by the names of their doors, each with a pause after it."""
        for name, pause_s in keys:
            self.station.keys(self.station.witness.digits.get(name, name), leg)
            self.station.wait(pause_s)

    @invariant()
    def no_release_outlives_its_end_or_its_maximum(self) -> None:
        now_s = self.station.now_s
        for door, (since_s, until_s) in self.station.witness.released_s.items():
            assert now_s < until_s <= since_s + MAX_RELEASE_S[door]

    @invariant()
    def the_state_of_a_door_is_that_of_its_relay(self) -> None:
        released = {name for name, door in self.station.state.doors.items() if not isinstance(door, Locked)}
        assert released == set(self.station.witness.released_s)

    @invariant()
    def a_gong_sounds_no_longer_than_its_pulse(self) -> None:
        gong_s = self.station.witness.gong_s
        assert self.station.state.gong == (gong_s is not None)
        if gong_s is not None:
            assert self.station.now_s < gong_s + GONG_S

    @invariant()
    def every_call_ends_in_bounded_time(self) -> None:
        if self.station.witness.leg is not None:
            assert self.station.now_s < min(self.station.witness.must_end_s, self.station.witness.leaves_s)

    @invariant()
    def the_live_leg_is_the_one_nobody_ended(self) -> None:
        call = self.station.state.call
        witness = self.station.witness
        assert witness.leg == (call.visit if isinstance(call, Live) else None)
        assert witness.answered == isinstance(call, Talking)

    @invariant()
    def only_a_live_leg_holds_the_sound_card_and_rings_back(self) -> None:
        witness = self.station.witness
        assert witness.sound_opened == (1 if witness.leg is not None else 0)
        if (witness.leg is None or witness.answered) and not self.station.waits:
            assert witness.tone is not Tone.RINGBACK

    @invariant()
    def the_lamps_show_the_state_and_what_an_onlooker_knows(self) -> None:
        station, lamps = self.station, self.station.witness.lamps
        assert lamps == core.signs(station.state)
        assert (Sign.RELEASED in lamps) == bool(station.witness.released_s)
        assert (Sign.TALKING in lamps) == station.witness.answered
        calling = station.witness.leg is not None and not station.witness.answered
        assert (Sign.CALLING in lamps) == (calling or station.waits)
        assert (Sign.IDLE in lamps) == (lamps == {Sign.IDLE})
        assert lamps
        if isinstance(station.state.call, OutOfService) and not station.waits:
            assert Sign.FAILURE in lamps

    @invariant()
    def a_press_waits_for_sip_no_longer_than_its_patience(self) -> None:
        assert (PatienceTimer() in self.station.timers) == self.station.waits
        assert (self.station.witness.waiting is not None) == self.station.waits

    @invariant()
    def a_leg_has_the_one_timer_that_bounds_it_and_none_when_it_is_over(self) -> None:
        witness, timers = self.station.witness, self.station.timers
        bounds = {timer: due_s for timer, due_s in timers.items() if isinstance(timer, RingTimer | TalkTimer)}
        attempts = {timer.leg for timer in timers if isinstance(timer, DigitTimer)}
        if witness.leg is None:
            assert not bounds
            assert not attempts
        else:
            kind = TalkTimer if witness.answered else RingTimer
            assert bounds == {kind(witness.leg): witness.must_end_s}
            unfinished = witness.window and self.station.now_s < witness.window_ends_s
            assert attempts == ({witness.leg} if unfinished else set())

    @invariant()
    def a_failure_is_shown_for_a_time(self) -> None:
        if not self.station.witness.stopped:
            assert self.station.state.call_failed == (FailureTimer() in self.station.timers)

    def teardown(self) -> None:
        """A station that stops, at once, or is left alone comes to rest: locked, silent, no call."""
        if not hasattr(self, "station"):
            return
        if self.ends_by_stop:
            self.station.take(StopRequested(at_s=self.station.now_s))
        else:
            self.station.wait(4000.0)
            assert not self.station.timers
        assert not self.station.witness.released_s
        assert self.station.witness.leg is None
        assert self.station.witness.gong_s is None
        assert self.station.witness.sound_opened == 0


StationMachine.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    report_multiple_bugs=False,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestStation = StationMachine.TestCase
