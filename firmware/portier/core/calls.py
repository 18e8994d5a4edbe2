"""The life of the station's call: placed, ringing, talking, over. Door and lamps are not its business."""

from __future__ import annotations

from dataclasses import replace

from . import limits, schedule
from .effects import (
    CancelTimer,
    CloseSound,
    Effect,
    HangUp,
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
from .states import Calling, Idle, Live, Ringing, State, Talking
from .timers import DigitTimer, FailureTimer, RingTimer, TalkTimer

Outcome = tuple[State, list[Effect]]
"""What a decision leads to: the new state, and what to do, in its order."""

ADVICE = {
    EndReason.HUNG_UP: "the line ended it before anybody answered: check where it forwards to",
    EndReason.BUSY: "press again later; if it is often so, give the line a second call or ring another",
    EndReason.DECLINED: "somebody refused the call, or the line is set not to be disturbed",
    EndReason.FORBIDDEN: "check the account's user and password, and that the line may call this number",
    EndReason.UNKNOWN_NUMBER: "check the target's line and the dialling prefix",
    EndReason.UNREACHABLE: "check the network, the registrar and the target's address",
    EndReason.NO_ANSWER: "check that the line answers by itself, or let it ring longer",
    EndReason.FAILED: "check the line, and the codecs it accepts",
}
"""What to do about each reason, for an installer."""


def live(state: State, leg: int) -> Live | None:
    """The call in progress when it is this leg; None for every leg that is over."""
    call = state.call
    return call if isinstance(call, Live) and call.leg == leg else None


def place(rules: Rules, state: State, button: ButtonRule, at_s: float) -> Outcome:
    """A press in idle: the INVITE first, everything else after."""
    leg = state.last_leg + 1
    effects: list[Effect] = [
        PlaceCall(leg, schedule.choice(button, state.profiles)),
        OpenSound(),
        Play(Tone.RINGBACK),
        StartTimer(RingTimer(leg), at_s + rules.ring_timeout_s),
        CancelTimer(FailureTimer()),
        Note(f'call {leg}: button "{button.name}" pressed, calling'),
    ]
    return replace(state, call=Calling(leg, button.name), last_leg=leg, call_failed=False), effects


def progress(rules: Rules, state: State, call: Live, phase: CallPhase, at_s: float) -> Outcome:
    """The far end rings or answers."""
    match call, phase:
        case Calling(leg, button), CallPhase.RINGING:
            return replace(state, call=Ringing(leg, button)), []
        case ((Calling(leg, button) | Ringing(leg, button)), CallPhase.ANSWERED):
            return replace(state, call=Talking(leg, button)), [
                Silence(),
                CancelTimer(RingTimer(leg)),
                *limits.talk(rules, leg, at_s),
                Note(f"call {leg}: answered"),
            ]
        case _:
            return state, []


def ended(rules: Rules, state: State, call: Live, reason: EndReason, status: int, at_s: float) -> Outcome:
    """The leg is over, by the far end or for a reason told to the visitor by lamp and tone."""
    if isinstance(call, Talking) and reason is EndReason.HUNG_UP:
        return replace(state, call=Idle()), [
            *_quiet(call.leg),
            Note(f"call {call.leg}: hung up by the far end"),
        ]
    code = f" ({status})" if status else ""
    text = f'call {call.leg} from button "{call.button}": {reason.value}{code}; {ADVICE[reason]}'
    tone = Tone.BUSY if reason in (EndReason.BUSY, EndReason.DECLINED) else Tone.NOT_AVAILABLE
    return replace(state, call=Idle(), call_failed=True), [
        *_quiet(call.leg, tone),
        StartTimer(FailureTimer(), at_s + rules.failure_shown_s),
        Note(text, Level.WARNING),
    ]


def unanswered(rules: Rules, state: State, call: Live, at_s: float) -> Outcome:
    """The ring time-out: give up, and tell the visitor."""
    after, effects = ended(rules, state, call, EndReason.NO_ANSWER, 0, at_s)
    return after, [HangUp(call.leg), *effects]


def hang_up(state: State, call: Live, why: str) -> Outcome:
    """End the leg ourselves; whatever it still says is not listened to."""
    return replace(state, call=Idle()), [HangUp(call.leg), *_quiet(call.leg), Note(f"call {call.leg}: {why}")]


def _quiet(leg: int, tone: Tone | None = None) -> list[Effect]:
    """End all that belongs to a leg: its timers, its tone, its hold on the sound card."""
    return [
        Silence() if tone is None else Play(tone),
        CloseSound(),
        CancelTimer(RingTimer(leg)),
        CancelTimer(TalkTimer(leg)),
        CancelTimer(DigitTimer(leg)),
        *limits.over(leg),
    ]
