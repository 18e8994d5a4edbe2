"""The local gong: a sound in the house for when nobody can be reached by telephone."""

from __future__ import annotations

from dataclasses import replace

from .effects import Effect, Note, StartTimer, SwitchGong
from .events import CallEnded, EndReason, Event, HangUpRequested, KeypadKey, PressRequested, TimerFired
from .rules import GongWhen, Rules
from .states import Live, OutOfService, State, Talking
from .timers import DebounceTimer, GongTimer, PatienceTimer

_NOTES = {
    GongWhen.UNREACHABLE: "gong: rung, as nobody was reached",
    GongWhen.OUT_OF_SERVICE: "gong: rung, as SIP is down",
}


def rung(rules: Rules, before: State, after: State, event: Event) -> tuple[State, list[Effect]]:
    """Ring it where an event has left a visitor without anybody; a gong that sounds is not prolonged."""
    if after.stopping:
        return stilled(after)
    rule, why = rules.gong, _why(before, after, event)
    if rule is None or why not in rule.when or after.gong:
        return after, []
    return replace(after, gong=True), [
        SwitchGong(on=True),
        StartTimer(GongTimer(), event.at_s + rule.pulse_s),
        Note(_NOTES[why]),
    ]


def stilled(state: State) -> tuple[State, list[Effect]]:
    """Its pulse is over, or the station stops."""
    return (replace(state, gong=False), [SwitchGong(on=False)]) if state.gong else (state, [])


def _why(before: State, after: State, event: Event) -> GongWhen | None:
    """Why the visitor has reached nobody, if that is what has happened."""
    if isinstance(before.call, OutOfService):
        waited = before.call.waiting is not None and after.call == OutOfService()
        impatient = isinstance(event, TimerFired) and isinstance(event.timer, PatienceTimer)
        return GongWhen.OUT_OF_SERVICE if waited and impatient else None
    unanswered = isinstance(before.call, Live) and not isinstance(before.call, Talking)
    if not unanswered or isinstance(after.call, Live) or _on_purpose(event):
        return None
    return GongWhen.UNREACHABLE


def _on_purpose(event: Event) -> bool:
    """Whether somebody ended the call: the visitor, a command, or who was called and would not."""
    match event:
        case CallEnded(reason=EndReason.DECLINED) | TimerFired(timer=DebounceTimer()):
            return True
        case _:
            return isinstance(event, HangUpRequested | PressRequested | KeypadKey)
