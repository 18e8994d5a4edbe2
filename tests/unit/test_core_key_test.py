"""A test of keys in the core: a call of its own that releases no door and gives way to every visitor."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core import key_test
from portier.core.effects import (
    CloseSound,
    Effect,
    HangUp,
    Indicate,
    Note,
    OpenSound,
    PlaceCall,
    Play,
    Release,
    Sign,
)
from portier.core.events import (
    EndReason,
    KeyTestOver,
    KeyTestRequested,
    PhoneLost,
    StopRequested,
)
from portier.core.rules import AutoAnswer, ButtonRule, DoorRule, Rules, TargetRule
from portier.core.states import Calling, Idle, Talking

URI = "sip:36913100000007@pbx.example"
TARGET = TargetRule(
    "kitchen", URI, "sip:3100000007@pbx.example", frozenset({404}), auto_answer=AutoAnswer.CALL_INFO
)
RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", 3.0, 8.0)},
)


@pytest.fixture
def station() -> BareStation:
    found = BareStation(RULES)
    found.become_ready()
    return found


def begin(station: BareStation) -> list[Effect]:
    return station.take(KeyTestRequested(TargetRule("", URI), at_s=station.now_s))


def over(station: BareStation) -> str | None:
    assert station.state.key_test
    return station.state.key_test.over


def begin_refused(station: BareStation) -> list[Effect]:
    station.take(KeyTestRequested(TARGET, at_s=station.now_s))
    station.wait(10.0)
    return station.end(EndReason.UNKNOWN_NUMBER, status=404)


def test_a_refused_prefix_leads_to_a_call_without_it_as_for_a_visitor(station: BareStation) -> None:
    effects = begin_refused(station)
    assert effects[0] == PlaceCall(2, TARGET.plain_uri, AutoAnswer.CALL_INFO)
    assert not [one for one in effects if isinstance(one, CloseSound)]
    assert station.state.key_test
    assert station.state.key_test.refused == "number unknown (404)"
    assert over(station) is None
    assert Indicate(frozenset({Sign.TALKING})) in station.answer()
    station.wait(key_test.TALK_S - 1)
    assert over(station) is None
    station.wait(1)
    assert over(station) == "time is over"


def test_the_call_without_it_has_what_is_left_of_the_time_to_ring(station: BareStation) -> None:
    begin_refused(station)
    station.wait(RULES.ring_timeout_s - 10.5)
    assert over(station) is None
    effects = station.wait(1.0)
    assert HangUp(2) in effects
    assert over(station) == "no answer"


@pytest.mark.parametrize(
    ("reason", "status", "why"),
    [
        (EndReason.UNKNOWN_NUMBER, 404, "number unknown (404)"),
        (EndReason.FORBIDDEN, 403, "number unknown (404)"),
        (EndReason.BUSY, 486, "busy (486)"),
    ],
)
def test_how_the_call_without_it_ends_is_told_but_for_one_that_is_not_allowed(
    station: BareStation, reason: EndReason, status: int, why: str
) -> None:
    begin_refused(station)
    assert CloseSound() in station.end(reason, status=status)
    assert over(station) == why


def test_any_other_refusal_ends_it_and_so_does_an_end_after_the_answer(station: BareStation) -> None:
    station.take(KeyTestRequested(TARGET, at_s=station.now_s))
    station.end(EndReason.BUSY, status=486)
    assert over(station) == "busy (486)"
    station.take(KeyTestRequested(TARGET, at_s=station.now_s))
    station.answer()
    station.end(EndReason.UNKNOWN_NUMBER, status=404)
    assert over(station) == "number unknown (404)"


def test_a_visitor_s_press_ends_the_call_without_it_too(station: BareStation) -> None:
    begin_refused(station)
    effects = station.press("bell")
    acts = [one for one in effects if isinstance(one, PlaceCall | HangUp | CloseSound)]
    assert acts == [PlaceCall(3, "sip:flat@pbx.example"), HangUp(2)]


def test_so_does_the_end_of_sip(station: BareStation) -> None:
    begin_refused(station)
    assert HangUp(2) in station.take(PhoneLost(at_s=station.now_s))
    assert over(station) is not None


def test_it_calls_with_the_sound_open_and_the_lamp_lit(station: BareStation) -> None:
    effects = begin(station)
    assert effects[:2] == [PlaceCall(1, URI), OpenSound()]
    assert effects[-1] == Indicate(frozenset({Sign.CALLING}))
    station.ring()
    assert station.answer()[-1] == Indicate(frozenset({Sign.TALKING}))
    assert isinstance(station.state.call, Idle)
    assert not [one for one in effects if isinstance(one, Play)]


@given(st.text("0123456789*#ABCD", max_size=12))
def test_no_key_of_it_does_anything(keys: str) -> None:
    station = BareStation(RULES)
    station.become_ready()
    begin(station)
    station.answer()
    before = station.state
    assert station.keys(keys) == []
    assert station.state == before


def test_the_telephone_or_the_installer_ends_it(station: BareStation) -> None:
    begin(station)
    station.answer()
    effects = station.end(EndReason.HUNG_UP)
    assert CloseSound() in effects
    assert not [one for one in effects if isinstance(one, HangUp)]
    assert over(station) == "the telephone hung up"
    begin(station)
    effects = station.take(KeyTestOver(at_s=station.now_s))
    assert effects[:2] == [HangUp(2), CloseSound()]
    assert over(station) == "ended by command"
    assert station.take(KeyTestOver(at_s=station.now_s)) == []
    assert key_test.running(station.state) is None


def test_it_ends_by_itself_unanswered_and_answered(station: BareStation) -> None:
    begin(station)
    station.wait(RULES.ring_timeout_s + 1)
    assert over(station) == "no answer"
    begin(station)
    station.answer()
    station.wait(key_test.TALK_S - 1)
    assert over(station) is None
    station.wait(1)
    assert over(station) == "time is over"


def test_a_refusal_is_told_in_words(station: BareStation) -> None:
    begin(station)
    station.end(EndReason.BUSY, 486)
    assert over(station) == "busy (486)"


def test_a_visitor_s_press_is_called_first_and_the_test_is_hung_up(station: BareStation) -> None:
    begin(station)
    station.answer()
    effects = station.press("bell")
    acts = [one for one in effects if isinstance(one, PlaceCall | HangUp | CloseSound)]
    assert acts == [PlaceCall(2, "sip:flat@pbx.example"), HangUp(1)]
    assert isinstance(station.state.call, Calling)
    assert (station.state.call.visit, station.state.call.button) == (2, "bell")
    station.answer()
    station.keys("5", leg=1)
    assert isinstance(station.state.call, Talking)
    assert not [one for one in station.keys("5", leg=1) if isinstance(one, Release)]
    assert [one for one in station.keys("5") if isinstance(one, Release)]


@pytest.mark.parametrize("event", [PhoneLost, StopRequested])
def test_it_ends_where_no_call_can_go_on(
    station: BareStation, event: type[PhoneLost | StopRequested]
) -> None:
    begin(station)
    station.answer()
    effects = station.take(event(at_s=station.now_s))
    assert HangUp(1) in effects
    assert CloseSound() in effects


def test_it_begins_only_where_nothing_else_goes_on(station: BareStation) -> None:
    begin(station)
    assert begin(station) == []
    station.press("bell")
    assert begin(station) == []
    out_of_service = BareStation(RULES)
    assert begin(out_of_service) == []


def test_news_of_another_leg_change_nothing(station: BareStation) -> None:
    begin(station)
    before = station.state
    assert station.answer(7) == []
    assert station.end(EndReason.HUNG_UP, leg=7) == []
    assert station.state == before


def test_its_notes_hold_no_address(station: BareStation) -> None:
    effects = begin(station) + station.answer() + station.end(EndReason.HUNG_UP)
    texts = [one.text for one in effects if isinstance(one, Note)]
    assert len(texts) == 3
    assert not [text for text in texts if "3100000007" in text]
