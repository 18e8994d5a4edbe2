"""An installer's call, to see how a telephone's keys arrive. It is no visitor's: its keys release no door.

It gives way to a visitor's call at once.
"""

from __future__ import annotations

from dataclasses import replace

from .effects import CancelTimer, CloseSound, Effect, HangUp, Join, Note, OpenSound, PlaceCall, StartTimer
from .events import (
    CallEnded,
    CallPhase,
    CallProgress,
    EndReason,
    Event,
    KeyTestOver,
    KeyTestRequested,
    TimerFired,
)
from .reach import goes_plain
from .rules import Rules, TargetRule
from .states import Idle, KeyTest, Live, State
from .timers import KeyTestTimer

TALK_S = 120.0
"""How long keys are waited for."""

Outcome = tuple[State, list[Effect]]


def decide(rules: Rules, state: State, event: Event) -> Outcome | None:
    """All that concerns such a call; None for every other event."""
    test = running(state)
    match event:
        case KeyTestRequested(target=target, at_s=at_s):
            if test or not isinstance(state.call, Idle):
                return state, []
            return _begin(rules, state, target, at_s)
        case KeyTestOver():
            return _over(state, test, "ended by command", hang_up=True) if test else (state, [])
        case CallProgress(leg=leg, phase=phase, at_s=at_s) if test and leg == test.leg:
            return _progress(state, test, phase, at_s)
        case CallEnded(leg=leg, reason=reason, status=status) if test and leg == test.leg:
            may = test.phase is not CallPhase.ANSWERED and not test.refused
            if may and goes_plain(test.target, status):
                return _again(state, test, reason.told(status))
            return _over(state, test, _why(test, reason, status))
        case TimerFired(timer=KeyTestTimer(number)):
            if test is None or number != test.number:
                return state, []
            answered = test.phase is CallPhase.ANSWERED
            return _over(state, test, "time is over" if answered else "no answer", hang_up=True)
        case _:
            return None


def gives_way(outcome: Outcome) -> Outcome:
    """End it where the station has something else to do by now."""
    after, effects = outcome
    test = running(after)
    if test is None or isinstance(after.call, Idle):
        return outcome
    over, more = _over(after, test, "the station has a call to make, or stops", hang_up=True)
    if isinstance(after.call, Live):
        # The card is the visitor's now.
        more = [effect for effect in more if not isinstance(effect, CloseSound)]
    return over, [*effects, *more]


def running(state: State) -> KeyTest | None:
    """The test that goes on."""
    return state.key_test if state.key_test and state.key_test.over is None else None


def _begin(rules: Rules, state: State, target: TargetRule, at_s: float) -> Outcome:
    leg = state.last_leg + 1
    return replace(state, key_test=KeyTest(leg, leg, target), last_leg=leg), [
        PlaceCall(leg, target.uri, target.auto_answer),
        OpenSound(),
        StartTimer(KeyTestTimer(leg), at_s + rules.ring_timeout_s),
        Note(f"call {leg}: a test of a telephone's keys, which release no door"),
    ]


def _again(state: State, test: KeyTest, refused: str) -> Outcome:
    leg = state.last_leg + 1
    again = replace(test, leg=leg, phase=None, refused=refused)
    return replace(state, key_test=again, last_leg=leg), [
        PlaceCall(leg, test.target.plain_uri, test.target.auto_answer),
        Note(f"call {test.leg}: refused, {refused}; trying it once more without the prefix"),
    ]


def _progress(state: State, test: KeyTest, phase: CallPhase, at_s: float) -> Outcome:
    if test.phase is CallPhase.ANSWERED or phase is test.phase:
        return state, []
    after = replace(state, key_test=replace(test, phase=phase))
    if phase is not CallPhase.ANSWERED:
        return after, []
    return after, [
        Join(test.leg),
        StartTimer(KeyTestTimer(test.number), at_s + TALK_S),
        Note(f"call {test.leg}: answered"),
    ]


def _over(state: State, test: KeyTest, why: str, *, hang_up: bool = False) -> Outcome:
    end: list[Effect] = [HangUp(test.leg)] if hang_up else []
    return replace(state, key_test=replace(test, over=why)), [
        *end,
        CloseSound(),
        CancelTimer(KeyTestTimer(test.number)),
        Note(f"call {test.leg}: the test of keys is over: {why}"),
    ]


def _why(test: KeyTest, reason: EndReason, status: int) -> str:
    if test.phase is CallPhase.ANSWERED and reason is EndReason.HUNG_UP:
        return "the telephone hung up"
    # That a call without the prefix is not allowed tells nothing new.
    return test.refused if test.refused and reason is EndReason.FORBIDDEN else reason.told(status)
