"""What a press leads to, in every state of the call; and a contact that nobody lets go."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from . import calls, debounce, incoming, limits
from .calls import Outcome
from .effects import CancelTimer, Level, Note, Play, Silence, StartTimer, Tone
from .rules import Rules
from .states import Calling, Idle, Incoming, OutOfService, Ringing, State, Talking
from .timers import FailureTimer, PatienceTimer, StuckTimer


def pressed(rules: Rules, state: State, button: str, at_s: float) -> Outcome:
    """A button was pressed, or a command says so."""
    match state.call:
        case Idle():
            return _placed(rules, state, button, at_s)
        case Incoming() as call:
            placed = _placed(rules, state, button, at_s)
            # A call from outside that goes on is better than nobody.
            return placed if placed[0].call is call else incoming.gives_way(placed, call)
        case OutOfService(None):
            return replace(state, call=OutOfService(waiting=button)), [
                Play(Tone.RINGBACK),
                StartTimer(PatienceTimer(), at_s + rules.patience_s),
                Note(f'button "{button}" pressed while SIP is not up: waits for it'),
            ]
        case OutOfService():
            return (
                cancel_wait(state) if rules.press_hangs_up and state.call.waiting == button else (state, [])
            )
        case Calling() | Ringing() | Talking() as call:
            if call.button != button:
                return state, [
                    Play(Tone.IN_USE),
                    Note(f'button "{button}" pressed during call {call.visit}: ignored'),
                ]
            if rules.press_hangs_up:
                return calls.hang_up(state, call, f'hung up by button "{button}"')
            return state, []
        case never:
            assert_never(never)


def by_hand(rules: Rules, state: State, button: str, at_s: float) -> Outcome:
    """Somebody at the door rings: within the limits of what he presses."""
    return limits.refused(rules, state, button, at_s) or pressed(rules, state, button, at_s)


def settled(rules: Rules, state: State, button: str, at_s: float) -> Outcome:
    """A contact's level counts: maybe a press, or the end of one."""
    was_stuck = state.contacts[button].stuck
    contact, is_press = debounce.settle(state.contacts[button])
    after = replace(state, contacts=state.contacts | {button: contact})
    if is_press:
        after, effects = by_hand(rules, after, button, at_s)
        return after, [*effects, StartTimer(StuckTimer(button), at_s + rules.stuck_after_s)]
    freed = [Note(f'button "{button}" is free again')] if was_stuck else []
    return after, [CancelTimer(StuckTimer(button)), *freed]


def stuck(rules: Rules, state: State, button: str) -> Outcome:
    """A contact has been closed for longer than anybody presses: told once, until it opens."""
    contacts = state.contacts | {button: replace(state.contacts[button], stuck=True)}
    text = f'button "{button}" closed for {rules.stuck_after_s:.0f} s: stuck, or its cable shorted'
    return replace(state, contacts=contacts), [Note(text, Level.WARNING)]


def phone_ready(rules: Rules, state: State, at_s: float) -> Outcome:
    """SIP is up: a press that waited is dialled now."""
    match state.call:
        case OutOfService(None):
            return replace(state, call=Idle()), [Note("ready for calls")]
        case OutOfService(str(button)):
            if rules.bell(button) is None:
                # A flat that is no more.
                after, effects = cancel_wait(state)
                return replace(after, call=Idle()), [*effects, Note("ready for calls")]
            after, effects = _placed(rules, state, button, at_s)
            return after, [*effects, CancelTimer(PatienceTimer()), Note("ready for calls")]
        case _:
            return state, []


def impatient(rules: Rules, state: State, at_s: float) -> Outcome:
    """A press has waited long enough for SIP: the visitor is told."""
    if not isinstance(state.call, OutOfService) or state.call.waiting is None:
        return state, []
    text = f'button "{state.call.waiting}": no call, as SIP is not up; the lines above say why'
    return replace(state, call=OutOfService(), call_failed=True), [
        Silence(),
        Play(Tone.NOT_AVAILABLE),
        StartTimer(FailureTimer(), at_s + rules.failure_shown_s),
        Note(text, Level.WARNING),
    ]


def waits(state: State) -> bool:
    """Whether a press waits for SIP."""
    return isinstance(state.call, OutOfService) and state.call.waiting is not None


def cancel_wait(state: State) -> Outcome:
    """Forget a press that waits for SIP."""
    if not waits(state):
        return state, []
    return replace(state, call=OutOfService()), [Silence(), CancelTimer(PatienceTimer())]


def _placed(rules: Rules, state: State, button: str, at_s: float) -> Outcome:
    bell = rules.bell(button)
    return calls.place(rules, state, bell, at_s) if bell else (state, [])
