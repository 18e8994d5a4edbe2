"""Scenarios: a station, what happens to it, and all that it is to do, in one TOML file on a virtual clock.

A file holds `[buttons.NAME]`, `[doors.NAME]`, `[targets.NAME]`, `[lists.NAME]`, `[profiles.NAME]`,
`[gong]`, `[incoming]`, `[fire]`, `[tamper]`, `[light]`, `[keypads.NAME]`, `[codes.NAME]`, `[flats]`
(numbers and the lists they ring), `holidays`, `[rules]` (times in seconds, defaults of the core), `lines`
(how the first, second ... call is met), `[operator]` (lines by their intercom modes, in their place),
`steps` (what happens) and `expect` (what is seen). Everything the station does must be expected, in its
order and at its time, but log lines at INFO, rows of the audit log, and that a leg is joined to the
visitor, may go unmentioned.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import tomllib
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, assert_never

from pydantic import BaseModel, model_validator

from portier.bench.clock import VirtualClockLoop
from portier.bench.codes import CodePart, FakeDirectory
from portier.bench.fakes import (
    Answered,
    Asked,
    Deed,
    Diary,
    DiaryHandler,
    FakeGong,
    FakeJournal,
    FakeLamps,
    FakeLight,
    FakeMemory,
    FakePhone,
    FakeSound,
    FakeStrikes,
    FarLine,
    HungUp,
    Joined,
    LetRung,
    Logged,
    Loudness,
    Placed,
    Played,
    Recorded,
    Rejected,
    Rung,
    Shown,
    SoundHeld,
    Switched,
)
from portier.bench.house_scenario import (
    DoorPart,
    ExpectLight,
    ExpectRow,
    FirePart,
    HouseExpectation,
    HouseStep,
    LightPart,
    Restart,
    TamperPart,
    events,
    fits,
    wanted,
)
from portier.bench.operator_part import OperatorPart
from portier.core.codes import Entry
from portier.core.effects import Sign, Tone
from portier.core.events import (
    ButtonEdge,
    CardRead,
    ClockTold,
    Event,
    InputEdge,
    KeypadKey,
    Registration,
    RegistrationState,
    ReleaseRequested,
    Requester,
    SoundLost,
    SoundRestored,
    StopRequested,
)
from portier.core.inputs import Input
from portier.core.profiles import Holidays, Hours, Profile
from portier.core.rules import (
    ButtonRule,
    ByProfile,
    Confirmation,
    GongRule,
    GongWhen,
    IncomingRule,
    KeypadRule,
    ListRule,
    Rules,
    StepRule,
    TargetRule,
    VolumeByProfile,
)
from portier.core.states import State
from portier.runtime import Ports, Runtime

Watcher = Callable[[float, State], None]
"""Is told of each new state, with its moment."""

TOLERANCE_S = 0.0005
AFTERWARDS_S = 300.0
"""How long a station is watched after the last step: what it must not do later would show."""

_CHATTER_S = 0.002
_SHOWN_BEFORE = 3


class _Model(BaseModel, frozen=True, extra="forbid"):
    """A part of a file: a key that does not exist is an error."""


class Button(_Model):
    """A button and whom it rings; `by_profile` are pairs of a profile and whom it rings then."""

    uri: str = ""
    list: str = ""
    debounce_s: float = 0.03
    by_profile: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _rings_somebody(self) -> Button:
        if bool(self.uri) == bool(self.list):
            raise ValueError("a button rings either a uri or a list")
        return self


class Target(_Model):
    """Whom a list may ring."""

    uri: str
    plain_uri: str = ""
    plain_after: tuple[int, ...] = ()


class ListStep(_Model):
    """Who of a list is rung at once."""

    ring: tuple[str, ...]
    seconds: float


class ListPart(_Model):
    """A list, and what follows it."""

    steps: tuple[ListStep, ...]
    cycles: int = 1
    fallback: str = ""
    confirm: str = ""
    confirm_s: float = 8.0
    total_s: float | None = None


class RulesPart(_Model):
    """The core's other rules; what is left out has the core's default."""

    ring_timeout_s: float | None = None
    max_talk_s: float | None = None
    digit_timeout_s: float | None = None
    press_hangs_up: bool | None = None
    wrong_attempts: int | None = None
    failure_shown_s: float | None = None
    hang_up_after_release_s: float | None = None
    calls_per_hour: int | None = None
    cool_down_after: int | None = None
    cool_down_s: float | None = None
    code_length: int | None = None


class _Timed(_Model):
    at_s: float


class Press(_Timed):
    """A button is pressed and let go; the contact chatters for `bounce_s` both times."""

    press: str
    held_s: float = 0.2
    bounce_s: float = 0.0


class FarKey(_Timed):
    """A key on the far phone: of the call placed last, or of any leg at all."""

    key: str
    leg: int | None = None


class Keyed(_Timed):
    """Keys are pressed on a keypad, one every `each_s`."""

    keyed: str
    keypad: str
    each_s: float = 0.25


class CardShown(_Timed):
    """A card is held to a reader: "card:facility:number"."""

    card: str
    keypad: str


class Offer(_Timed):
    """Somebody calls the station by its registrar."""

    offer: str


class CallerEnds(_Timed):
    """The far end of a leg ends it: without a status, by hanging up."""

    ends: int
    status: int = 0


class Request(_Timed):
    """Somebody asks for a door to be released."""

    request: str
    by: Requester


class Registrar(_Timed):
    """The registration changes."""

    registration: RegistrationState
    status: int = 0


class PhoneChange(_Timed):
    """SIP goes down or comes up."""

    phone: Literal["lost", "ready"]


class SoundChange(_Timed):
    """The sound card goes or comes."""

    sound: Literal["lost", "restored"]


class Stop(_Timed):
    """The station is told to stop."""

    stop: Literal[True]


class Clock(_Timed):
    """The wall clock tells the local time, or that it is not known to be right."""

    clock: datetime | Literal["unsure"]


Step = (
    Clock
    | Press
    | FarKey
    | Keyed
    | CardShown
    | Offer
    | CallerEnds
    | Request
    | Registrar
    | PhoneChange
    | SoundChange
    | Stop
    | Restart
    | HouseStep
)


class ExpectCall(_Timed):
    """An INVITE goes out."""

    call: int
    to: str


class ExpectHangUp(_Timed):
    """The station ends a leg."""

    hang_up: int


class ExpectRinging(_Timed):
    """A call from outside may ring at its caller's."""

    rings: int


class ExpectAnswered(_Timed):
    """The station answers a call from outside."""

    answers: int


class ExpectRejected(_Timed):
    """The station refuses an offered call."""

    rejects: int


class ExpectJoined(_Timed):
    """A leg is joined to the visitor."""

    joined: int


class ExpectAsked(_Timed):
    """A leg is asked to confirm."""

    asked: int


class ExpectReleased(_Timed):
    """A door's relay is energised."""

    released: str


class ExpectLocked(_Timed):
    """A door's relay is de-energised."""

    locked: str


class ExpectSigns(_Timed):
    """The lamps change to exactly this."""

    signs: tuple[Sign, ...]


class ExpectTone(_Timed):
    """A tone begins, or is stopped."""

    tone: Tone | Literal["none"]


class ExpectGong(_Timed):
    """The gong begins to sound, or becomes still."""

    gong: Literal["on", "off"]


class ExpectVolume(_Timed):
    """The station's own sounds become so loud."""

    volume_db: float


class ExpectSound(_Timed):
    """The sound card is opened for a call, or let go."""

    sound: Literal["open", "closed"]


class ExpectLog(_Timed):
    """A line at INFO contains this."""

    log: str


class ExpectWarning(_Timed):
    """A warning contains this."""

    warning: str


Expectation = (
    ExpectCall
    | ExpectHangUp
    | ExpectRinging
    | ExpectAnswered
    | ExpectRejected
    | ExpectJoined
    | ExpectAsked
    | ExpectReleased
    | ExpectLocked
    | ExpectSigns
    | ExpectTone
    | ExpectGong
    | ExpectVolume
    | ExpectSound
    | ExpectLog
    | ExpectWarning
    | HouseExpectation
)


class ProfilePart(_Model):
    """A time profile: days of the week (0 is Monday) and minutes of the day, as the core has them."""

    weekdays: frozenset[int] = frozenset(range(7))
    hours: tuple[tuple[int, int], ...] = ()
    holidays: Holidays = Holidays.BY_WEEKDAY


class GongPart(_Model):
    """When the gong sounds, and for how long."""

    when: frozenset[GongWhen]
    pulse_s: float = 1.0


class IncomingPart(_Model):
    """Whose calls are taken, and whose digits count then."""

    callers: dict[str, bool]
    answer_after_s: float = 0.0
    code_from: frozenset[str] = frozenset()
    code_door: str = ""


class KeypadPart(_Model):
    """A keypad, and whose door its codes release."""

    door: str


class Scenario(_Model):
    """One file."""

    story: str
    ready: bool = True
    buttons: dict[str, Button]
    doors: dict[str, DoorPart]
    targets: dict[str, Target] = {}
    lists: dict[str, ListPart] = {}
    rules: RulesPart = RulesPart()
    profiles: dict[str, ProfilePart] = {}
    holidays: frozenset[date] = frozenset()
    gong: GongPart | None = None
    incoming: IncomingPart | None = None
    fire: FirePart | None = None
    tamper: TamperPart | None = None
    light: LightPart | None = None
    keypads: dict[str, KeypadPart] = {}
    codes: dict[str, CodePart] = {}
    flats: dict[str, str] = {}
    volume_by_profile: tuple[tuple[str, float], ...] = ()
    lines: tuple[FarLine, ...] = ()
    operator: OperatorPart | None = None
    steps: tuple[Step, ...]
    expect: tuple[Expectation, ...]

    def core_rules(self) -> Rules:
        """The rules as the core wants them."""
        return Rules(
            buttons={
                name: ButtonRule(
                    name,
                    part.uri,
                    part.debounce_s,
                    tuple(ByProfile(*pair) for pair in part.by_profile),
                    list_name=part.list,
                )
                for name, part in self.buttons.items()
            },
            doors={name: part.rule(name) for name, part in self.doors.items()},
            lists={name: self._list(name, part) for name, part in self.lists.items()},
            profiles={
                name: Profile(part.weekdays, tuple(Hours(*pair) for pair in part.hours), part.holidays)
                for name, part in self.profiles.items()
            },
            holidays=self.holidays,
            gong=GongRule(self.gong.when, self.gong.pulse_s) if self.gong else None,
            incoming=IncomingRule(**self.incoming.model_dump()) if self.incoming else None,
            fire=self.fire.rule() if self.fire else None,
            tamper=self.tamper.rule() if self.tamper else None,
            light=self.light.rule() if self.light else None,
            keypads={name: KeypadRule(name, part.door) for name, part in self.keypads.items()},
            flats=self.flats,
            volume_by_profile=tuple(VolumeByProfile(*pair) for pair in self.volume_by_profile),
            **self.rules.model_dump(exclude_none=True),
        )

    def _list(self, name: str, part: ListPart) -> ListRule:
        targets = {
            name: TargetRule(name, one.uri, one.plain_uri, frozenset(one.plain_after))
            for name, one in self.targets.items()
        }
        return ListRule(
            name,
            tuple(StepRule(tuple(targets[one] for one in step.ring), step.seconds) for step in part.steps),
            part.cycles,
            part.fallback,
            Confirmation(part.confirm, part.confirm_s) if part.confirm else None,
            part.total_s,
        )


def load(path: Path) -> Scenario:
    """Read a file; raises ValueError where it is no scenario."""
    return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def play(scenario: Scenario, watcher: Watcher | None = None) -> list[tuple[float, Deed]]:
    """Let all steps happen to a station with pretended ports, and give what it did, with the moments.

    A station that is to be ready has become so before the account begins. A `watcher` sees its states.
    """
    loop = VirtualClockLoop()
    diary = Diary(loop)
    handler = DiaryHandler(diary)
    log = logging.getLogger("portier.runtime")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        _play(scenario, loop, diary, watcher)
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        loop.close()
    return diary.entries


def first_difference(expected: Sequence[Expectation], seen: Sequence[tuple[float, Deed]]) -> str | None:
    """Where the station first did something else than expected, in words; None when it never did."""
    open_ones = deque(expected)
    before: deque[str] = deque(maxlen=_SHOWN_BEFORE)
    for at_s, deed in seen:
        if open_ones and _fits(open_ones[0], at_s, deed):
            open_ones.popleft()
        elif not isinstance(deed, Joined | Recorded) and (not isinstance(deed, Logged) or deed.warning):
            return _report(before, open_ones[0] if open_ones else None, _line(at_s, deed))
        before.append(_line(at_s, deed))
    return _report(before, open_ones[0], None) if open_ones else None


def _play(scenario: Scenario, loop: VirtualClockLoop, diary: Diary, watcher: Watcher | None) -> None:
    faults: list[Exception] = []

    def on_loop_fault(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        faults.append(context.get("exception") or RuntimeError(context["message"]))

    loop.set_exception_handler(on_loop_fault)
    stage = _Stage(scenario, loop, diary, faults, watcher)
    loop.run_until_complete(asyncio.sleep(0))
    diary.entries.clear()
    last_s = 0.0
    for step in scenario.steps:
        last_s = max(last_s, _arrange(step, loop, stage))
    loop.run_until_complete(asyncio.sleep(last_s + AFTERWARDS_S))
    stage.runtime.close()
    if faults:
        raise faults[0]


class _Stage:
    """A station with its pretended ports; all but its memory are new after a restart."""

    def __init__(
        self,
        scenario: Scenario,
        loop: VirtualClockLoop,
        diary: Diary,
        faults: list[Exception],
        watcher: Watcher | None,
    ) -> None:
        self._scenario = scenario
        self._loop = loop
        self._diary = diary
        self._faults = faults
        self._watcher = watcher
        self._memory = FakeMemory()
        self._directory = FakeDirectory.of(scenario.codes)
        self._active: frozenset[Input] = frozenset()
        self._strikes: FakeStrikes | None = None
        self.runtime: Runtime
        self.phone: FakePhone
        self.begin()

    def take(self, event: Event) -> None:
        """Let something happen to the station that runs."""
        if isinstance(event, InputEdge):
            self._active = (self._active | {event.input}) if event.active else (self._active - {event.input})
        self.runtime.take(event)

    def restart(self) -> None:
        """As after a kill: nothing is told, and the pins are locked as they are claimed."""
        self.runtime.close()
        if self._strikes:
            for name in self._scenario.doors:
                self._strikes.lock(name)
        self.begin()

    def begin(self) -> None:
        """Start."""
        loop, diary, rules = self._loop, self._diary, self._scenario.core_rules()
        self.runtime = Runtime(rules, loop, self._faults.append, self._memory.facts)
        if watcher := self._watcher:
            self.runtime.watch(lambda state: watcher(loop.time(), state))
        lines, operator = self._scenario.lines, self._scenario.operator
        met = (operator.line,) if operator else ()
        self.phone = FakePhone(loop, self.runtime.post, diary, lines, *met)
        self._strikes = FakeStrikes(
            loop,
            diary,
            {door.name: door.max_release_s for door in rules.doors.values()},
            [door.name for door in rules.doors.values() if door.may_hold],
        )
        self.runtime.connect(
            Ports(
                self.phone,
                self._strikes,
                FakeLamps(diary),
                FakeSound(loop, diary),
                FakeGong(diary),
                FakeJournal(diary),
                self._memory,
                self._directory,
                light=FakeLight(diary),
            )
        )
        for one in sorted(self._active, key=str):
            self.runtime.post(InputEdge(one, active=True, at_start=True, at_s=loop.time()))
        if self._scenario.ready:
            self.phone.become_ready()


def _arrange(step: Step, loop: VirtualClockLoop, stage: _Stage) -> float:
    """Put a step on the loop; the moment when it is over."""
    at_s, take = step.at_s, stage.take
    match step:
        case Press(press=button, held_s=held_s, bounce_s=bounce_s):
            for closed, begin_s in ((True, at_s), (False, at_s + held_s)):
                for edge_s, level in _edges(closed, begin_s, bounce_s):
                    loop.call_at(edge_s, take, ButtonEdge(button, level, at_s=edge_s))
            return at_s + held_s + bounce_s
        case FarKey(key=key, leg=leg):
            loop.call_at(at_s, lambda: stage.phone.key(stage.phone.last_leg if leg is None else leg, key))
        case Keyed(keyed=keys, keypad=keypad, each_s=each_s):
            for place, key in enumerate(keys):
                key_s = at_s + place * each_s
                loop.call_at(key_s, take, KeypadKey(keypad, key, at_s=key_s))
            return at_s + len(keys) * each_s
        case CardShown(card=card, keypad=keypad):
            loop.call_at(at_s, take, CardRead(keypad, Entry(card), at_s=at_s))
        case Offer(offer=number):
            loop.call_at(at_s, lambda: stage.phone.offer(number))
        case CallerEnds(ends=ended, status=status):
            loop.call_at(at_s, lambda: stage.phone.give_up(ended, status))
        case Request(request=door, by=by):
            loop.call_at(at_s, take, ReleaseRequested(door, by, at_s=at_s))
        case Registrar(registration=state, status=status):
            loop.call_at(at_s, take, Registration(state, status, at_s=at_s))
        case PhoneChange(phone=change):
            loop.call_at(at_s, lambda: stage.phone.lose() if change == "lost" else stage.phone.become_ready())
        case SoundChange(sound="lost"):
            loop.call_at(at_s, take, SoundLost(at_s=at_s))
        case SoundChange():
            loop.call_at(at_s, take, SoundRestored(at_s=at_s))
        case Clock(clock=clock):
            local = None if clock == "unsure" else clock
            loop.call_at(at_s, take, ClockTold(local, at_s=at_s))
        case Stop():
            loop.call_at(at_s, take, StopRequested(at_s=at_s))
        case Restart():
            loop.call_at(at_s, stage.restart)
        case _:
            for event in events(step):
                at_s = event.at_s
                loop.call_at(at_s, take, event)
    return at_s


def _edges(closed: bool, begin_s: float, bounce_s: float) -> list[tuple[float, bool]]:
    """A change of a contact: chatter that begins and ends with the new level."""
    pairs = round(bounce_s / _CHATTER_S / 2)
    levels = itertools.islice(itertools.cycle((closed, not closed)), 2 * pairs + 1)
    return [(begin_s + index * _CHATTER_S, level) for index, level in enumerate(levels)]


def _wanted(expectation: Expectation) -> Deed:
    match expectation:
        case ExpectCall(call=leg, to=uri):
            return Placed(leg, uri)
        case ExpectHangUp(hang_up=leg):
            return HungUp(leg)
        case ExpectRinging(rings=leg):
            return LetRung(leg)
        case ExpectAnswered(answers=leg):
            return Answered(leg)
        case ExpectRejected(rejects=offer):
            return Rejected(offer)
        case ExpectJoined(joined=leg):
            return Joined(leg)
        case ExpectAsked(asked=leg):
            return Asked(leg)
        case ExpectReleased(released=door):
            return Switched(door, energised=True)
        case ExpectLocked(locked=door):
            return Switched(door, energised=False)
        case ExpectSigns(signs=signs):
            return Shown(frozenset(signs))
        case ExpectTone(tone=tone):
            return Played(None if tone == "none" else tone)
        case ExpectGong(gong=gong):
            return Rung(gong == "on")
        case ExpectVolume(volume_db=volume_db):
            return Loudness(volume_db)
        case ExpectSound(sound=sound):
            return SoundHeld(sound == "open")
        case ExpectLog(log=text):
            return Logged(text, warning=False)
        case ExpectWarning(warning=text):
            return Logged(text, warning=True)
        case ExpectLight() | ExpectRow():
            return wanted(expectation)
        case never:
            assert_never(never)


def _fits(expectation: Expectation, at_s: float, deed: Deed) -> bool:
    deed_wanted = _wanted(expectation)
    if abs(expectation.at_s - at_s) > TOLERANCE_S:
        return False
    if isinstance(deed_wanted, Logged) and isinstance(deed, Logged):
        return deed_wanted.warning == deed.warning and deed_wanted.text in deed.text
    if isinstance(expectation, ExpectRow) and isinstance(deed, Recorded):
        return fits(expectation, deed)
    return deed_wanted == deed


def _line(at_s: float, deed: Deed) -> str:
    return f"{at_s:10.3f} s  {deed}"


def _report(before: Sequence[str], expected: Expectation | None, seen: str | None) -> str:
    wanted = _line(expected.at_s, _wanted(expected)) if expected else "   nothing any more"
    lines = [
        *(f"  agreed    {line}" for line in before),
        f"  expected  {wanted}",
        f"  seen      {seen or '   nothing any more'}",
    ]
    return "\n".join(lines)
