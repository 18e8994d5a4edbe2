"""Whether the far end hears the microphone: the visitor's button mutes it, or lets it hear while pressed."""

from __future__ import annotations

from dataclasses import replace

from . import key_test
from .effects import Effect, MuteMicrophone
from .inputs import Input, InputKind
from .rules import Rules
from .states import Calling, Incoming, Ringing, State, Talking

_BUTTON = Input(InputKind.SPEECH)


def pressed(state: State, active: bool) -> State:
    """The button was pressed, or let go: in a call each press asks for the other of muted and heard."""
    if not active or _call(state) is None:
        return state
    return replace(state, mute_asked=not state.mute_asked)


def followed(rules: Rules, before: State, state: State) -> tuple[State, list[Effect]]:
    """Mute the microphone, or let it be heard, where that has changed; each call begins without a wish."""
    if rules.speech is None:
        return state, []
    call = _call(state)
    asked = state.mute_asked and call is not None and call == _call(before)
    held = state.inputs[_BUTTON].contact.counted
    muted = call is not None and (not held if rules.speech.push_to_talk else asked)
    effects: list[Effect] = [] if muted is state.muted else [MuteMicrophone(muted)]
    if (muted, asked) != (state.muted, state.mute_asked):
        state = replace(state, muted=muted, mute_asked=asked)
    return state, effects


def _call(state: State) -> int | None:
    """The number of the call that lasts, an installer's test of keys included; None where there is none."""
    match state.call:
        case Calling(visit=number) | Ringing(visit=number) | Talking(visit=number) | Incoming(leg=number):
            return number
        case _:
            test = key_test.running(state)
            return test.number if test else None
