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
from .rules import Rules
from .states import Idle, KeyTest, Live, State
from .timers import KeyTestTimer

TALK_S = 120.0
"""How long keys are waited for."""

Outcome = tuple[State, list[Effect]]


def decide(rules: Rules, state: State, event: Event) -> Outcome | None:
    """All that concerns such a call; None for every other event."""
    test = running(state)
    match event:
        case KeyTestRequested():
            if test or not isinstance(state.call, Idle):
                return state, []
            return _begin(rules, state, event)
        case KeyTestOver():
            return _over(state, test, "ended by command", hang_up=True) if test else (state, [])
        case CallProgress(leg=leg, phase=phase, at_s=at_s) if test and leg == test.leg:
            return _progress(state, test, phase, at_s)
        case CallEnded(leg=leg, status=status, at_s=at_s) if (
            test and leg == test.leg and test.plain_uri and status in test.plain_after
        ):
            return _again(rules, state, test, status, at_s)
        case CallEnded(leg=leg, reason=reason, status=status) if test and leg == test.leg:
            return _over(state, test, _why(reason, status, answered=test.phase is CallPhase.ANSWERED))
        case TimerFired(timer=KeyTestTimer(leg)):
            if test is None or leg != test.leg:
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


def _begin(rules: Rules, state: State, asked: KeyTestRequested) -> Outcome:
    leg = state.last_leg + 1
    test = KeyTest(leg, plain_uri=asked.plain_uri, plain_after=asked.plain_after)
    return replace(state, key_test=test, last_leg=leg), [
        PlaceCall(leg, asked.uri),
        OpenSound(),
        StartTimer(KeyTestTimer(leg), asked.at_s + rules.ring_timeout_s),
        Note(f"call {leg}: a test of a telephone's keys, which release no door"),
    ]


def _again(rules: Rules, state: State, refused: KeyTest, status: int, at_s: float) -> Outcome:
    leg = state.last_leg + 1
    return replace(state, key_test=KeyTest(leg), last_leg=leg), [
        PlaceCall(leg, refused.plain_uri),
        CancelTimer(KeyTestTimer(refused.leg)),
        StartTimer(KeyTestTimer(leg), at_s + rules.ring_timeout_s),
        Note(f"call {refused.leg}: refused with {status}, trying it once more without the prefix"),
    ]


def _progress(state: State, test: KeyTest, phase: CallPhase, at_s: float) -> Outcome:
    if test.phase is CallPhase.ANSWERED or phase is test.phase:
        return state, []
    after = replace(state, key_test=replace(test, phase=phase))
    if phase is not CallPhase.ANSWERED:
        return after, []
    return after, [
        Join(test.leg),
        StartTimer(KeyTestTimer(test.leg), at_s + TALK_S),
        Note(f"call {test.leg}: answered"),
    ]


def _over(state: State, test: KeyTest, why: str, *, hang_up: bool = False) -> Outcome:
    end: list[Effect] = [HangUp(test.leg)] if hang_up else []
    return replace(state, key_test=replace(test, over=why)), [
        *end,
        CloseSound(),
        CancelTimer(KeyTestTimer(test.leg)),
        Note(f"call {test.leg}: the test of keys is over: {why}"),
    ]


def _why(reason: EndReason, status: int, *, answered: bool) -> str:
    if answered and reason is EndReason.HUNG_UP:
        return "the telephone hung up"
    return reason.told(status)
