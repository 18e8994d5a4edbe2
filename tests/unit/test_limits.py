"""How long a call may last and how often a button may place one, by themselves and in any order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core.effects import Effect, HangUp, Level, Note, PlaceCall, Play, Release, Sign, Tone
from portier.core.events import (
    CallRequested,
    EndReason,
    HangUpRequested,
    PhoneLost,
    PressRequested,
    ReleaseRequested,
    Requester,
)
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.core.states import Talking
from portier.core.station import signs
from portier.status import snapshot

RULES = Rules(
    buttons={name: ButtonRule(name, f"sip:{name}@pbx.example", 1 / 32) for name in ("bell", "side")},
    doors={"front": DoorRule("front", "5", 3.0, 8.0)},
    max_talk_s=64.0,
)


def ready(rules: Rules = RULES) -> BareStation:
    station = BareStation(rules)
    station.become_ready()
    return station


def talking(rules: Rules = RULES) -> BareStation:
    station = ready(rules)
    station.press("bell")
    station.answer()
    return station


def placed(effects: list[Effect]) -> int:
    return sum(isinstance(one, PlaceCall) for one in effects)


def warnings(effects: list[Effect]) -> list[str]:
    return [one.text for one in effects if isinstance(one, Note) and one.level is Level.WARNING]


def fail(station: BareStation, times: int, button: str = "bell") -> None:
    for _ in range(times):
        assert placed(station.press(button)) == 1
        station.end(EndReason.BUSY, 486)


# The talk


def test_the_warning_comes_10_s_before_the_end_and_once() -> None:
    station = talking()
    assert Play(Tone.ENDING) not in station.wait(53.875)
    assert station.wait(0.125) == [Play(Tone.ENDING)]
    assert Play(Tone.ENDING) not in station.wait(9.875)
    assert HangUp(1) in station.wait(0.125)


def test_a_hash_starts_the_warning_anew_too() -> None:
    station = talking()
    station.wait(60.0)
    station.keys("#")
    assert Play(Tone.ENDING) not in station.wait(53.875)
    assert station.wait(0.125) == [Play(Tone.ENDING)]
    assert HangUp(1) in station.wait(10.0)


def test_a_talk_no_longer_than_the_warning_has_none() -> None:
    station = talking(replace(RULES, max_talk_s=10.0))
    effects = station.wait(10.0)
    assert HangUp(1) in effects
    assert Play(Tone.ENDING) not in effects


@given(st.lists(st.tuples(st.sampled_from("5#*7"), st.floats(0.1, 70.0)), max_size=12))
def test_no_talk_outlasts_its_last_hash_and_every_end_is_announced(keys: list[tuple[str, float]]) -> None:
    station = talking()
    since_s, warned_s = station.now_s, -1.0
    for key, pause_s in [*keys, ("7", 70.0)]:
        if not isinstance(station.state.call, Talking):
            break
        station.keys(key)
        if key == "#":
            since_s, warned_s = station.now_s, -1.0
        end_s = since_s + RULES.max_talk_s
        for effect in station.wait(min(pause_s, end_s - station.now_s)):
            if effect == Play(Tone.ENDING):
                assert warned_s < 0, "warned once"
                warned_s = end_s - 10.0
            if isinstance(effect, HangUp):
                assert warned_s == station.now_s - 10.0
                assert station.now_s == end_s
        station.wait(0.0)
    if isinstance(station.state.call, Talking):
        assert station.now_s < since_s + RULES.max_talk_s


# After a release

AFTER = replace(RULES, hang_up_after_release_s=20.0)


def test_a_release_ends_no_call_unless_told_so() -> None:
    station = talking()
    station.keys("5")
    assert HangUp(1) not in station.wait(63.0)


def test_a_second_release_starts_the_time_anew_even_where_it_releases_no_longer() -> None:
    station = talking(AFTER)
    for _ in range(8):
        station.keys("5")
    station.wait(1.0)
    station.keys("5")
    assert HangUp(1) not in station.wait(19.875)
    assert HangUp(1) in station.wait(0.125)


def test_a_hash_forbids_the_end_after_a_release_and_the_next_release_allows_it_again() -> None:
    station = talking(AFTER)
    station.keys("5#")
    assert HangUp(1) not in station.wait(30.0)
    station.keys("5")
    assert HangUp(1) in station.wait(20.0)


def test_only_a_release_by_the_calls_own_digit_ends_it() -> None:
    station = talking(AFTER)
    station.take(ReleaseRequested("front", Requester.EXIT_BUTTON, at_s=station.now_s))
    assert HangUp(1) not in station.wait(30.0)


def test_the_end_after_a_release_is_that_of_its_own_call() -> None:
    station = talking(AFTER)
    station.keys("5")
    station.wait(5.0)
    station.end(EndReason.HUNG_UP)
    station.press("bell")
    station.answer()
    assert not [one for one in station.wait(30.0) if isinstance(one, HangUp)]


# The hour

HOURLY = replace(RULES, calls_per_hour=3)


@pytest.mark.parametrize("answered", [True, False])
def test_every_placed_call_counts_whatever_came_of_it(answered: bool) -> None:
    station = ready(HOURLY)
    for _ in range(3):
        assert placed(station.press("bell")) == 1
        if answered:
            station.answer()
        station.end(EndReason.HUNG_UP)
    effects = station.press("bell")
    assert placed(effects) == 0
    assert Play(Tone.NOT_AVAILABLE) in effects
    assert Sign.FAILURE in signs(station.state)
    assert snapshot(station.state).resting_buttons == {
        "bell": "3 calls within an hour, which is all it may place"
    }


def test_each_button_has_an_hour_of_its_own() -> None:
    station = ready(HOURLY)
    fail(station, 3)
    assert placed(station.press("bell")) == 0
    fail(station, 3, "side")


@given(st.lists(st.floats(0.5, 2000.0), min_size=1, max_size=40), st.integers(1, 4))
def test_no_hour_holds_more_calls_than_allowed_and_none_is_refused_without_need(
    pauses_s: list[float], most: int
) -> None:
    station = ready(replace(RULES, calls_per_hour=most))
    placed_s: list[float] = []
    for pause_s in pauses_s:
        station.wait(pause_s)
        begun = len(station.press("bell"))
        assert begun
        # The press counts after its debounce, and is let go after another.
        at_s = station.now_s - 1 / 32
        within = [one for one in placed_s if one > at_s - 3600.0]
        if station.state.last_leg > len(placed_s):
            assert len(within) < most
            placed_s.append(at_s)
            station.end(EndReason.BUSY, 486)
        else:
            assert len(within) == most


@pytest.mark.parametrize("request_", [PressRequested, CallRequested])
def test_a_command_counts_for_nothing_and_is_never_refused(
    request_: type[PressRequested | CallRequested],
) -> None:
    station = ready(replace(HOURLY, cool_down_after=2))
    for _ in range(5):
        assert placed(station.take(request_("bell", at_s=station.now_s))) == 1
        station.end(EndReason.BUSY, 486)
    fail(station, 2)
    assert placed(station.press("bell")) == 0
    assert placed(station.take(request_("bell", at_s=station.now_s))) == 1


# The rest

COOLING = replace(RULES, cool_down_after=3, cool_down_s=60.0)


def test_a_refused_visitor_is_told_each_time_and_the_log_once_for_each_rest() -> None:
    station = ready(COOLING)
    fail(station, 3)
    told: list[str] = []
    for _ in range(3):
        effects = station.press("bell")
        assert Play(Tone.NOT_AVAILABLE) in effects
        told += warnings(effects)
    assert told == [
        'button "bell": 3 calls in a row that nobody answered; for 60 s more its presses call nobody'
    ]
    notes = [one.text for one in station.wait(61.0) if isinstance(one, Note)]
    assert notes == ['button "bell" may place calls again']
    assert snapshot(station.state).resting_buttons == {}
    fail(station, 3)
    assert len(warnings(station.press("bell"))) == 1


def test_an_answer_ends_the_row() -> None:
    station = ready(COOLING)
    for _ in range(3):
        fail(station, 2)
        station.press("bell")
        station.answer()
        station.end(EndReason.HUNG_UP)
    assert placed(station.press("bell")) == 1


def test_a_call_that_the_visitor_ends_before_an_answer_counts() -> None:
    station = ready(replace(COOLING, press_hangs_up=True))
    for _ in range(3):
        assert placed(station.press("bell")) == 1
        assert HangUp(station.state.last_leg) in station.press("bell")
    assert placed(station.press("bell")) == 0


def test_what_nobody_could_answer_does_not_count() -> None:
    station = ready(COOLING)
    for _ in range(4):
        assert placed(station.press("bell")) == 1
        station.end(EndReason.UNREACHABLE)
        assert placed(station.press("bell")) == 1
        station.take(HangUpRequested(at_s=station.now_s))
        assert placed(station.press("bell")) == 1
        station.take(PhoneLost(at_s=station.now_s))
        station.become_ready()
    assert placed(station.press("bell")) == 1


@pytest.mark.parametrize("reason", [EndReason.FORBIDDEN, EndReason.FAILED, EndReason.UNKNOWN_NUMBER])
def test_a_fault_of_the_account_or_the_number_lets_no_button_rest(reason: EndReason) -> None:
    station = ready(COOLING)
    for _ in range(6):
        assert placed(station.press("bell")) == 1
        station.end(reason, 403)
    assert placed(station.press("bell")) == 1


@pytest.mark.parametrize(
    "reason", [EndReason.NO_ANSWER, EndReason.BUSY, EndReason.DECLINED, EndReason.HUNG_UP]
)
def test_a_telephone_that_was_there_to_answer_counts(reason: EndReason) -> None:
    station = ready(COOLING)
    for _ in range(3):
        assert placed(station.press("bell")) == 1
        station.end(reason, 480)
    assert placed(station.press("bell")) == 0


def test_a_button_that_rests_hears_that_the_line_is_in_use_and_does_not_wait_for_sip() -> None:
    station = ready(COOLING)
    fail(station, 3)
    station.press("side")
    assert Play(Tone.IN_USE) in station.press("bell")
    station.take(PhoneLost(at_s=station.now_s))
    assert Play(Tone.NOT_AVAILABLE) in station.press("bell")
    assert placed(station.become_ready()) == 0


def test_the_longer_of_two_rests_counts() -> None:
    station = ready(replace(COOLING, calls_per_hour=3))
    fail(station, 3)
    station.wait(61.0)
    assert placed(station.press("bell")) == 0
    assert "within an hour" in snapshot(station.state).resting_buttons["bell"]


def test_no_limit_stands_in_the_way_of_a_door() -> None:
    station = ready(replace(COOLING, calls_per_hour=3))
    fail(station, 3)
    for by in Requester:
        effects = station.take(ReleaseRequested("front", by, at_s=station.now_s))
        assert [one for one in effects if isinstance(one, Release)]
        station.wait(5.0)
