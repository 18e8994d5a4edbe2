"""The station's decisions: `step(rules, state, event) -> (state, effects)`, with no I/O and no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from . import (
    auditing,
    calls,
    codes_guard,
    debounce,
    door,
    gong,
    house,
    incoming,
    key_test,
    keypad,
    keys,
    limits,
    presses,
    registrations,
    road,
    schedule,
    sound_tests,
    volume,
)
from .audit import Road
from .calls import Outcome
from .codes_state import Codes
from .effects import (
    Effect,
    Indicate,
    Level,
    Lock,
    Note,
    Sign,
)
from .events import (
    ButtonEdge,
    CallEnded,
    CallOffered,
    CallPhase,
    CallProgress,
    CallRequested,
    CardRead,
    ClockTold,
    CodeLookedUp,
    Digit,
    DoorOrdered,
    Event,
    FireResetRequested,
    HangUpRequested,
    InputEdge,
    KeypadKey,
    KeypadLost,
    KeypadRestored,
    KeyTestOver,
    KeyTestRequested,
    PhoneLost,
    PhoneReady,
    PressRequested,
    Registration,
    RegistrationState,
    ReleaseRequested,
    Requester,
    SoundLost,
    SoundRestored,
    SoundTestOver,
    SoundTestRequested,
    StopRequested,
    StreamLost,
    TimerFired,
)
from .rules import Rules
from .states import (
    Calling,
    Contact,
    Door,
    Held,
    Idle,
    Incoming,
    IncomingPhase,
    Live,
    Locked,
    OutOfService,
    Released,
    Ringing,
    State,
    Talking,
)
from .timers import (
    AfterReleaseTimer,
    AnswerTimer,
    BlockTimer,
    ConfirmTimer,
    DebounceTimer,
    DigitTimer,
    DoorTimer,
    FailureTimer,
    ForgetTimer,
    GongTimer,
    GreetingTimer,
    HouseTimer,
    KeypadTimer,
    KeyTestTimer,
    PatienceTimer,
    RestTimer,
    RingTimer,
    StepTimer,
    StuckTimer,
    TalkTimer,
    WarningTimer,
)

_ROADS = {Requester.COMMAND: Road.COMMAND, Requester.EXIT_BUTTON: Road.EXIT_BUTTON}


def initial(rules: Rules, remembered: Mapping[str, str] | None = None, at_s: float = 0.0) -> Outcome:
    """The station before anything happened: every door locked, no call possible yet.

    `remembered` is what Remember has kept over the restart, `at_s` the present moment of the events' clock.
    """
    guesses, waits = codes_guard.recalled(remembered or {}, at_s)
    state = State(
        call=OutOfService(),
        doors={name: Locked() for name in rules.doors},
        contacts={name: Contact() for name in rules.buttons},
        codes=Codes(guesses=guesses),
    )
    state = house.initial(rules, state, remembered or {})
    locks = [Lock(name) for name in rules.doors]
    forgotten = house.forgotten(rules, remembered or {})
    more = [*forgotten, *waits, *keypad.never_rung(rules), *volume.at_start(rules), *auditing.started()]
    return state, [*locks, Indicate(signs(state)), *more]


def step(rules: Rules, state: State, event: Event) -> Outcome:
    """Decide what an event changes and what is to be done, in that order of doing."""
    after, effects = decide(rules, state, event)
    return after, [*effects, *indication(state, after)]


def indication(before: State, after: State) -> list[Effect]:
    """What the visitor is to see from now on, where that has changed: the last part of a step."""
    if after is before or (shown := signs(after)) == signs(before):
        return []
    return [Indicate(shown)]


def signs(state: State) -> frozenset[Sign]:
    """What the visitor is to see."""
    shown = set[Sign]()
    for one in state.doors.values():
        if isinstance(one, Released):
            held = isinstance(one, Held) and one.pulse_until_s is None
            shown.add(Sign.HELD if held else Sign.RELEASED)
    match state.call:
        case Calling() | Ringing():
            shown.add(Sign.CALLING)
        case Talking():
            shown.add(Sign.TALKING)
        case Incoming(phase=phase):
            shown.add(Sign.CALLING if phase is IncomingPhase.RINGING else Sign.TALKING)
        case OutOfService(waiting):
            shown.add(Sign.CALLING if waiting else Sign.FAILURE)
        case Idle():
            pass
        case never:
            assert_never(never)
    if test := key_test.running(state):
        # Whoever stands there is heard inside.
        shown.add(Sign.TALKING if test.phase is CallPhase.ANSWERED else Sign.CALLING)
    if state.muted and Sign.TALKING in shown:
        shown.add(Sign.MUTED)
    unregistered = state.registration in (RegistrationState.REFUSED, RegistrationState.UNREACHABLE)
    if state.call_failed or unregistered or not state.sound_works or state.sound_test.alarm:
        shown.add(Sign.FAILURE)
    return frozenset(shown or {Sign.IDLE})


def decide(rules: Rules, state: State, event: Event) -> Outcome:
    """All of a step but what the visitor sees: a press and a digit need not wait for that."""
    after, effects = _counted(rules, state, event)
    return after, [*effects, *auditing.told(rules, state, event, after, effects)]


def _counted(rules: Rules, state: State, event: Event) -> Outcome:
    after, effects = _decided(rules, state, event)
    after, of_house = house.followed(rules, state, after, event)
    effects = [*effects, *of_house]
    if after.call is state.call:
        return after, effects
    counted, more = limits.counted(rules, state, after, event)
    rung, sounds = gong.rung(rules, state, counted, event)
    return rung, [*effects, *more, *sounds]


def _decided(rules: Rules, state: State, event: Event) -> Outcome:
    if state.stopping:
        return state, []
    return key_test.gives_way(
        house.decide(rules, state, event)
        or key_test.decide(rules, state, event)
        or incoming.decide(rules, state, event)
        or keypad.decide(rules, state, event)
        or _decide(rules, state, event)
    )


def _decide(rules: Rules, state: State, event: Event) -> Outcome:
    match event:
        case ButtonEdge(button=button, closed=closed, at_s=at_s):
            if button not in rules.buttons:
                return state, []
            wait_s = rules.buttons[button].debounce_s
            contact, effect = debounce.edge(state.contacts[button], button, closed, at_s, wait_s)
            return replace(state, contacts=state.contacts | {button: contact}), [effect]
        case CallProgress(leg=leg, phase=phase, at_s=at_s):
            call = calls.live(state, leg)
            return calls.progress(rules, state, call, leg, phase, at_s) if call else (state, [])
        case CallEnded(leg=leg, reason=reason, status=status, at_s=at_s):
            call = calls.live(state, leg)
            return calls.ended(rules, state, call, leg, reason, status, at_s) if call else (state, [])
        case StreamLost(leg=leg, at_s=at_s):
            call = calls.live(state, leg)
            return calls.stream_lost(rules, state, call, leg, at_s) if call else (state, [])
        case Digit():
            return keys.digit(rules, state, event)
        case TimerFired():
            return _timer(rules, state, event)
        case ReleaseRequested(door=name, by=by, long=long, at_s=at_s):
            if name not in rules.doors:
                return state, [Note(f'{by.value} asks for a door "{name}" that is not there', Level.WARNING)]
            return road.request(rules, state, road.Asked(name, _ROADS[by], by.value, long=long), at_s)
        case PressRequested(button=button, at_s=at_s) | CallRequested(button=button, at_s=at_s):
            if button not in rules.buttons:
                return state, [Note(f'command names a button "{button}" that is not there', Level.WARNING)]
            busy = isinstance(state.call, Live | Incoming) or presses.waits(state)
            if isinstance(event, CallRequested) and busy:
                return state, [Note("command to call while a call lasts: ignored")]
            return presses.pressed(rules, state, button, at_s)
        case HangUpRequested(at_s=at_s):
            if isinstance(state.call, Live):
                return calls.hang_up(state, state.call, "hung up by command")
            if isinstance(state.call, Incoming):
                return incoming.hang_up(state, state.call, "hung up by command")
            return presses.cancel_wait(state)
        case KeyTestRequested() | KeyTestOver() | CallOffered() | CodeLookedUp() | KeypadKey() | CardRead():
            return state, []
        case InputEdge() | DoorOrdered() | FireResetRequested() | KeypadLost() | KeypadRestored():
            return state, []
        case Registration():
            return registrations.changed(state, event)
        case PhoneReady(at_s=at_s):
            return presses.phone_ready(rules, state, at_s)
        case PhoneLost(at_s=at_s):
            return _phone_lost(rules, state, at_s)
        case SoundLost():
            if not state.sound_works:
                return state, []
            text = "sound: the card is gone; calls go on without sound until it is back"
            return replace(state, sound_works=False), [Note(text, Level.WARNING)]
        case SoundRestored():
            if state.sound_works:
                return state, []
            heard = incoming.heard_again(state)
            return replace(state, sound_works=True), [*heard, Note("sound: the card is back")]
        case ClockTold(local=local, at_s=at_s):
            return sound_tests.told(rules, schedule.told(rules, state, local, at_s), local)
        case SoundTestRequested():
            return sound_tests.asked(state)
        case SoundTestOver():
            return sound_tests.over(state, event)
        case StopRequested():
            return _stop(state)
        case never:
            assert_never(never)


def _timer(rules: Rules, state: State, event: TimerFired) -> Outcome:
    match event.timer:
        case DebounceTimer(button):
            return presses.settled(rules, state, button, event.at_s)
        case StuckTimer(button):
            return presses.stuck(rules, state, button)
        case PatienceTimer():
            return presses.impatient(rules, state, event.at_s)
        case RingTimer(visit) | StepTimer(visit):
            attempt = state.call
            if not isinstance(attempt, Calling | Ringing) or attempt.visit != visit:
                return state, []
            over = calls.unanswered if isinstance(event.timer, RingTimer) else calls.step_over
            return over(rules, state, attempt, event.at_s)
        case ConfirmTimer(leg):
            call = calls.live(state, leg)
            if not isinstance(call, Calling | Ringing):
                return state, []
            return calls.unconfirmed(rules, state, call, leg, event.at_s)
        case TalkTimer(leg):
            call = calls.live(state, leg)
            return calls.hang_up(state, call, "longest talk time reached, hung up") if call else (state, [])
        case WarningTimer(leg):
            return state, limits.warned(state, leg)
        case AfterReleaseTimer(leg):
            if talking := incoming.talks(state, leg):
                return incoming.hang_up(state, talking, "hung up, as a door was released")
            call = calls.live(state, leg)
            return calls.hang_up(state, call, "hung up, as a door was released") if call else (state, [])
        case RestTimer(button):
            return limits.rested(state, button)
        case DigitTimer(leg):
            return keys.too_slow(rules, state, leg)
        case DoorTimer(name):
            ended, effects = door.timed_out(name, state.doors[name])
            return replace(state, doors=state.doors | {name: ended}), effects
        case GongTimer():
            return gong.stilled(state)
        case KeyTestTimer() | AnswerTimer() | GreetingTimer():
            return state, []
        case KeypadTimer() | BlockTimer() | ForgetTimer() | HouseTimer():
            return state, []
        case FailureTimer():
            return replace(state, call_failed=False), []
        case never:
            assert_never(never)


def _phone_lost(rules: Rules, state: State, at_s: float) -> Outcome:
    if isinstance(state.call, OutOfService):
        return state, []
    note = Note("out of service: SIP is down", Level.WARNING)
    if isinstance(state.call, Incoming):
        after, effects = incoming.hang_up(state, state.call, "SIP went down")
        return replace(after, call=OutOfService()), [*effects, note]
    if not isinstance(state.call, Live):
        return replace(state, call=OutOfService()), [note]
    after, effects = calls.lost(rules, state, state.call, at_s)
    return replace(after, call=OutOfService()), [*effects, note]


def _stop(state: State) -> Outcome:
    effects: list[Effect] = [Lock(name) for name in state.doors]
    if isinstance(state.call, Live):
        effects += calls.hang_up(state, state.call, "the station stops, hung up")[1]
    if isinstance(state.call, Incoming):
        effects += incoming.hang_up(state, state.call, "the station stops")[1]
    effects += presses.cancel_wait(state)[1]
    doors: dict[str, Door] = {name: Locked() for name in state.doors}
    return replace(state, call=OutOfService(), doors=doors, stopping=True), effects
