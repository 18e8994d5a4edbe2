"""How long a call may last, and how often a button may place one: against bills and pranks.

No limit here is asked before a door is released.
"""

from __future__ import annotations

from dataclasses import replace

from .effects import CancelTimer, Effect, Level, Note, Play, StartTimer, Tone
from .events import (
    CallEnded,
    CallRequested,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    PressRequested,
    StopRequested,
)
from .rules import Rules
from .states import Fire, Idle, Incoming, Live, OutOfService, State, Talking
from .tally import Tally
from .timers import AfterReleaseTimer, FailureTimer, RestTimer, TalkTimer, WarningTimer

WARNING_S = 10.0
"""How long before the longest talk time is over both sides are warned."""

HOUR_S = 3600.0

_SOMEBODYS = (
    EndReason.NO_ANSWER,
    EndReason.BUSY,
    EndReason.DECLINED,
    EndReason.HUNG_UP,
    EndReason.UNCONFIRMED,
)
"""How a call ends that was there to be answered. Of the others the visitor is not to blame."""


def talk(rules: Rules, leg: int, at_s: float) -> list[Effect]:
    """Begin the longest talk time, or begin it anew: its end, and the warning before that."""
    end_s = at_s + rules.max_talk_s
    warning: list[Effect] = []
    if rules.max_talk_s > WARNING_S:
        warning.append(StartTimer(WarningTimer(leg), end_s - WARNING_S))
    return [StartTimer(TalkTimer(leg), end_s), *warning]


def prolonged(rules: Rules, leg: int, at_s: float) -> list[Effect]:
    """`#`: all the time to talk again, and no end on account of a release."""
    return [*talk(rules, leg, at_s), CancelTimer(AfterReleaseTimer(leg))]


def released(rules: Rules, leg: int, at_s: float) -> list[Effect]:
    """A digit of this leg released a door: where it is so configured, the call ends a while later."""
    wait_s = rules.hang_up_after_release_s
    return [] if wait_s is None else [StartTimer(AfterReleaseTimer(leg), at_s + wait_s)]


def warned(state: State, leg: int) -> list[Effect]:
    """The talk is soon over: both sides hear it."""
    talks = isinstance(state.call, Talking | Incoming) and state.call.leg == leg
    return [Play(Tone.ENDING)] if talks else []


def over(leg: int) -> list[Effect]:
    """Forget what was to come of a leg."""
    return [CancelTimer(WarningTimer(leg)), CancelTimer(AfterReleaseTimer(leg))]


def refused(rules: Rules, state: State, button: str, at_s: float) -> tuple[State, list[Effect]] | None:
    """A press of a button that rests calls nobody, and the visitor is told; None where it may go on."""
    tally = state.tallies.get(button)
    if state.fire is not Fire.NONE:
        # Whoever rings in a fire may need help.
        return None
    if tally is None or not tally.why or not isinstance(state.call, Idle | Incoming | OutOfService):
        return None
    if isinstance(state.call, OutOfService) and state.call.waiting is not None:
        return None
    effects: list[Effect] = [
        Play(Tone.NOT_AVAILABLE),
        StartTimer(FailureTimer(), at_s + rules.failure_shown_s),
    ]
    if not tally.told:
        text = (
            f'button "{button}": {tally.why}; for {tally.until_s - at_s:.0f} s more its presses call nobody'
        )
        effects.append(Note(text, Level.WARNING))
    tallies = state.tallies | {button: replace(tally, told=True)}
    return replace(state, tallies=tallies, call_failed=True), effects


def counted(rules: Rules, before: State, after: State, event: Event) -> tuple[State, list[Effect]]:
    """Count what an event has made of the call, against the limits of its button.

    A call that a command placed counts for nothing. Nor does one that nobody could answer because the
    network, SIP, an account or a number was at fault, or that a command or the station's stop ended.
    """
    if rules.calls_per_hour is None and rules.cool_down_after is None:
        return after, []
    if isinstance(after.call, Live) and not isinstance(before.call, Live):
        return _placed(rules, after, after.call.button, event)
    if not isinstance(before.call, Live) or isinstance(before.call, Talking):
        return after, []
    button = before.call.button
    tally = after.tallies.get(button, Tally())
    if not tally.counts:
        return after, []
    if isinstance(after.call, Talking):
        return _kept(after, button, replace(tally, unanswered=0)), []
    if isinstance(after.call, Live) or _nobodys_fault(event):
        return after, []
    return _unanswered(rules, after, button, tally, event.at_s)


def rested(state: State, button: str) -> tuple[State, list[Effect]]:
    """A button's rest is over."""
    tally = state.tallies[button]
    note = [Note(f'button "{button}" may place calls again')] if tally.told else []
    return _kept(state, button, replace(tally, why="", told=False)), [*note]


def _placed(rules: Rules, state: State, button: str, event: Event) -> tuple[State, list[Effect]]:
    tally = state.tallies.get(button, Tally())
    if isinstance(event, PressRequested | CallRequested):
        return _kept(state, button, replace(tally, counts=False)), []
    at_s, most = event.at_s, rules.calls_per_hour
    placed_s = (*(moment_s for moment_s in tally.placed_s if moment_s > at_s - HOUR_S), at_s)
    if most is None:
        return _kept(state, button, replace(tally, counts=True)), []
    tally = replace(tally, placed_s=placed_s[-most:], counts=True)
    if len(placed_s) < most:
        return _kept(state, button, tally), []
    calls = "call" if most == 1 else "calls"
    why = f"{most} {calls} within an hour, which is all it may place"
    return _rests(state, button, tally, why, tally.placed_s[0] + HOUR_S)


def _unanswered(
    rules: Rules, state: State, button: str, tally: Tally, at_s: float
) -> tuple[State, list[Effect]]:
    count = tally.unanswered + 1
    if rules.cool_down_after is None or count < rules.cool_down_after:
        return _kept(state, button, replace(tally, unanswered=count)), []
    why = f"{count} calls in a row that nobody answered"
    return _rests(state, button, replace(tally, unanswered=0), why, at_s + rules.cool_down_s)


def _rests(state: State, button: str, tally: Tally, why: str, until_s: float) -> tuple[State, list[Effect]]:
    """Let a button rest; of two reasons the one that lasts longer counts."""
    if tally.why and tally.until_s >= until_s:
        return _kept(state, button, tally), []
    resting = replace(tally, why=why, until_s=until_s)
    return _kept(state, button, resting), [StartTimer(RestTimer(button), until_s)]


def _kept(state: State, button: str, tally: Tally) -> State:
    return replace(state, tallies=state.tallies | {button: tally})


def _nobodys_fault(event: Event) -> bool:
    if isinstance(event, CallEnded):
        return event.reason not in _SOMEBODYS
    return isinstance(event, PhoneLost | HangUpRequested | StopRequested)
