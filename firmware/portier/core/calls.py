"""The life of a visit: its legs placed, ringing, one of them talking, over. Nothing of door and lamps."""

from __future__ import annotations

from dataclasses import replace

from . import limits, reach as ways, schedule
from .effects import (
    AskToConfirm,
    CancelTimer,
    CloseSound,
    Effect,
    HangUp,
    Join,
    Level,
    Note,
    OpenSound,
    PlaceCall,
    Play,
    Silence,
    StartTimer,
    Tone,
)
from .events import CallPhase, EndReason
from .rules import ButtonRule, Rules
from .states import Calling, Idle, Incoming, Leg, LegPhase, Live, Missed, Reach, Ringing, State, Talking
from .timers import ConfirmTimer, DigitTimer, FailureTimer, RingTimer, StepTimer, TalkTimer

Outcome = tuple[State, list[Effect]]
"""What a decision leads to: the new state, and what to do, in its order."""

Attempt = Calling | Ringing
"""A visit in which nobody talks yet."""

ADVICE = {
    EndReason.HUNG_UP: "the line ended it before anybody answered: check where it forwards to",
    EndReason.BUSY: "press again later; if it is often so, give the line a second call or ring another",
    EndReason.DECLINED: "somebody refused the call, or the line is set not to be disturbed",
    EndReason.FORBIDDEN: "check the account's user and password, and that the line may call this number",
    EndReason.UNKNOWN_NUMBER: "check the target's line and the dialling prefix",
    EndReason.UNREACHABLE: "check the network, the registrar and the target's address",
    EndReason.NO_ANSWER: "check that the line answers by itself, or let it ring longer",
    EndReason.UNCONFIRMED: "somebody or something answered, and the confirming key did not come",
    EndReason.LINE_DEAD: "no sound came any more: check the network between the station and the telephone",
    EndReason.FAILED: "check the line, and the codecs it accepts",
}
"""What to do about each reason, for an installer."""


def live(state: State, leg: int) -> Live | None:
    """The visit in progress when this leg is one of its own that lives; None for every leg that is over."""
    match state.call:
        case Calling(reach=reach) | Ringing(reach=reach) as call if ways.find(reach, leg):
            return call
        case Talking() as call if call.leg == leg:
            return call
        case _:
            return None


def place(rules: Rules, state: State, button: ButtonRule, at_s: float) -> Outcome:
    """A press in idle: the INVITEs first, everything else after."""
    chosen = ways.list_for(rules, schedule.choice(button, state.profiles))
    if not chosen.steps:
        return _nobody_to_ring(rules, state, button, at_s)
    visit = state.last_leg + 1
    total_s = rules.ring_timeout_s if chosen.total_s is None else chosen.total_s
    also = (
        OpenSound(),
        Play(Tone.RINGBACK),
        StartTimer(RingTimer(visit), at_s + total_s),
        CancelTimer(FailureTimer()),
    )
    idle = replace(state, call_failed=False)
    return _begin(idle, visit, button.name, Reach(ways.stages(rules, chosen)), at_s, also)


def _nobody_to_ring(rules: Rules, state: State, button: ButtonRule, at_s: float) -> Outcome:
    text = (
        f'button "{button.name}": the directory knows nobody whom it could ring: see portier residents list'
    )
    after = state if isinstance(state.call, Incoming) else replace(state, call=Idle())
    return replace(after, call_failed=True), [
        Play(Tone.NOT_AVAILABLE),
        StartTimer(FailureTimer(), at_s + rules.failure_shown_s),
        Note(text, Level.WARNING),
    ]


def progress(rules: Rules, state: State, call: Live, leg: int, phase: CallPhase, at_s: float) -> Outcome:
    """The far end of a leg rings or answers."""
    if isinstance(call, Talking) or (one := ways.find(call.reach, leg)) is None:
        return state, []
    if phase is CallPhase.RINGING and one.phase is LegPhase.CALLING:
        return _reaching(state, call, ways.in_phase(call.reach, one, LegPhase.RINGING)), []
    if phase is not CallPhase.ANSWERED or one.phase is LegPhase.ASKED:
        return state, []
    wanted = call.reach.stages[0].confirm
    if wanted is None:
        return _talk(rules, state, call, one, at_s)
    return _reaching(state, call, ways.in_phase(call.reach, one, LegPhase.ASKED)), [
        AskToConfirm(leg),
        StartTimer(ConfirmTimer(leg), at_s + wanted.within_s),
        Note(f"call {call.visit}: answered{_name(one, ' by')}, who is asked to confirm"),
    ]


def confirm(rules: Rules, state: State, call: Attempt, leg: int, key: str, at_s: float) -> Outcome:
    """A key of a leg that does not talk yet: it counts only where it confirms an answer."""
    one, wanted = ways.find(call.reach, leg), call.reach.stages[0].confirm
    if one is None or one.phase is not LegPhase.ASKED or wanted is None or key != wanted.key:
        return state, []
    return _talk(rules, state, call, one, at_s)


def ended(
    rules: Rules, state: State, call: Live, leg: int, reason: EndReason, status: int, at_s: float
) -> Outcome:
    """A leg is over by its far end, or for a reason that is told to the visitor by lamp and tone."""
    if isinstance(call, Talking):
        return _talk_ended(rules, state, call, reason, status, at_s)
    one = ways.find(call.reach, leg)
    if one is None:
        return state, []
    asked = one.phase is LegPhase.ASKED
    stop: list[Effect] = [CancelTimer(ConfirmTimer(leg))] if asked else []
    missed = _missed(one, EndReason.UNCONFIRMED if asked else reason, 0 if asked else status)
    reached = ways.without(call.reach, one, missed)
    if again := ways.plain_again(one, status, state.last_leg):
        reached = replace(reached, legs=(*reached.legs, again))
        text = f"call {call.visit}:{_name(one)} refused with {status}, trying it once more without the prefix"
        return replace(_reaching(state, call, reached), last_leg=again.leg), [_invite(again), Note(text)]
    after, effects = _onward(rules, state, call, reached, at_s)
    return after, [*stop, *effects]


def stream_lost(rules: Rules, state: State, call: Live, leg: int, at_s: float) -> Outcome:
    """Nobody is at the far end of an answered leg any more, and no BYE will come."""
    after, effects = ended(rules, state, call, leg, EndReason.LINE_DEAD, 0, at_s)
    return after, [HangUp(leg), *effects]


def step_over(rules: Rules, state: State, call: Attempt, at_s: float) -> Outcome:
    """A stage has rung for its time, or the pause before it is over."""
    if not call.reach.legs:
        return _begin(state, call.visit, call.button, call.reach, at_s)
    return _give_up_on(rules, state, call, call.reach, at_s)


def unanswered(rules: Rules, state: State, call: Attempt, at_s: float) -> Outcome:
    """The visit has rung for as long as it may: nothing more is tried. Who is asked may still confirm."""
    last = replace(call.reach, stages=call.reach.stages[:1])
    after, effects = _give_up_on(rules, state, call, last, at_s)
    return after, [*effects, *([CancelTimer(StepTimer(call.visit))] if isinstance(after.call, Live) else [])]


def unconfirmed(rules: Rules, state: State, call: Attempt, leg: int, at_s: float) -> Outcome:
    """Nobody has confirmed in a leg that was answered: an empty flat, or a voicemail."""
    one = ways.find(call.reach, leg)
    if one is None or one.phase is not LegPhase.ASKED:
        return state, []
    reached = ways.without(call.reach, one, _missed(one, EndReason.UNCONFIRMED))
    after, effects = _onward(rules, state, call, reached, at_s)
    return after, [HangUp(leg), *effects]


def lost(rules: Rules, state: State, call: Live, at_s: float) -> Outcome:
    """SIP is down, and every leg with it."""
    ends: list[Effect] = [HangUp(leg) for leg in legs_of(call)]
    if isinstance(call, Talking):
        after, effects = _talk_ended(rules, state, call, EndReason.FAILED, 0, at_s)
    else:
        reached = call.reach
        for one in reached.legs:
            reached = ways.without(reached, one, _missed(one, EndReason.FAILED))
        after, effects = _nobody(rules, state, call, reached, at_s)
    return after, [*ends, *effects]


def hang_up(state: State, call: Live, why: str) -> Outcome:
    """End every leg ourselves; whatever they still say is not listened to."""
    ends: list[Effect] = [HangUp(leg) for leg in legs_of(call)]
    return replace(state, call=Idle()), [*ends, *_quiet(call), Note(f"call {call.visit}: {why}")]


def legs_of(call: Live) -> tuple[int, ...]:
    """The legs of a visit that live."""
    return (call.leg,) if isinstance(call, Talking) else tuple(one.leg for one in call.reach.legs)


def _begin(
    state: State, visit: int, button: str, reach: Reach, at_s: float, also: tuple[Effect, ...] = ()
) -> Outcome:
    """Ring all targets of the first stage that is left, and do then what else is to be done."""
    stage = reach.stages[0]
    legs = ways.legs_of(stage, state.last_leg)
    effects: list[Effect] = [*(_invite(one) for one in legs), *also]
    if stage.ring_s is not None:
        effects.append(StartTimer(StepTimer(visit), at_s + stage.ring_s))
    whom = f" {ways.named(legs)}" if ways.named(legs) else ""
    began = f'button "{button}" pressed, calling' if legs[0].leg == visit else "calling"
    effects.append(Note(f"call {visit}: {began}{whom}"))
    call = Calling(visit, button, replace(reach, legs=legs))
    return replace(state, call=call, last_leg=legs[-1].leg), effects


def _talk(rules: Rules, state: State, call: Attempt, one: Leg, at_s: float) -> Outcome:
    """Somebody is there: all other legs are ended."""
    stop: list[Effect] = [CancelTimer(ConfirmTimer(other.leg)) for other in ways.asked(call.reach)]
    if call.reach.stages[0].ring_s is not None:
        stop.append(CancelTimer(StepTimer(call.visit)))
    was = "confirmed" if one.phase is LegPhase.ASKED else "answered"
    talking = Talking(
        one.leg, call.button, target=one.target.name, visit=call.visit, resident=one.target.resident
    )
    return replace(state, call=talking), [
        Join(one.leg),
        *(HangUp(other.leg) for other in call.reach.legs if other is not one),
        Silence(),
        Play(Tone.TALK_NOW),
        CancelTimer(RingTimer(call.visit)),
        *stop,
        *limits.talk(rules, one.leg, at_s),
        Note(f"call {call.visit}: {was}{_name(one, ' by')}"),
    ]


def _missed(one: Leg, reason: EndReason, status: int = 0) -> Missed:
    return Missed(one.target.name, reason, status, one.target.resident, one.target.in_log)


def _give_up_on(rules: Rules, state: State, call: Attempt, reached: Reach, at_s: float) -> Outcome:
    """End who has not answered, and go on unless somebody is asked to confirm."""
    ends: list[Effect] = []
    for one in reached.legs:
        if one.phase is not LegPhase.ASKED:
            ends.append(HangUp(one.leg))
            reached = ways.without(reached, one, _missed(one, EndReason.NO_ANSWER))
    after, effects = _onward(rules, state, call, reached, at_s)
    return after, [*ends, *effects]


def _onward(rules: Rules, state: State, call: Attempt, reached: Reach, at_s: float) -> Outcome:
    """Some legs are over. Without any the next stage begins, or the visit is over."""
    if reached.legs:
        return _reaching(state, call, reached), []
    left = replace(reached, stages=reached.stages[1:])
    if not left.stages:
        return _nobody(rules, state, call, left, at_s)
    pause_s = left.stages[0].pause_s
    if pause_s:
        return _reaching(state, call, left), [StartTimer(StepTimer(call.visit), at_s + pause_s)]
    return _begin(state, call.visit, call.button, left, at_s)


def _nobody(rules: Rules, state: State, call: Attempt, reached: Reach, at_s: float) -> Outcome:
    """Nobody was reached, and nobody else is to be tried: the visitor is told."""
    missed = reached.missed
    reasons = {one.reason for one in missed}
    tone = Tone.BUSY if missed and reasons <= {EndReason.BUSY, EndReason.DECLINED} else Tone.NOT_AVAILABLE
    words = ", ".join(f'"{one.in_log}" {one.why}' if one.in_log else one.why for one in missed)
    all_of_them = f"nobody reached: {words}" if len(missed) > 1 else words
    text = f'call {call.visit} from button "{call.button}": {all_of_them}; {ADVICE[missed[-1].reason]}'
    return _failed(rules, state, call, tone, text, at_s)


def _talk_ended(
    rules: Rules, state: State, call: Talking, reason: EndReason, status: int, at_s: float
) -> Outcome:
    if reason is EndReason.HUNG_UP:
        return replace(state, call=Idle()), [
            *_quiet(call),
            Note(f"call {call.visit}: hung up by the far end"),
        ]
    tone = Tone.BUSY if reason in (EndReason.BUSY, EndReason.DECLINED) else Tone.NOT_AVAILABLE
    text = f'call {call.visit} from button "{call.button}": {reason.told(status)}; {ADVICE[reason]}'
    return _failed(rules, state, call, tone, text, at_s)


def _failed(rules: Rules, state: State, call: Live, tone: Tone, text: str, at_s: float) -> Outcome:
    return replace(state, call=Idle(), call_failed=True), [
        *_quiet(call, tone),
        StartTimer(FailureTimer(), at_s + rules.failure_shown_s),
        Note(text, Level.WARNING),
    ]


def _quiet(call: Live, tone: Tone | None = None) -> list[Effect]:
    """End all that belongs to a visit: its timers, its tone, its hold on the sound card."""
    sound: list[Effect] = [Silence() if tone is None else Play(tone), CloseSound()]
    if isinstance(call, Talking):
        timers = [CancelTimer(TalkTimer(call.leg)), CancelTimer(DigitTimer(call.leg))]
        return [*sound, *timers, *limits.over(call.leg)]
    asked = [CancelTimer(ConfirmTimer(one.leg)) for one in ways.asked(call.reach)]
    return [*sound, CancelTimer(RingTimer(call.visit)), CancelTimer(StepTimer(call.visit)), *asked]


def _reaching(state: State, call: Attempt, reached: Reach) -> State:
    rings = any(one.phase is not LegPhase.CALLING for one in reached.legs)
    kind = Ringing if rings else Calling
    return replace(state, call=kind(call.visit, call.button, reached))


def _invite(leg: Leg) -> PlaceCall:
    target = leg.target
    return PlaceCall(leg.leg, target.plain_uri if leg.plain else target.uri, target.auto_answer)


def _name(leg: Leg, before: str = "") -> str:
    """The name of whom a leg rings, behind a word; empty where the button names an address alone."""
    return f'{before} "{leg.target.in_log}"' if leg.target.name else ""
