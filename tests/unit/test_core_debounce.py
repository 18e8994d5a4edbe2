"""A contact's edges become presses: only by lasting, and once."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core import debounce
from portier.core.effects import CancelTimer, Effect, PlaceCall, StartTimer
from portier.core.rules import ButtonRule, Rules
from portier.core.states import Calling, Contact, Idle
from portier.core.timers import DebounceTimer

DEBOUNCE_S = 0.03
RULES = Rules(
    buttons={
        "bell": ButtonRule("bell", "sip:flat@pbx.example", DEBOUNCE_S),
        "side": ButtonRule("side", "sip:office@pbx.example", 0.1),
    },
    doors={},
)


@pytest.fixture
def station() -> BareStation:
    station = BareStation(RULES)
    station.become_ready()
    return station


def placed(effects: list[Effect]) -> int:
    return sum(isinstance(effect, PlaceCall) for effect in effects)


def chatter(station: BareStation, edges: int, apart_s: float) -> list[Effect]:
    """Alternating edges, the first a closing one."""
    effects: list[Effect] = []
    for index in range(edges):
        effects += station.edge("bell", closed=index % 2 == 0)
        effects += station.wait(apart_s)
    return effects


def test_a_press_counts_when_the_contact_has_been_closed_for_the_debounce_time(station: BareStation) -> None:
    station.edge("bell", closed=True)
    assert placed(station.wait(DEBOUNCE_S - 0.001)) == 0
    assert placed(station.wait(0.001)) == 1
    assert station.now_s == pytest.approx(DEBOUNCE_S)


def test_each_button_waits_its_own_time(station: BareStation) -> None:
    station.edge("side", closed=True)
    assert placed(station.wait(0.099)) == 0
    assert placed(station.wait(0.001)) == 1


def test_twenty_milliseconds_of_bounce_are_one_press_that_counts_from_the_last_edge(
    station: BareStation,
) -> None:
    assert placed(chatter(station, edges=11, apart_s=0.002)) == 0
    assert placed(station.wait(DEBOUNCE_S - 0.002 - 0.001)) == 0
    assert placed(station.wait(0.001)) == 1
    assert placed(station.wait(10)) == 0


def test_a_glitch_of_a_millisecond_is_no_press(station: BareStation) -> None:
    assert placed(chatter(station, edges=2, apart_s=0.001)) == 0
    assert placed(station.wait(10)) == 0
    assert isinstance(station.state.call, Idle)
    assert not station.timers


def test_glitches_that_never_last_do_not_add_up_to_a_press(station: BareStation) -> None:
    assert placed(chatter(station, edges=2000, apart_s=DEBOUNCE_S - 0.001)) == 0


def test_a_contact_that_opens_for_a_moment_while_held_is_not_pressed_again(station: BareStation) -> None:
    station.edge("bell", closed=True)
    assert placed(station.wait(1)) == 1
    effects: list[Effect] = []
    for _ in range(20):
        effects += station.edge("bell", closed=False)
        effects += station.wait(DEBOUNCE_S - 0.001)
        effects += station.edge("bell", closed=True)
        effects += station.wait(5)
    assert placed(effects) == 0
    assert isinstance(station.state.call, Idle), "the ring time-out ended the one call there was"


def test_the_same_level_told_twice_starts_the_wait_again(station: BareStation) -> None:
    station.edge("bell", closed=True)
    station.wait(0.02)
    station.edge("bell", closed=True)
    assert placed(station.wait(0.02)) == 0
    assert placed(station.wait(0.01)) == 1


def test_a_button_that_was_let_go_for_the_debounce_time_can_be_pressed_again(station: BareStation) -> None:
    assert placed(station.press("bell")) == 1
    station.wait(RULES.ring_timeout_s)
    assert placed(station.press("bell")) == 1


def test_the_bounce_of_letting_go_is_no_second_press(station: BareStation) -> None:
    station.edge("bell", closed=True)
    station.wait(0.5)
    effects: list[Effect] = []
    for index in range(11):
        effects += station.edge("bell", closed=index % 2 == 1)
        effects += station.wait(0.002)
    assert placed(effects + station.wait(10)) == 0
    assert station.state.contacts["bell"] == Contact(counted=False, seen=False)


def test_buttons_bounce_independently(station: BareStation) -> None:
    station.edge("bell", closed=True)
    station.edge("side", closed=True)
    station.edge("side", closed=False)
    assert placed(station.wait(DEBOUNCE_S)) == 1
    assert isinstance(station.state.call, Calling)
    assert station.state.call.button == "bell"


def test_an_edge_of_a_button_that_is_not_there_does_nothing(station: BareStation) -> None:
    before = station.state
    assert station.edge("attic", closed=True) == []
    assert station.state == before


def test_a_stale_timer_makes_no_press() -> None:
    went_back, effect = debounce.edge(Contact(seen=True), "bell", False, 1.0, DEBOUNCE_S)
    assert effect == CancelTimer(DebounceTimer("bell"))
    assert debounce.settle(went_back) == (Contact(), False)


def test_the_wait_begins_with_the_edge_and_not_with_its_arrival() -> None:
    _, effect = debounce.edge(Contact(), "bell", True, 7.0, DEBOUNCE_S)
    assert effect == StartTimer(DebounceTimer("bell"), 7.0 + DEBOUNCE_S)


@given(gaps_ms=st.lists(st.integers(1, 60), max_size=40))
def test_presses_are_the_closed_stretches_that_lasted_counted_once_each(gaps_ms: list[int]) -> None:
    """Against a plain look at the whole line of levels, one millisecond at a time."""
    station = BareStation(RULES)
    levels: list[bool] = []
    seen = 0
    for index, gap_ms in enumerate(gaps_ms):
        closed = index % 2 == 0
        levels += [closed] * gap_ms
        before = station.state.contacts["bell"].counted
        station.edge("bell", closed)
        station.wait(gap_ms / 1000)
        seen += station.state.contacts["bell"].counted and not before

    expected = 0
    counted, run, last = False, 0, False
    for level in levels:
        run = run + 1 if level == last else 1
        last = level
        if run == 30 and level != counted:
            counted = level
            expected += level
    assert seen == expected
