"""What the keys of the far phone lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from . import access, calls, incoming, limits, road
from .audit import Road
from .calls import Outcome
from .codes_entry import to_caller
from .effects import CancelTimer, Level, Note, Play, StartTimer, Tone
from .events import Digit
from .rules import Rules
from .states import Calling, Incoming, Ringing, State, Talking
from .timers import DigitTimer


def digit(rules: Rules, state: State, event: Digit) -> Outcome:
    """A key; it counts only in the answered leg that lives, or confirms that somebody is there."""
    call = incoming.talks(state, event.leg) or calls.live(state, event.leg)
    if isinstance(call, Calling | Ringing):
        return calls.confirm(rules, state, call, event.leg, event.key, event.at_s)
    if call is None:
        return state, []
    timer = DigitTimer(call.leg)
    match access.judge(rules, call.keys, event.key):
        case access.Opens(name) if not isinstance(call, Incoming) or incoming.may_release(rules, call):
            who, resident = (call.number, 0) if isinstance(call, Incoming) else (call.target, call.resident)
            asked = road.Asked(name, Road.RELEASE_DIGIT, f"call {call.visit}", who, resident)
            after, effects = road.request(rules, state, asked, event.at_s)
            effects = to_caller(effects)
            if access.barred(rules, state, name, asked.road) is None:
                effects += limits.released(rules, call.leg, event.at_s)
            if not call.keys:
                return after, effects
            return replace(after, call=replace(call, keys="")), [*effects, CancelTimer(timer)]
        case access.Pending(keys):
            due_s = event.at_s + rules.digit_timeout_s
            return replace(state, call=replace(call, keys=keys)), [StartTimer(timer, due_s)]
        case access.Wrong() | access.Opens():
            after, effects = wrong(rules, state, call)
            return after, [*effects, CancelTimer(timer)]
        case access.Prolongs():
            return state, limits.prolonged(rules, call.leg, event.at_s)
        case access.Ignored():
            return state, []
        case never:
            assert_never(never)


def too_slow(rules: Rules, state: State, leg: int) -> Outcome:
    """The next key of an attempt did not come in time."""
    call = incoming.talks(state, leg) or calls.live(state, leg)
    return wrong(rules, state, call) if isinstance(call, Talking | Incoming) and call.keys else (state, [])


def wrong(rules: Rules, state: State, call: Talking | Incoming) -> Outcome:
    """An attempt released nothing; every few of them are told."""
    count = call.wrong + 1
    after = replace(state, call=replace(call, keys="", wrong=count))
    if count % rules.wrong_attempts:
        return after, []
    return after, [
        Play(Tone.DENIED, to_far_end=True),
        Note(f"call {call.visit}: {count} wrong attempts at a door", Level.WARNING),
    ]
