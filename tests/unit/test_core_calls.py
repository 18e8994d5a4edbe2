"""One call's life, part by part: what each turn starts, stops and says."""

from __future__ import annotations

import pytest

from portier.bench.bare import BareStation
from portier.core import calls
from portier.core.effects import (
    CloseSound,
    Effect,
    HangUp,
    Level,
    Note,
    OpenSound,
    PlaceCall,
    Play,
    Silence,
    StartTimer,
    Tone,
)
from portier.core.events import CallPhase, EndReason
from portier.core.rules import ButtonRule, DoorRule, Rules, TargetRule
from portier.core.states import Calling, Idle, Leg, LegPhase, Reach, Ringing, Stage, State, Talking
from portier.core.timers import FailureTimer, RingTimer, TalkTimer, WarningTimer

BELL = ButtonRule("bell", "sip:flat@pbx.example", 0.03)
RULES = Rules(buttons={"bell": BELL}, doors={"front": DoorRule("front", "5", 3.0, 8.0)})
FLAT = TargetRule("", BELL.uri)
TALKING = Talking(1, "bell", visit=1)


def reaching(phase: LegPhase) -> Reach:
    """The visit's only leg, so far."""
    return Reach((Stage((FLAT,)),), (Leg(1, FLAT, phase=phase),))


CALLING = Calling(1, "bell", reaching(LegPhase.CALLING))
RINGING = Ringing(1, "bell", reaching(LegPhase.RINGING))


@pytest.fixture
def idle() -> State:
    station = BareStation(RULES)
    station.become_ready()
    return station.state


def warnings(effects: list[Effect]) -> list[str]:
    return [one.text for one in effects if isinstance(one, Note) and one.level is Level.WARNING]


def test_the_invite_goes_out_before_anything_else_is_done(idle: State) -> None:
    state, effects = calls.place(RULES, idle, BELL, 10.0)
    assert state.call == CALLING
    assert effects[:4] == [
        PlaceCall(1, BELL.uri),
        OpenSound(),
        Play(Tone.RINGBACK),
        StartTimer(RingTimer(1), 55.0),
    ]


def test_every_call_has_a_leg_of_its_own(idle: State) -> None:
    state = idle
    legs: list[int] = []
    for _ in range(3):
        state, effects = calls.place(RULES, state, BELL, 0.0)
        legs += [effect.leg for effect in effects if isinstance(effect, PlaceCall)]
        assert isinstance(state.call, Calling)
        state, _ = calls.hang_up(state, state.call, "test")
    assert legs == [1, 2, 3]


def test_only_the_leg_in_progress_is_live(idle: State) -> None:
    state, _ = calls.place(RULES, idle, BELL, 0.0)
    assert calls.live(state, 1) == CALLING
    assert calls.live(state, 0) is None
    assert calls.live(state, 2) is None
    assert calls.live(idle, 0) is None


@pytest.mark.parametrize("rang", [True, False])
def test_an_answer_ends_the_ringback_and_limits_the_talk(idle: State, rang: bool) -> None:
    """Some lines answer without ever having rung."""
    state, _ = calls.place(RULES, idle, BELL, 0.0)
    if rang:
        assert isinstance(state.call, Calling)
        state, _ = calls.progress(RULES, state, state.call, 1, CallPhase.RINGING, 1.0)
        assert state.call == RINGING
    assert isinstance(state.call, Calling | Ringing)
    state, effects = calls.progress(RULES, state, state.call, 1, CallPhase.ANSWERED, 5.0)
    assert state.call == TALKING
    assert Silence() in effects
    assert StartTimer(TalkTimer(1), 125.0) in effects


def test_ringing_or_an_answer_told_again_changes_nothing(idle: State) -> None:
    """Retransmissions and early media make a line say the same thing twice, or ring after its answer."""
    ringing = RINGING
    assert calls.progress(RULES, idle, ringing, 1, CallPhase.RINGING, 1.0) == (idle, [])
    for phase in CallPhase:
        assert calls.progress(RULES, idle, TALKING, 1, phase, 1.0) == (idle, [])


@pytest.mark.parametrize(
    ("reason", "status", "tone", "advice"),
    [
        (EndReason.FORBIDDEN, 403, Tone.NOT_AVAILABLE, "check the account's user and password"),
        (EndReason.UNKNOWN_NUMBER, 404, Tone.NOT_AVAILABLE, "check the target's line"),
        (EndReason.NO_ANSWER, 480, Tone.NOT_AVAILABLE, "check that the line answers"),
        (EndReason.BUSY, 486, Tone.BUSY, "press again later"),
        (EndReason.FAILED, 488, Tone.NOT_AVAILABLE, "check the line, and the codecs"),
        (EndReason.UNREACHABLE, 503, Tone.NOT_AVAILABLE, "check the network"),
        (EndReason.DECLINED, 603, Tone.BUSY, "refused the call"),
        (EndReason.HUNG_UP, 487, Tone.NOT_AVAILABLE, "check where it forwards to"),
    ],
)
def test_a_failed_call_is_shown_heard_and_explained_in_one_line(
    idle: State, reason: EndReason, status: int, tone: Tone, advice: str
) -> None:
    state, _ = calls.place(RULES, idle, BELL, 0.0)
    assert isinstance(state.call, Calling)
    state, effects = calls.ended(RULES, state, state.call, 1, reason, status, 2.0)
    assert state.call == Idle()
    assert state.call_failed
    assert [effect.tone for effect in effects if isinstance(effect, Play)] == [tone]
    assert StartTimer(FailureTimer(), 7.0) in effects
    (line,) = warnings(effects)
    assert 'button "bell"' in line
    assert f"({status})" in line
    assert advice in line


@pytest.mark.parametrize("reason", EndReason)
def test_every_reason_says_what_to_do_and_gives_no_code_where_none_came(
    idle: State, reason: EndReason
) -> None:
    _, effects = calls.ended(RULES, idle, RINGING, 1, reason, 0, 2.0)
    (line,) = warnings(effects)
    told, advice = line.split("; ", maxsplit=1)
    assert told.endswith(f": {reason.value}")
    assert advice


def test_hanging_up_after_a_talk_is_no_failure(idle: State) -> None:
    state, effects = calls.ended(RULES, idle, TALKING, 1, EndReason.HUNG_UP, 200, 60.0)
    assert not state.call_failed
    assert warnings(effects) == []
    assert not any(isinstance(effect, Play) for effect in effects)


def test_a_talk_that_breaks_is_a_failure(idle: State) -> None:
    state, effects = calls.ended(RULES, idle, TALKING, 1, EndReason.FAILED, 0, 60.0)
    assert state.call_failed
    assert len(warnings(effects)) == 1


def test_giving_up_on_a_line_hangs_up_and_counts_as_no_answer(idle: State) -> None:
    state, effects = calls.unanswered(RULES, idle, RINGING, 45.0)
    assert effects[0] == HangUp(1)
    assert state.call_failed
    assert "no answer" in warnings(effects)[0]


def test_a_talk_does_not_run_out_of_ringing_time_and_leaves_no_timer_behind() -> None:
    station = BareStation(RULES)
    station.become_ready()
    station.press("bell")
    assert set(station.timers) == {RingTimer(1)}
    station.answer()
    assert set(station.timers) == {TalkTimer(1), WarningTimer(1)}
    station.keys("*#")
    station.end(EndReason.HUNG_UP)
    assert set(station.timers) == set()


def test_a_call_that_is_over_lets_the_sound_card_go(idle: State) -> None:
    """The tone that tells why comes first: the card closes when it has ended."""
    _, effects = calls.ended(RULES, idle, RINGING, 1, EndReason.BUSY, 486, 2.0)
    assert effects.index(Play(Tone.BUSY)) < effects.index(CloseSound())
    _, effects = calls.hang_up(idle, TALKING, "test")
    assert effects[:3] == [HangUp(1), Silence(), CloseSound()]
