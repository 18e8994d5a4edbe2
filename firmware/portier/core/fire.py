"""A fire alarm: the wired contact releases the door; the station says so, ends talks, and locks nothing.

A press still rings: whoever stands there may need help. It lasts until the contact went back and somebody,
or its time, has reset it.
"""

from __future__ import annotations

from dataclasses import replace

from . import calls, incoming
from .audit import Record, Road, What
from .effects import Audit, CancelTimer, Effect, Level, Note, Play, Reject, Remember, StartTimer, Tone
from .events import CallOffered
from .rules import Rules
from .states import Fire, Incoming, State, Talking
from .timers import FireCallTimer, FireResetTimer, FireToneTimer

KEY = "fire"
"""Under which an alarm is remembered that nobody has reset."""

TONE_EVERY_S = 15.0
"""From one announcement to the next, while nobody talks."""

FAREWELL_S = 5.0
"""How long both sides of a talk hear the alarm before it is ended."""

Outcome = tuple[State, list[Effect]]


def changed(rules: Rules, state: State, active: bool, at_s: float) -> Outcome:
    """The contact tells of a fire, or has gone back."""
    if active:
        return _alarm(state, at_s)
    if state.fire is not Fire.ALARM:
        return state, []
    rule, over = rules.fire, replace(state, fire=Fire.OVER)
    effects: list[Effect] = [CancelTimer(FireToneTimer())]
    if rule is None or rule.reset_after_s is None:
        return over, [*effects, Note("fire: the contact is back; no lock counts before a command resets it")]
    text = f"fire: the contact is back; reset in {rule.reset_after_s:g} s"
    return over, [*effects, StartTimer(FireResetTimer(), at_s + rule.reset_after_s), Note(text)]


def announced(state: State, at_s: float) -> Outcome:
    """Say it again, where nobody talks: whoever rings in a fire is to be understood."""
    if state.fire is not Fire.ALARM:
        return state, []
    tone = [] if isinstance(state.call, Talking | Incoming) else [Play(Tone.FIRE)]
    return state, [*tone, StartTimer(FireToneTimer(), at_s + TONE_EVERY_S)]


def farewell(state: State, leg: int) -> Outcome:
    """End the talk that the alarm came into, unless it was reset meanwhile."""
    if state.fire is Fire.NONE:
        return state, []
    why = "hung up, as there is a fire alarm"
    if isinstance(state.call, Incoming) and state.call.leg == leg:
        return incoming.hang_up(state, state.call, why)
    call = calls.live(state, leg)
    return calls.hang_up(state, call, why) if call else (state, [])


def offered(rules: Rules, state: State, event: CallOffered) -> Outcome | None:
    """A call from outside is refused while the alarm lasts: who stands there is to hear it, or to ring."""
    if state.fire is not Fire.ALARM:
        return None
    known = incoming.is_listed(rules, event.number)
    note = [Note(f"call from {event.number} refused: there is a fire alarm")] if known else []
    return state, [Reject(event.offer), *note]


def refusal(state: State) -> str | None:
    """Say in words why a command cannot reset it; None where it can."""
    match state.fire:
        case Fire.NONE:
            return "there is no fire alarm"
        case Fire.ALARM:
            return "the fire contact still tells of a fire: it is to go back first"
        case Fire.OVER:
            return None


def reset(state: State, road: Road | None) -> Outcome:
    """Lock again what is to be locked: by a command, or by itself after its time."""
    if why := refusal(state):
        return state, [Note(f"command to reset the fire alarm: {why}")]
    return replace(state, fire=Fire.NONE), [
        CancelTimer(FireResetTimer()),
        Remember(KEY, None),
        Note("fire: reset; locks count again"),
        Audit(Record(What.FIRE_OVER, road=road)),
    ]


def _alarm(state: State, at_s: float) -> Outcome:
    if state.fire is Fire.ALARM:
        return state, []
    effects: list[Effect] = [
        Play(Tone.FIRE),
        CancelTimer(FireResetTimer()),
        StartTimer(FireToneTimer(), at_s + TONE_EVERY_S),
        Remember(KEY, "on"),
        Note("fire: the contact tells of it, and releases the doors by its own wires", Level.WARNING),
        Audit(Record(What.FIRE)),
    ]
    if isinstance(state.call, Talking | Incoming):
        effects.append(StartTimer(FireCallTimer(state.call.leg), at_s + FAREWELL_S))
    return replace(state, fire=Fire.ALARM), effects
