"""Calls from outside: who is answered, that the visitor always knows, and that a press comes first."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.test_core_station import RULES, station_in

from portier.adapters.control.desk import why_no_call
from portier.bench.bare import BareStation
from portier.core.effects import (
    Answer,
    CloseSound,
    Effect,
    HangUp,
    Join,
    LetRing,
    Note,
    OpenSound,
    PlaceCall,
    Play,
    Reject,
    Release,
    Sign,
    Tone,
)
from portier.core.events import (
    CallOffered,
    EndReason,
    HangUpRequested,
    KeyTestRequested,
    PhoneLost,
    SoundLost,
    SoundRestored,
    StopRequested,
    StreamLost,
)
from portier.core.incoming import GREETING_S
from portier.core.rules import IncomingRule, Rules, TargetRule
from portier.core.states import Calling, Idle, Incoming, IncomingPhase, OutOfService, Talking
from portier.core.station import signs
from portier.status import snapshot

LISTED, SILENT = "201", "202"
EXAMPLES = int(os.environ.get("PORTIER_MACHINE_EXAMPLES", "100"))


def taking(answer_after_s: float = 0.0) -> Rules:
    return replace(RULES, incoming=IncomingRule({LISTED: True, SILENT: False}, answer_after_s))


def offered(station: BareStation, number: str = LISTED, offer: int = 1) -> list[Effect]:
    return station.take(CallOffered(offer, number, at_s=station.now_s))


def talking(number: str = LISTED, rules: Rules | None = None) -> BareStation:
    station = station_in("idle", rules or taking())
    offered(station, number)
    station.answer()
    station.wait(GREETING_S)
    return station


def phase(station: BareStation) -> IncomingPhase | None:
    return station.state.call.phase if isinstance(station.state.call, Incoming) else None


def notes(effects: list[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Note)]


def test_a_listed_caller_hears_it_ring_and_the_visitor_hears_a_tone_before_both_are_joined() -> None:
    station = station_in("idle", taking(answer_after_s=5.0))
    assert offered(station)[0] == LetRing(1, 1)
    assert signs(station.state) == {Sign.CALLING}
    assert station.wait(4.5) == []
    effects = station.wait(0.5)
    assert effects[:2] == [Answer(1), OpenSound()]
    assert signs(station.state) == {Sign.TALKING}
    assert station.answer()[0] == Play(Tone.INCOMING)
    assert Join(1) not in station.wait(GREETING_S - 0.125)
    assert station.wait(0.125) == [Join(1)]
    assert phase(station) is IncomingPhase.TALKING
    station.wait(10.0)
    effects = station.end(EndReason.HUNG_UP)
    assert CloseSound() in effects
    assert "call 1 from 201: the caller hung up" in notes(effects)
    assert station.state.call == Idle()
    assert station.timers == {}


@pytest.mark.parametrize("state", ["out of service", "calling", "ringing", "talking"])
def test_a_call_while_the_station_is_in_use_is_refused(state: str) -> None:
    station = station_in(state, taking())
    before = station.state
    assert offered(station)[0] == Reject(1)
    assert station.state == before


def test_a_second_caller_is_refused() -> None:
    station = talking()
    assert offered(station, SILENT, 2)[0] == Reject(2)
    assert phase(station) is IncomingPhase.TALKING


def test_a_call_during_a_test_of_keys_is_refused() -> None:
    station = station_in("idle", taking())
    station.take(KeyTestRequested(TargetRule("", "sip:phone@pbx.example"), at_s=0.0))
    assert offered(station)[0] == Reject(1)


@pytest.mark.parametrize("rules", [RULES, taking()])
def test_who_is_not_listed_is_refused_without_a_word(rules: Rules) -> None:
    assert offered(station_in("idle", rules), "203") == [Reject(1)]


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_press_places_its_call_first_and_ends_the_one_from_outside(steps: int) -> None:
    station = station_in("idle", taking(answer_after_s=1.0))
    opened = offered(station)
    for _ in range(steps):
        opened += station.wait(1.0) if phase(station) is not IncomingPhase.ANSWERING else station.answer()
    effects = station.press("bell")
    assert isinstance(effects[0], PlaceCall) or isinstance(effects[1], PlaceCall)
    done = [one for one in effects if isinstance(one, PlaceCall | HangUp | Play)]
    assert done == [PlaceCall(2, "sip:flat@pbx.example"), Play(Tone.RINGBACK), HangUp(1)]
    assert [*opened, *effects].count(OpenSound()) == 1
    assert isinstance(station.state.call, Calling)
    assert Join(1) not in station.wait(10.0)
    station.end(EndReason.HUNG_UP, leg=1)
    station.answer(2)
    assert isinstance(station.state.call, Talking)


def test_a_digit_counts_where_the_list_says_so() -> None:
    assert any(isinstance(one, Release) for one in talking(LISTED).keys("5"))


def test_a_digit_of_another_is_a_wrong_attempt_and_the_third_is_told() -> None:
    station = talking(SILENT)
    effects = station.keys("555")
    assert not any(isinstance(one, Release) for one in effects)
    assert Play(Tone.DENIED, to_far_end=True) in effects
    assert "call 1: 3 wrong attempts at a door" in notes(effects)


def test_no_digit_counts_before_both_sides_are_joined() -> None:
    station = station_in("idle", taking())
    offered(station)
    assert station.keys("5") == []
    station.answer()
    assert station.keys("5") == []


def test_an_attempt_that_comes_too_slowly_is_over() -> None:
    station = talking()
    station.keys("1")
    station.wait(10.0)
    assert not any(isinstance(one, Release) for one in station.keys("2"))


def test_the_longest_talk_is_warned_of_ended_and_prolonged_by_hash() -> None:
    station = talking()
    station.wait(100.0)
    station.keys("#")
    effects = station.wait(110.0)
    assert Play(Tone.ENDING) in effects
    assert HangUp(1) not in effects
    effects = station.wait(10.0)
    assert HangUp(1) in effects
    assert station.state.call == Idle()


def test_a_caller_who_gives_up_leaves_an_idle_station_and_no_failure() -> None:
    station = station_in("idle", taking(answer_after_s=5.0))
    offered(station)
    station.wait(2.0)
    effects = station.end(EndReason.NO_ANSWER, 487)
    assert notes(effects) == ["call 1 from 201: the caller gave up"]
    assert signs(station.state) == {Sign.IDLE}
    assert station.wait(20.0) == []


def test_a_command_hangs_up_and_sip_that_is_lost_ends_it() -> None:
    station = talking()
    assert HangUp(1) in station.take(HangUpRequested(at_s=station.now_s))
    station = talking()
    assert HangUp(1) in station.take(PhoneLost(at_s=station.now_s))
    assert station.state.call == OutOfService()
    station = talking()
    assert HangUp(1) in station.take(StopRequested(at_s=station.now_s))


def test_a_card_that_is_back_plays_the_tone_again() -> None:
    station = talking()
    station.take(SoundLost(at_s=station.now_s))
    assert station.take(SoundRestored(at_s=station.now_s))[0] == Play(Tone.INCOMING)


def test_the_time_after_a_release_ends_it_where_so_configured() -> None:
    station = talking(rules=replace(taking(), hang_up_after_release_s=4.0))
    station.keys("5")
    assert HangUp(1) in station.wait(4.0)


def test_the_status_names_the_caller() -> None:
    shown = snapshot(talking().state)
    assert (shown.call, shown.leg, shown.button, shown.caller) == ("incoming", 1, None, LISTED)
    assert why_no_call(talking().state) == "busy: call 1 from 201 lasts"


def test_a_caller_who_is_gone_is_hung_up() -> None:
    station = talking()
    call = station.state.call
    assert isinstance(call, Incoming)
    effects = station.take(StreamLost(call.leg, at_s=station.now_s))
    assert HangUp(call.leg) in effects
    assert isinstance(station.state.call, Idle)


class Calls(RuleBasedStateMachine):
    """Callers and visitors in any order, seen by somebody who trusts nothing."""

    @initialize(after_s=st.sampled_from([0.0, 2.0]), cool=st.sampled_from([None, 2]))
    def begin(self, after_s: float, cool: int | None) -> None:
        self.station = BareStation(replace(taking(after_s), cool_down_after=cool))
        self.numbers: dict[int, str] = {}
        self.lives: set[int] = set()
        self.toned: set[int] = set()
        self.joined: int | None = None
        self.offers = 0
        self.sound = 0
        self._check(self.station.become_ready())

    @rule(number=st.sampled_from([LISTED, SILENT, "203"]))
    def offer(self, number: str) -> None:
        self.offers += 1
        effects = offered(self.station, number, self.offers)
        decided = [one for one in effects if isinstance(one, LetRing | Reject)]
        assert len(decided) == 1
        assert decided[0].offer == self.offers
        if isinstance(decided[0], LetRing):
            assert number != "203"
            self.numbers[decided[0].leg] = number
        self._check(effects)

    @rule(button=st.sampled_from(["bell", "side"]))
    def press(self, button: str) -> None:
        self._check(self.station.press(button))

    @rule()
    def answer(self) -> None:
        self._check(self.station.answer())

    @rule(reason=st.sampled_from(EndReason), leg=st.integers(0, 1))
    def end(self, reason: EndReason, leg: int) -> None:
        gone = max(self.station.state.last_leg - leg, 0)
        self.lives.discard(gone)
        if self.joined == gone:
            self.joined = None
        self._check(self.station.end(reason, leg=gone))

    @rule(keys=st.sampled_from(["5", "12", "#", "77"]))
    def key(self, keys: str) -> None:
        effects = self.station.keys(keys)
        if any(isinstance(one, Release) for one in effects):
            assert self.joined == self.station.state.last_leg
            assert self.numbers.get(self.joined, LISTED) == LISTED
        self._check(effects)

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self._check(self.station.wait(seconds))

    @rule()
    def hang_up(self) -> None:
        self._check(self.station.take(HangUpRequested(at_s=self.station.now_s)))

    @invariant()
    def nobody_listens_in_unseen(self) -> None:
        if self.joined is not None:
            assert Sign.TALKING in signs(self.station.state)
        if isinstance(self.station.state.call, Idle):
            assert self.joined is None
            assert self.sound == 0

    def _check(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case LetRing(_, leg) | PlaceCall(leg):
                    self.lives.add(leg)
                case HangUp(leg):
                    assert leg in self.lives
                    self.lives.discard(leg)
                    if self.joined == leg:
                        self.joined = None
                case Play(Tone.INCOMING):
                    self.toned.add(self.station.state.last_leg)
                case Join(leg):
                    assert self.joined is None
                    assert leg in self.lives
                    assert leg not in self.numbers or leg in self.toned
                    self.joined = leg
                case OpenSound():
                    self.sound += 1
                    assert self.sound == 1
                case CloseSound():
                    self.sound -= 1
                    assert self.sound == 0
                case _:
                    pass


Calls.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCalls = Calls.TestCase
