"""The station as a whole: every event in every state, and what visitors and neighbours know of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core import station as core
from portier.core.audit import Record, What
from portier.core.effects import (
    Answer,
    AskToConfirm,
    Audit,
    CancelTimer,
    CloseSound,
    Effect,
    HangUp,
    Hold,
    Indicate,
    Join,
    LetRing,
    Level,
    Lock,
    LookUpCode,
    MuteMicrophone,
    Note,
    OpenSound,
    PlaceCall,
    Play,
    Reject,
    Release,
    Remember,
    SetSpeakerGain,
    SetVolume,
    Sign,
    Silence,
    SpendCode,
    StartTimer,
    SwitchGong,
    SwitchLight,
    Tone,
    TrySound,
)
from portier.core.events import (
    CallRequested,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    PressRequested,
    Registration,
    RegistrationState,
    ReleaseRequested,
    Requester,
    SoundLost,
    SoundRestored,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.core.states import Live, Locked, OutOfService, Released, Talking
from portier.core.timers import (
    DebounceTimer,
    DigitTimer,
    FailureTimer,
    PatienceTimer,
    RingTimer,
    StuckTimer,
    TalkTimer,
)

DEBOUNCE_S = 1 / 32
"""Like every time here a fraction that floats hold exactly, so that moments can be met."""

FLAT = "sip:flat@pbx.example"
OFFICE = "sip:office@pbx.example"


def rules_with(digits: tuple[str, str] = ("5", "12"), *, press_hangs_up: bool = False) -> Rules:
    """Two buttons; the door "front" for 3 s and at most 8, "yard" for 2 s and at most 5."""
    return Rules(
        buttons={
            "bell": ButtonRule("bell", FLAT, DEBOUNCE_S),
            "side": ButtonRule("side", OFFICE, DEBOUNCE_S),
        },
        doors={
            "front": DoorRule("front", digits[0], 3.0, 8.0),
            "yard": DoorRule("yard", digits[1], 2.0, 5.0),
        },
        press_hangs_up=press_hangs_up,
    )


RULES = rules_with()
STATES = ("out of service", "idle", "calling", "ringing", "talking")


def station_in(state: str, rules: Rules = RULES) -> BareStation:
    """A station in a state, its leg (if it has one) placed by "bell"."""
    station = BareStation(rules)
    if state != "out of service":
        station.become_ready()
    if state in ("calling", "ringing", "talking"):
        station.press("bell")
    if state == "ringing":
        station.ring()
    if state == "talking":
        station.answer()
    return station


def name_of(station: BareStation) -> str:
    match station.state.call:
        case OutOfService():
            return "out of service"
        case call:
            return type(call).__name__.lower()


def brief(effect: Effect, now_s: float) -> str | None:
    """An effect in a word or two; None for what the table leaves out: timers of a contact, records."""
    match effect:
        case PlaceCall(leg, uri):
            return f"call {leg} {uri}"
        case HangUp(leg):
            return f"hang up {leg}"
        case AskToConfirm(leg):
            return f"ask {leg}"
        case LetRing(_, leg) | Answer(leg):
            return f"take {leg}"
        case Reject(offer):
            return f"reject {offer}"
        case Release(door, until_s):
            return f"release {door} {until_s - now_s:g} s"
        case Hold(door, until_s):
            return f"hold {door} {until_s - now_s:g} s"
        case Lock(door):
            return f"lock {door}"
        case Play(tone):
            return f"tone {tone.value}"
        case Silence():
            return "silence"
        case SetVolume(volume_db):
            return f"volume {volume_db:g} dB"
        case SetSpeakerGain(gain_db):
            return f"loudspeaker {gain_db:g} dB"
        case MuteMicrophone(on):
            return f"microphone {'muted' if on else 'heard'}"
        case OpenSound():
            return "open sound"
        case TrySound(number):
            return f"try sound {number}"
        case CloseSound():
            return "close sound"
        case Indicate(signs):
            return f"show {'+'.join(sorted(sign.value for sign in signs))}"
        case SwitchGong(on):
            return f"gong {'on' if on else 'off'}"
        case SwitchLight(on):
            return f"light {'on' if on else 'off'}"
        case StartTimer(DebounceTimer() | StuckTimer(), _) | CancelTimer() | Join():
            return None
        case Audit() | Remember() | LookUpCode() | SpendCode():
            return None
        case StartTimer(timer, due_s):
            return f"{type(timer).__name__} {due_s - now_s:g} s"
        case Note(_, level):
            return "note" if level is Level.INFO else "warning"


EVENTS: dict[str, Callable[[BareStation], list[Effect]]] = {
    "press": lambda s: s.edge("bell", closed=True) + s.wait(DEBOUNCE_S),
    "press of another": lambda s: s.edge("side", closed=True) + s.wait(DEBOUNCE_S),
    "rings": lambda s: s.ring(),
    "answered": lambda s: s.answer(),
    "hung up": lambda s: s.end(EndReason.HUNG_UP),
    "busy": lambda s: s.end(EndReason.BUSY, 486),
    "unreachable": lambda s: s.end(EndReason.UNREACHABLE, 503),
    "release digit": lambda s: s.keys("5"),
    "first of two keys": lambda s: s.keys("1"),
    "wrong keys": lambda s: s.keys("77"),
    "third wrong": lambda s: s.keys("777777"),
    "hash": lambda s: s.keys("#"),
    "star": lambda s: s.keys("*"),
    "ring time over": lambda s: s.take(TimerFired(RingTimer(s.state.last_leg), at_s=s.now_s)),
    "talk time over": lambda s: s.take(TimerFired(TalkTimer(s.state.last_leg), at_s=s.now_s)),
    "digit time over": lambda s: s.take(TimerFired(DigitTimer(s.state.last_leg), at_s=s.now_s)),
    "patience over": lambda s: s.take(TimerFired(PatienceTimer(), at_s=s.now_s)),
    "failure shown": lambda s: s.take(TimerFired(FailureTimer(), at_s=s.now_s)),
    "exit button": lambda s: s.take(ReleaseRequested("front", Requester.EXIT_BUTTON, at_s=s.now_s)),
    "command": lambda s: s.take(ReleaseRequested("yard", Requester.COMMAND, at_s=s.now_s)),
    "press asked": lambda s: s.take(PressRequested("bell", at_s=s.now_s)),
    "call asked": lambda s: s.take(CallRequested("bell", at_s=s.now_s)),
    "unknown button": lambda s: s.take(PressRequested("attic", at_s=s.now_s)),
    "hang up asked": lambda s: s.take(HangUpRequested(at_s=s.now_s)),
    "unknown door": lambda s: s.take(ReleaseRequested("attic", Requester.COMMAND, at_s=s.now_s)),
    "registered": lambda s: registers(s, RegistrationState.REGISTERED),
    "refused": lambda s: registers(s, RegistrationState.REFUSED, 403),
    "registrar gone": lambda s: registers(s, RegistrationState.UNREACHABLE),
    "phone ready": lambda s: s.become_ready(),
    "phone lost": lambda s: s.take(PhoneLost(at_s=s.now_s)),
    "sound lost": lambda s: s.take(SoundLost(at_s=s.now_s)),
    "sound restored": lambda s: s.take(SoundRestored(at_s=s.now_s)),
    "stream lost": lambda s: s.take(StreamLost(1, at_s=s.now_s)),
    "stop": lambda s: s.take(StopRequested(at_s=s.now_s)),
}


def registers(station: BareStation, state: RegistrationState, status: int = 0) -> list[Effect]:
    return station.take(Registration(state, status, at_s=station.now_s))


FAILED = "close sound, FailureTimer 5 s, warning, show failure"
WAITS = "tone ringback, PatienceTimer 5 s, note, show calling"
STOPPED = "lock front, lock yard, hang up 1, silence, close sound, note, show failure"
LOST = "hang up 1, tone not available, close sound, FailureTimer 5 s, warning, warning, show failure"
FRONT = "release front 3 s, DoorTimer 3 s, tone granted, note"
YARD = "release yard 2 s, DoorTimer 2 s, tone granted, note"

# What each event comes to. A state that a row leaves out stays as it is, and nothing is done.
TABLE: dict[str, dict[str, str]] = {
    "press": {
        "out of service": f"out of service: {WAITS}",
        "idle": f"calling: call 1 {FLAT}, open sound, tone ringback, RingTimer 45 s, note, show calling",
    },
    "press of another": {
        "out of service": f"out of service: {WAITS}",
        "idle": f"calling: call 1 {OFFICE}, open sound, tone ringback, RingTimer 45 s, note, show calling",
        "calling": "calling: tone in use, note",
        "ringing": "ringing: tone in use, note",
        "talking": "talking: tone in use, note",
    },
    "rings": {
        "calling": "ringing: ",
    },
    "answered": {
        "calling": "talking: silence, tone talk now, TalkTimer 120 s, WarningTimer 110 s, note, show talking",
        "ringing": "talking: silence, tone talk now, TalkTimer 120 s, WarningTimer 110 s, note, show talking",
    },
    "hung up": {
        "calling": f"idle: tone not available, {FAILED}",
        "ringing": f"idle: tone not available, {FAILED}",
        "talking": "idle: silence, close sound, note, show idle",
    },
    "busy": {
        "calling": f"idle: tone busy, {FAILED}",
        "ringing": f"idle: tone busy, {FAILED}",
        "talking": f"idle: tone busy, {FAILED}",
    },
    "unreachable": {
        "calling": f"idle: tone not available, {FAILED}",
        "ringing": f"idle: tone not available, {FAILED}",
        "talking": f"idle: tone not available, {FAILED}",
    },
    "release digit": {
        "talking": f"talking: {FRONT}, show released+talking",
    },
    "first of two keys": {
        "talking": "talking: DigitTimer 3 s",
    },
    "wrong keys": {
        "talking": "talking: DigitTimer 3 s",
    },
    "third wrong": {
        "talking": "talking: DigitTimer 3 s, DigitTimer 3 s, DigitTimer 3 s, tone denied, warning",
    },
    "hash": {
        "talking": "talking: TalkTimer 120 s, WarningTimer 110 s",
    },
    "star": {},
    "ring time over": {
        "calling": f"idle: hang up 1, tone not available, {FAILED}",
        "ringing": f"idle: hang up 1, tone not available, {FAILED}",
    },
    "talk time over": {
        "calling": "idle: hang up 1, silence, close sound, note, show idle",
        "ringing": "idle: hang up 1, silence, close sound, note, show idle",
        "talking": "idle: hang up 1, silence, close sound, note, show idle",
    },
    "digit time over": {},
    "patience over": {},
    "failure shown": {},
    "exit button": {
        "out of service": f"out of service: {FRONT}, show failure+released",
        "idle": f"idle: {FRONT}, show released",
        "calling": f"calling: {FRONT}, show calling+released",
        "ringing": f"ringing: {FRONT}, show calling+released",
        "talking": f"talking: {FRONT}, show released+talking",
    },
    "command": {
        "out of service": f"out of service: {YARD}, show failure+released",
        "idle": f"idle: {YARD}, show released",
        "calling": f"calling: {YARD}, show calling+released",
        "ringing": f"ringing: {YARD}, show calling+released",
        "talking": f"talking: {YARD}, show released+talking",
    },
    "press asked": {
        "out of service": f"out of service: {WAITS}",
        "idle": f"calling: call 1 {FLAT}, open sound, tone ringback, RingTimer 45 s, note, show calling",
    },
    "call asked": {
        "out of service": f"out of service: {WAITS}",
        "idle": f"calling: call 1 {FLAT}, open sound, tone ringback, RingTimer 45 s, note, show calling",
        "calling": "calling: note",
        "ringing": "ringing: note",
        "talking": "talking: note",
    },
    "unknown button": {state: f"{state}: warning" for state in STATES},
    "hang up asked": {
        "calling": "idle: hang up 1, silence, close sound, note, show idle",
        "ringing": "idle: hang up 1, silence, close sound, note, show idle",
        "talking": "idle: hang up 1, silence, close sound, note, show idle",
    },
    "unknown door": {state: f"{state}: warning" for state in STATES},
    "registered": {state: f"{state}: note" for state in STATES},
    "refused": {
        "out of service": "out of service: warning",
        "idle": "idle: warning, show failure",
        "calling": "calling: warning, show calling+failure",
        "ringing": "ringing: warning, show calling+failure",
        "talking": "talking: warning, show failure+talking",
    },
    "registrar gone": {
        "out of service": "out of service: warning",
        "idle": "idle: warning, show failure",
        "calling": "calling: warning, show calling+failure",
        "ringing": "ringing: warning, show calling+failure",
        "talking": "talking: warning, show failure+talking",
    },
    "phone ready": {
        "out of service": "idle: note, show idle",
    },
    "phone lost": {
        "idle": "out of service: warning, show failure",
        "calling": f"out of service: {LOST}",
        "ringing": f"out of service: {LOST}",
        "talking": f"out of service: {LOST}",
    },
    "stream lost": {
        "calling": f"idle: hang up 1, tone not available, {FAILED}",
        "ringing": f"idle: hang up 1, tone not available, {FAILED}",
        "talking": f"idle: hang up 1, tone not available, {FAILED}",
    },
    "sound lost": {
        "out of service": "out of service: warning",
        "idle": "idle: warning, show failure",
        "calling": "calling: warning, show calling+failure",
        "ringing": "ringing: warning, show calling+failure",
        "talking": "talking: warning, show failure+talking",
    },
    "sound restored": {},
    "stop": {
        "out of service": "out of service: lock front, lock yard",
        "idle": "out of service: lock front, lock yard, show failure",
        "calling": f"out of service: {STOPPED}",
        "ringing": f"out of service: {STOPPED}",
        "talking": f"out of service: {STOPPED}",
    },
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_the_table_of_states_and_events(event: str, state: str) -> None:
    station = station_in(state)
    effects = EVENTS[event](station)
    done = [word for effect in effects if (word := brief(effect, station.now_s))]
    assert f"{name_of(station)}: {', '.join(done)}" == TABLE[event].get(state, f"{state}: ")


def texts(effects: list[Effect], level: Level) -> list[str]:
    return [one.text for one in effects if isinstance(one, Note) and one.level is level]


def placed(effects: list[Effect]) -> list[str]:
    return [effect.uri for effect in effects if isinstance(effect, PlaceCall)]


def tones(effects: list[Effect]) -> list[Tone]:
    return [one.tone for one in effects if isinstance(one, Play)]


def released(effects: list[Effect]) -> list[str]:
    return [one.door for one in effects if isinstance(one, Release)]


def signs(station: BareStation) -> set[Sign]:
    return set(core.signs(station.state))


def test_the_station_begins_locked_out_of_service_and_says_so() -> None:
    station = BareStation(RULES)
    locked = [Lock("front"), Lock("yard"), Indicate(frozenset({Sign.FAILURE}))]
    assert station.first_effects == [*locked, Audit(Record(What.STARTED))]
    assert station.state.doors == {"front": Locked(), "yard": Locked()}


@pytest.mark.parametrize("state", ["calling", "ringing", "talking"])
def test_a_second_press_is_ignored(state: str) -> None:
    station = station_in(state)
    before = station.state.call
    assert tones(station.press("bell")) == []
    assert station.state.call == before


@pytest.mark.parametrize("state", ["calling", "ringing", "talking"])
def test_a_second_press_hangs_up_where_the_rules_say_so(state: str) -> None:
    station = station_in(state, rules_with(press_hangs_up=True))
    effects = station.press("bell")
    assert HangUp(1) in effects
    assert not any(isinstance(effect, PlaceCall) for effect in effects)
    assert signs(station) == {Sign.IDLE}
    assert PlaceCall(2, FLAT) in station.press("bell")


def test_a_command_to_press_hangs_up_where_a_press_does_and_a_command_to_call_never() -> None:
    for event, hangs_up in ((PressRequested, True), (CallRequested, False)):
        station = station_in("talking", rules_with(press_hangs_up=True))
        effects = station.take(event("bell", at_s=station.now_s))
        assert (HangUp(1) in effects) is hangs_up


@pytest.mark.parametrize("press_hangs_up", [True, False])
@pytest.mark.parametrize("state", ["calling", "ringing", "talking"])
def test_another_button_never_touches_a_call(state: str, press_hangs_up: bool) -> None:
    station = station_in(state, rules_with(press_hangs_up=press_hangs_up))
    before = station.state.call
    effects = station.press("side")
    assert tones(effects) == [Tone.IN_USE]
    assert station.state.call == before
    assert not any(isinstance(effect, HangUp | PlaceCall) for effect in effects)


@pytest.mark.parametrize("state", ["calling", "ringing"])
@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (EndReason.FORBIDDEN, 403),
        (EndReason.UNKNOWN_NUMBER, 404),
        (EndReason.BUSY, 486),
        (EndReason.DECLINED, 603),
        (EndReason.NO_ANSWER, 480),
        (EndReason.UNREACHABLE, 0),
        (EndReason.FAILED, 500),
    ],
)
def test_after_a_failed_call_the_visitor_knows_and_may_press_again(
    state: str, reason: EndReason, status: int
) -> None:
    station = station_in(state)
    effects = station.end(reason, status)
    assert signs(station) == {Sign.FAILURE}
    assert len(tones(effects)) == 1
    (line,) = texts(effects, Level.WARNING)
    assert "; " in line
    station.wait(1)
    assert PlaceCall(2, FLAT) in station.press("bell")
    assert signs(station) == {Sign.CALLING}
    assert FailureTimer() not in station.timers
    station.answer()
    station.wait(RULES.failure_shown_s)
    assert signs(station) == {Sign.TALKING}, "the failure of the call before is forgotten"


def test_a_line_that_never_answers_is_given_up_and_hung_up() -> None:
    station = station_in("ringing")
    rung_s = station.timers[RingTimer(1)] - station.now_s
    assert rung_s == RULES.ring_timeout_s - DEBOUNCE_S
    effects = station.wait(RULES.ring_timeout_s)
    assert HangUp(1) in effects
    assert signs(station) == {Sign.FAILURE}
    assert tones(effects) == [Tone.NOT_AVAILABLE]
    assert station.end(EndReason.HUNG_UP, 487, leg=1) == [], "the end of that leg is no news"


def test_a_failure_is_shown_for_its_time_and_no_longer() -> None:
    station = station_in("calling")
    station.end(EndReason.BUSY, 486)
    station.wait(RULES.failure_shown_s - 0.125)
    assert signs(station) == {Sign.FAILURE}
    station.wait(0.125)
    assert signs(station) == {Sign.IDLE}


@pytest.mark.parametrize("state", ["calling", "ringing"])
def test_digits_before_the_answer_do_nothing_then_and_later(state: str) -> None:
    station = station_in(state)
    assert station.keys("1512") == []
    station.keys("1")
    station.answer()
    assert released(station.keys("2")) == []


def test_digits_of_a_dead_call_do_nothing() -> None:
    station = station_in("talking")
    station.end(EndReason.HUNG_UP)
    assert station.keys("5", leg=1) == []
    station.press("bell")
    station.answer()
    assert station.keys("5", leg=1) == []
    assert released(station.keys("5", leg=2)) == ["front"]


@pytest.mark.parametrize("leg", [-1, 0, 2, 99])
def test_digits_of_another_leg_do_nothing(leg: int) -> None:
    station = station_in("talking")
    before = station.state
    assert station.keys("5", leg=leg) == []
    assert station.state == before


def test_the_keys_of_one_call_do_not_begin_an_attempt_of_the_next() -> None:
    station = station_in("talking")
    station.keys("1")
    station.end(EndReason.HUNG_UP)
    station.press("bell")
    station.answer()
    assert released(station.keys("2")) == []


@pytest.mark.parametrize("leg", [0, 2])
def test_progress_and_ends_of_another_leg_do_nothing(leg: int) -> None:
    station = station_in("ringing")
    before = station.state
    assert station.answer(leg) == []
    assert station.end(EndReason.BUSY, 486, leg) == []
    assert station.state == before


def test_timers_of_another_leg_do_nothing() -> None:
    station = station_in("calling")
    station.end(EndReason.BUSY, 486)
    station.press("bell")
    before = station.state
    for timer in (RingTimer(1), TalkTimer(1), DigitTimer(1), TalkTimer(3)):
        assert station.take(TimerFired(timer, at_s=station.now_s)) == []
    assert station.state == before


def test_a_ring_time_out_that_comes_late_does_not_end_a_talk() -> None:
    station = station_in("talking")
    assert station.take(TimerFired(RingTimer(1), at_s=station.now_s)) == []


def test_a_talk_ends_at_its_longest_and_a_hash_begins_the_time_again() -> None:
    station = station_in("talking")
    station.wait(RULES.max_talk_s - 1)
    station.keys("#")
    station.wait(RULES.max_talk_s - 1)
    assert isinstance(station.state.call, Talking)
    assert HangUp(1) in station.wait(1)
    assert signs(station) == {Sign.IDLE}


def test_no_other_key_prolongs_a_call() -> None:
    station = station_in("talking")
    station.wait(RULES.max_talk_s - 1)
    station.keys("5*12777")
    assert HangUp(1) in station.wait(1)


def test_three_wrong_attempts_are_told_once_to_the_visitor_and_to_the_log() -> None:
    station = station_in("talking")
    assert tones(station.keys("77") + station.keys("8*")) == []
    third = station.keys("79")
    assert tones(third) == [Tone.DENIED]
    (line,) = texts(third, Level.WARNING)
    assert "3 wrong attempts" in line
    assert tones(station.keys("7777")) == [], "the fourth and fifth are not told"
    assert tones(station.keys("77")) == [Tone.DENIED], "the sixth is"


def test_wrong_attempts_do_not_keep_a_right_one_out() -> None:
    station = station_in("talking")
    station.keys("777777")
    assert released(station.keys("5")) == ["front"]


def test_wrong_attempts_are_counted_for_each_call_alone() -> None:
    station = station_in("talking")
    station.keys("7777")
    station.end(EndReason.HUNG_UP)
    station.press("bell")
    station.answer()
    assert tones(station.keys("77")) == []


def test_a_door_stays_released_for_its_time_after_the_call_is_over() -> None:
    station = station_in("talking")
    station.keys("5")
    station.wait(1)
    effects = station.end(EndReason.HUNG_UP)
    assert Lock("front") not in effects
    assert signs(station) == {Sign.RELEASED}
    assert Lock("front") not in station.wait(1.75)
    assert Lock("front") in station.wait(0.25)
    assert signs(station) == {Sign.IDLE}


def test_locking_a_door_does_not_touch_the_call() -> None:
    station = station_in("talking")
    station.keys("5")
    effects = station.wait(3)
    assert Lock("front") in effects
    assert isinstance(station.state.call, Talking)
    assert signs(station) == {Sign.TALKING}


def test_doors_are_released_and_locked_one_by_one() -> None:
    station = station_in("talking")
    station.keys("5")
    station.wait(1.5)
    station.keys("12")
    assert Lock("front") in station.wait(1.5)
    assert signs(station) == {Sign.TALKING, Sign.RELEASED}
    assert Lock("yard") in station.wait(0.5)
    assert signs(station) == {Sign.TALKING}


def test_digits_and_requests_prolong_one_and_the_same_release() -> None:
    station = station_in("talking")
    begun_s = station.now_s
    station.keys("5")
    for _ in range(6):
        station.wait(1)
        station.take(ReleaseRequested("front", Requester.EXIT_BUTTON, at_s=station.now_s))
        assert isinstance(station.state.doors["front"], Released)
    station.keys("5")
    effects = station.wait(begun_s + 8.0 - station.now_s)
    assert effects.count(Lock("front")) == 1
    assert station.state.doors["front"] == Locked()


def test_a_key_at_the_maximum_is_neither_granted_nor_wrong() -> None:
    station = station_in("talking")
    for _ in range(7):
        station.keys("5")
        station.wait(1)
    assert tones(station.keys("5")) == []
    assert isinstance(station.state.call, Talking)
    assert station.state.call.wrong == 0


def test_who_released_a_door_and_for_how_long_is_noted() -> None:
    station = station_in("talking")
    (line,) = texts(station.keys("5"), Level.INFO)
    assert line == 'door "front" released for 3.0 s by call 1'
    (line,) = texts(EVENTS["command"](station), Level.INFO)
    assert line == 'door "yard" released for 2.0 s by command'


@pytest.mark.parametrize("state", STATES)
def test_stop_locks_released_doors_hangs_up_and_is_the_last_thing_done(state: str) -> None:
    station = station_in(state)
    EVENTS["exit button"](station)
    leg = station.state.last_leg if isinstance(station.state.call, Live) else None
    effects = EVENTS["stop"](station)
    assert {Lock("front"), Lock("yard")} <= set(effects)
    assert [one.leg for one in effects if isinstance(one, HangUp)] == ([leg] if leg else [])
    assert Sign.RELEASED not in signs(station)
    after = station.state
    for name, event in EVENTS.items():
        assert event(station) == [], name
    assert station.wait(1000) == []
    assert station.state == after


@pytest.mark.parametrize(("broken", "mended"), [("refused", "registered"), ("registrar gone", "registered")])
def test_a_lost_registration_is_shown_until_it_is_back_and_stops_no_press(broken: str, mended: str) -> None:
    station = station_in("idle")
    EVENTS[broken](station)
    assert signs(station) == {Sign.FAILURE}
    assert PlaceCall(1, FLAT) in station.press("bell")
    EVENTS[mended](station)
    assert signs(station) == {Sign.CALLING}


def test_what_a_registration_problem_says_names_the_code_and_what_to_do() -> None:
    station = station_in("idle")
    (line,) = texts(registers(station, RegistrationState.REFUSED, 403), Level.WARNING)
    assert "(403)" in line
    assert "check the account's user and password" in line
    (line,) = texts(registers(station, RegistrationState.UNREACHABLE), Level.WARNING)
    assert "check the network" in line
    assert "(" not in line


def test_the_same_news_twice_is_no_news() -> None:
    station = station_in("idle")
    for event in ("registered", "sound lost", "sound restored", "phone lost", "phone ready"):
        assert EVENTS[event](station) != []
        assert EVENTS[event](station) == []


def test_a_lost_sound_card_is_shown_until_it_is_back_and_ends_no_call() -> None:
    station = station_in("talking")
    EVENTS["sound lost"](station)
    assert signs(station) == {Sign.TALKING, Sign.FAILURE}
    assert released(station.keys("5")) == ["front"]
    EVENTS["sound restored"](station)
    assert signs(station) == {Sign.TALKING, Sign.RELEASED}


def test_a_call_ended_by_the_loss_of_sip_leaves_nothing_behind() -> None:
    station = station_in("talking")
    effects = EVENTS["phone lost"](station)
    assert HangUp(1) in effects
    assert station.answer() + station.keys("5") + station.end(EndReason.FAILED) == []
    station.become_ready()
    assert PlaceCall(2, FLAT) in station.press("bell")


def test_a_press_out_of_service_waits_and_is_dialled_when_sip_comes_up() -> None:
    station = station_in("out of service")
    assert placed(station.press("bell")) == []
    assert signs(station) == {Sign.CALLING}
    station.wait(RULES.patience_s / 2)
    assert len(placed(station.become_ready())) == 1
    station.wait(RULES.patience_s)
    assert signs(station) == {Sign.CALLING}


def test_a_press_out_of_service_is_answered_by_a_tone_when_sip_does_not_come_up() -> None:
    station = station_in("out of service")
    station.press("bell")
    effects = station.wait(RULES.patience_s)
    assert effects.index(Silence()) < effects.index(Play(Tone.NOT_AVAILABLE))
    assert len(texts(effects, Level.WARNING)) == 1
    assert placed(station.become_ready()) == []
    assert signs(station) == {Sign.FAILURE}
    station.wait(RULES.failure_shown_s)
    assert signs(station) == {Sign.IDLE}


@pytest.mark.parametrize("press_hangs_up", [False, True])
def test_a_press_that_waits_is_forgotten_by_a_hang_up(press_hangs_up: bool) -> None:
    station = station_in("out of service", rules_with(press_hangs_up=press_hangs_up))
    station.press("bell")
    if press_hangs_up:
        station.press("bell")
    else:
        station.take(HangUpRequested(at_s=station.now_s))
    assert placed(station.become_ready()) == []
    assert signs(station) == {Sign.IDLE}


def test_a_button_that_stays_closed_is_told_once_and_again_when_it_is_free() -> None:
    station = station_in("idle")
    station.edge("bell", closed=True)
    effects = station.wait(3600)
    assert len([text for text in texts(effects, Level.WARNING) if "stuck" in text]) == 1
    assert station.state.contacts["bell"].stuck
    station.edge("bell", closed=False)
    assert any("free again" in text for text in texts(station.wait(1.0), Level.INFO))
    assert not station.state.contacts["bell"].stuck


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("out of service", {Sign.FAILURE}),
        ("idle", {Sign.IDLE}),
        ("calling", {Sign.CALLING}),
        ("ringing", {Sign.CALLING}),
        ("talking", {Sign.TALKING}),
    ],
)
def test_what_the_visitor_sees(state: str, expected: set[Sign]) -> None:
    station = station_in(state)
    assert signs(station) == expected
    EVENTS["exit button"](station)
    assert signs(station) == (expected - {Sign.IDLE}) | {Sign.RELEASED}


@given(
    permutation=st.permutations("0123456789"),
    keys=st.lists(st.sampled_from(["5", "12", "1", "7", "77", "9*", "#", "*", "3"]), max_size=12),
    leg=st.sampled_from([1, 1, 1, 2]),
)
def test_no_line_and_no_repr_tells_which_keys_were_pressed(
    permutation: list[str], keys: list[str], leg: int
) -> None:
    """The same visit with other digits, in the rules and on the phone, leaves the very same trace."""
    other = {ord(old): new for old, new in zip("0123456789", permutation, strict=True)}

    def trace(digits: tuple[str, str], line: str) -> list[str]:
        station = station_in("talking", rules_with(digits))
        told: list[str] = []
        for key in line:
            event: Event = Digit(leg, key, at_s=station.now_s)
            effects = station.take(event)
            told += [repr(event), str(event), repr(effects), repr(station.state)]
            station.wait(0.5)
        return [*told, repr(station.wait(10)), repr(station.state)]

    line = "".join(keys)
    assert trace(("5", "12"), line) == trace(
        ("5".translate(other), "12".translate(other)), line.translate(other)
    )


def test_a_decision_leaves_the_state_it_was_made_from_as_it_was() -> None:
    station = station_in("talking")
    before, doors = station.state, dict(station.state.doors)
    station.keys("5")
    station.edge("bell", closed=True)
    assert before.doors == doors
    assert isinstance(before.call, Talking)
    assert core.step(RULES, before, Digit(1, "5", at_s=1.0)) == core.step(
        RULES, before, Digit(1, "5", at_s=1.0)
    )
