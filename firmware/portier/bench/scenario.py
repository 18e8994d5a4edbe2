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
from collections.abc import Callable
from typing import Any

from portier.bench.clock import VirtualClockLoop
from portier.bench.codes import FakeDirectory
from portier.bench.deeds import Deed, Diary, DiaryHandler
from portier.bench.fake_phone import FakePhone
from portier.bench.fakes import (
    FakeGong,
    FakeJournal,
    FakeLamps,
    FakeLight,
    FakeMemory,
    FakeSound,
    FakeStrikes,
)
from portier.bench.house_scenario import Restart, events
from portier.bench.scenario_file import Scenario
from portier.bench.scenario_steps import (
    CallerEnds,
    CardShown,
    Clock,
    FarKey,
    Keyed,
    Offer,
    PhoneChange,
    Press,
    Registrar,
    Request,
    SoundChange,
    Step,
    Stop,
)
from portier.core.codes import Entry
from portier.core.events import (
    ButtonEdge,
    CardRead,
    ClockTold,
    Event,
    InputEdge,
    KeypadKey,
    Registration,
    ReleaseRequested,
    SoundLost,
    SoundRestored,
    StopRequested,
)
from portier.core.inputs import Input
from portier.core.states import State
from portier.runtime import Ports, Runtime

Watcher = Callable[[float, State], None]
"""Is told of each new state, with its moment."""

AFTERWARDS_S = 300.0
"""How long a station is watched after the last step: what it must not do later would show."""

_CHATTER_S = 0.002


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
