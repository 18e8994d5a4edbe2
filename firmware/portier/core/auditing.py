"""What of a step belongs in the audit log, seen from outside: no decision knows that it is written down.

A row that a decision asks for itself is left to it. What tells of a person stands in `who` alone.
"""

from __future__ import annotations

from . import incoming, presses
from .audit import Record, Road, What
from .effects import Audit, Effect, Reject, Release
from .events import (
    CallEnded,
    CallOffered,
    CallRequested,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    PressRequested,
    ReleaseRequested,
    Requester,
    StopRequested,
    StreamLost,
    TimerFired,
)
from .rules import Rules
from .states import Call, Calling, Fire, Incoming, Live, Reach, Ringing, State, Talking
from .timers import (
    AfterReleaseTimer,
    ConfirmTimer,
    DebounceTimer,
    DigitTimer,
    PatienceTimer,
    RingTimer,
    StepTimer,
    TalkTimer,
)

Whom = tuple[str, int]
"""A name as far as it is known, and the directory's number for one, 0 for none."""
_NOBODY: Whom = ("", 0)
_ROADS = {Requester.COMMAND: Road.COMMAND, Requester.EXIT_BUTTON: Road.EXIT_BUTTON}


def started() -> list[Effect]:
    """The station begins."""
    return [Audit(Record(What.STARTED))]


def told(rules: Rules, before: State, event: Event, after: State, effects: list[Effect]) -> list[Effect]:
    """The rows of a step, beside those among its effects."""
    if after is before and not effects and not isinstance(event, ReleaseRequested | Digit):
        return []
    theirs = [one.record for one in effects if isinstance(one, Audit)]
    records = [
        *_requests(rules, before, event, after, effects),
        *_calls(rules, before, event, after, effects),
    ]
    if after.stopping and not before.stopping:
        records.append(Record(What.STOPPED))
    return [Audit(one) for one in records if not any(_covers(other, one) for other in theirs)]


def _covers(theirs: Record, ours: Record) -> bool:
    """Whether a row of a decision tells already what ours would."""
    if ours.door:
        return theirs.door == ours.door
    return theirs.what is ours.what


def _requests(rules: Rules, before: State, event: Event, after: State, effects: list[Effect]) -> list[Record]:
    """Who asked for a door, and what became of it."""
    road, (who, resident) = _asked(before, event)
    if road is None:
        # A hold that goes on, or a timer: nobody asks.
        return []
    released = [
        Record(What.RELEASED, one.door, road, who, resident) for one in effects if isinstance(one, Release)
    ]
    if released or before.stopping:
        return released
    if isinstance(event, ReleaseRequested):
        # Of a door that is there, `road` has told.
        known = event.door in rules.doors
        return [] if known else [Record(What.REFUSED, "", road, who, resident, "there is no such door")]
    if _wrong(after.call) > _wrong(before.call) and _number(after.call) == _number(before.call):
        was = before.call
        forbidden = isinstance(was, Incoming) and not incoming.may_release(rules, was)
        why = "this caller may release no door" if forbidden else "wrong keys"
        return [Record(What.REFUSED, "", road, who, resident, why)]
    return []


def _asked(before: State, event: Event) -> tuple[Road | None, Whom]:
    """By what road, and who."""
    if isinstance(event, ReleaseRequested):
        return _ROADS.get(event.by), _NOBODY
    by_keys = isinstance(event, Digit) or (
        isinstance(event, TimerFired) and isinstance(event.timer, DigitTimer)
    )
    return (Road.RELEASE_DIGIT, _whom(before.call)) if by_keys else (None, _NOBODY)


def _calls(rules: Rules, before: State, event: Event, after: State, effects: list[Effect]) -> list[Record]:
    """Calls that began, were answered, ended, or never were."""
    was, call = before.call, after.call
    if was is call:
        if not isinstance(event, CallOffered) or not any(isinstance(one, Reject) for one in effects):
            return []
        # Of whom the station does not know there is nothing to keep.
        known = incoming.is_listed(rules, event.number)
        why = "there is a fire alarm" if before.fire is Fire.ALARM else "the station is in use"
        return [_call((event.number, 0), f"from outside, refused: {why}")] if known else []
    rows: list[Record] = []
    same = _number(was) == _number(call)
    if _number(was) and not same:
        rows.append(_call(_whom(was), f"{_named(was)} over: {_end(was, event)}"))
    if _number(call) and not same:
        began = "from outside, taken" if isinstance(call, Incoming) else "placed"
        rows.append(_call(_whom(call), f"{_named(call)} {began}"))
    elif same and isinstance(call, Talking) and not isinstance(was, Talking):
        rows.append(_call(_whom(call), f"{_named(call)} answered"))
    if presses.waits(before) and isinstance(event, TimerFired) and isinstance(event.timer, PatienceTimer):
        rows.append(_call(_NOBODY, "not placed: SIP is not up"))
    return rows


def _call(whom: Whom, why: str) -> Record:
    who, resident = whom
    return Record(What.CALL, who=who, resident=resident, why=why)


def _wrong(call: Call) -> int:
    return call.wrong if isinstance(call, Talking | Incoming) else 0


def _number(call: Call) -> int:
    return call.visit if isinstance(call, Live | Incoming) else 0


def _named(call: Call) -> str:
    return f"call {_number(call)}"


def _whom(call: Call) -> Whom:
    """Who it is, and the directory's number where all of them are one resident."""
    residents = set[int]()
    if isinstance(call, Talking):
        residents = {call.resident}
    elif isinstance(call, Calling | Ringing):
        reach = call.reach
        residents = {one.target.resident for one in reach.legs} | {one.resident for one in reach.missed}
    return _who(call), residents.pop() if len(residents) == 1 else 0


def _who(call: Call) -> str:
    """Who talks, else who is rung; the button, where nobody has a name."""
    match call:
        case Talking(target=target, button=button):
            return target or button
        case Incoming(number=number):
            return number
        case Calling(button=button, reach=reach) | Ringing(button=button, reach=reach):
            names = dict.fromkeys(
                [*(one.target.name for one in reach.legs), *(one.target for one in reach.missed)]
            )
            return ", ".join(name for name in names if name) or button
        case _:
            return ""


def _end(call: Call, event: Event) -> str:
    """Why a call is over, without a name."""
    match event:
        case CallEnded(reason=EndReason.HUNG_UP) if isinstance(call, Talking | Incoming):
            return "the far end hung up"
        case CallEnded(reason=reason, status=status):
            return _missed(call, f"{reason.value} ({status})" if status else reason.value)
        case StreamLost():
            return EndReason.LINE_DEAD.value
        case HangUpRequested():
            return "hung up by command"
        case StopRequested():
            return "the station stops"
        case PhoneLost():
            return "SIP went down"
        case TimerFired(timer=TalkTimer()):
            return "longest talk time"
        case TimerFired(timer=AfterReleaseTimer()):
            return "a door was released"
        case TimerFired(timer=ConfirmTimer()):
            return _missed(call, EndReason.UNCONFIRMED.value)
        case TimerFired(timer=RingTimer() | StepTimer()):
            return _missed(call, EndReason.NO_ANSWER.value)
        case TimerFired(timer=DebounceTimer()) | PressRequested() | CallRequested():
            return "a press"
        case _:
            return "ended"


def _missed(call: Call, last: str) -> str:
    reach: Reach | None = call.reach if isinstance(call, Calling | Ringing) else None
    if reach is None:
        return last
    reasons = dict.fromkeys([*(one.reason.value for one in reach.missed), last])
    return f"nobody reached: {', '.join(reasons)}"
