"""A call from outside that the station may take: the caller is on its list. Nobody listens in unseen.

It is answered with a tone and the lamp of a talk, and gives way to a press at once.
"""

from __future__ import annotations

from dataclasses import replace

from . import key_test, limits
from .effects import (
    Answer,
    CancelTimer,
    CloseSound,
    Effect,
    HangUp,
    Join,
    LetRing,
    Note,
    OpenSound,
    Play,
    Reject,
    Silence,
    StartTimer,
    Tone,
)
from .events import (
    CallEnded,
    CallOffered,
    CallPhase,
    CallProgress,
    EndReason,
    Event,
    StreamLost,
    TimerFired,
)
from .rules import IncomingRule, Rules
from .states import Idle, Incoming, IncomingPhase, State
from .timers import AnswerTimer, DigitTimer, GreetingTimer, TalkTimer

GREETING_S = 1.0
"""From the answer to the moment when both sides are joined: the visitor hears first that somebody will be."""

Outcome = tuple[State, list[Effect]]


def decide(rules: Rules, state: State, event: Event) -> Outcome | None:
    """All that concerns such a call and nothing else; None for every other event."""
    if isinstance(event, CallOffered):
        return _offered(rules, state, event)
    call = state.call
    if not isinstance(call, Incoming):
        return (state, []) if _is_timer_of_such_a_call(event) else None
    match event:
        case CallProgress(leg=leg, phase=phase, at_s=at_s) if leg == call.leg:
            return _progress(rules, state, call, phase, at_s)
        case CallEnded(leg=leg, reason=reason, status=status) if leg == call.leg:
            return replace(state, call=Idle()), [*_quiet(call), _told(call, _why(reason, status))]
        case StreamLost(leg=leg) if leg == call.leg:
            return hang_up(state, call, EndReason.LINE_DEAD.value)
        case TimerFired(timer=AnswerTimer(leg)):
            return _answer(state, call) if leg == call.leg else (state, [])
        case TimerFired(timer=GreetingTimer(leg)):
            return _join(state, call) if leg == call.leg else (state, [])
        case TimerFired(timer=TalkTimer(leg)) if leg == call.leg:
            return hang_up(state, call, "longest talk time")
        case _:
            return None


def talks(state: State, leg: int) -> Incoming | None:
    """The call with this leg, while its digits count: both sides are joined."""
    call = state.call
    if isinstance(call, Incoming) and call.leg == leg and call.phase is IncomingPhase.TALKING:
        return call
    return None


def is_listed(rules: Rules, number: str) -> bool:
    """Whether the station takes calls from this number."""
    return rules.incoming is not None and number in rules.incoming.callers


def may_release(rules: Rules, call: Incoming) -> bool:
    """Whether the list lets this caller's digits release a door."""
    return rules.incoming is not None and rules.incoming.callers.get(call.number, False)


def hang_up(state: State, call: Incoming, why: str) -> Outcome:
    """End it ourselves."""
    return replace(state, call=Idle()), [HangUp(call.leg), *_quiet(call), _told(call, why)]


def gives_way(placed: Outcome, call: Incoming) -> Outcome:
    """End it for a visit that was placed: the INVITEs first, and the card is the visitor's at once."""
    after, effects = placed
    holds_card = call.phase is not IncomingPhase.RINGING
    first = [one for one in effects if not (holds_card and isinstance(one, OpenSound))]
    over = (one for one in _quiet(call) if not isinstance(one, CloseSound | Silence))
    return after, [*first, HangUp(call.leg), *over, _told(call, "ended by a press")]


def heard_again(state: State) -> list[Effect]:
    """The sound card is back: who stands there hears again that somebody listens."""
    call = state.call
    answered = isinstance(call, Incoming) and call.phase in (IncomingPhase.GREETING, IncomingPhase.TALKING)
    return [Play(Tone.INCOMING)] if answered else []


def _offered(rules: Rules, state: State, event: CallOffered) -> Outcome:
    rule = rules.incoming
    if rule is None or event.number not in rule.callers:
        return state, [Reject(event.offer)]
    if not isinstance(state.call, Idle) or key_test.running(state):
        return state, [Reject(event.offer), Note(f"call from {event.number} refused: the station is in use")]
    return _take(state, rule, event)


def _take(state: State, rule: IncomingRule, event: CallOffered) -> Outcome:
    leg = state.last_leg + 1
    call = Incoming(leg, event.number)
    after, effects = replace(state, call=call, last_leg=leg), [LetRing(event.offer, leg)]
    if rule.answer_after_s:
        note = Note(f"call {leg}: from {event.number}, to be answered in {rule.answer_after_s:g} s")
        return after, [*effects, StartTimer(AnswerTimer(leg), event.at_s + rule.answer_after_s), note]
    answered, more = _answer(after, call)
    return answered, [*effects, *more, Note(f"call {leg}: from {event.number}, answered at once")]


def _answer(state: State, call: Incoming) -> Outcome:
    if call.phase is not IncomingPhase.RINGING:
        return state, []
    return _in_phase(state, call, IncomingPhase.ANSWERING), [Answer(call.leg), OpenSound()]


def _progress(rules: Rules, state: State, call: Incoming, phase: CallPhase, at_s: float) -> Outcome:
    if phase is not CallPhase.ANSWERED or call.phase is not IncomingPhase.ANSWERING:
        return state, []
    answered = replace(call, answered_s=at_s)
    return _in_phase(state, answered, IncomingPhase.GREETING), [
        Play(Tone.INCOMING),
        StartTimer(GreetingTimer(call.leg), at_s + GREETING_S),
        *limits.talk(rules, call.leg, at_s),
    ]


def _join(state: State, call: Incoming) -> Outcome:
    if call.phase is not IncomingPhase.GREETING:
        return state, []
    return _in_phase(state, call, IncomingPhase.TALKING), [Join(call.leg)]


def _in_phase(state: State, call: Incoming, phase: IncomingPhase) -> State:
    return replace(state, call=replace(call, phase=phase))


def _quiet(call: Incoming) -> list[Effect]:
    leg = call.leg
    if call.phase is IncomingPhase.RINGING:
        return [CancelTimer(AnswerTimer(leg))]
    timers = (GreetingTimer(leg), TalkTimer(leg), DigitTimer(leg))
    return [Silence(), CloseSound(), *(CancelTimer(one) for one in timers), *limits.over(leg)]


def _told(call: Incoming, why: str) -> Note:
    """How it ended; its record tells the rest."""
    return Note(f"call {call.leg} from {call.number}: {why}")


def _why(reason: EndReason, status: int) -> str:
    if reason is EndReason.HUNG_UP:
        return "the caller hung up"
    if status == _CANCELLED:
        return "the caller gave up"
    return reason.told(status)


_CANCELLED = 487


def _is_timer_of_such_a_call(event: Event) -> bool:
    return isinstance(event, TimerFired) and isinstance(event.timer, AnswerTimer | GreetingTimer)
