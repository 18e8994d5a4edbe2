"""The loop that owns the state: events in by `post`, decisions by the core, effects out by the ports."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, assert_never

from portier.core import keypad, station
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
    Silence,
    SpendCode,
    StartTimer,
    SwitchGong,
    SwitchLight,
    TrySound,
)
from portier.core.events import CodeLookedUp, Event, TimerFired
from portier.core.rules import Rules
from portier.core.states import State
from portier.core.timers import Timer
from portier.facts import Fact
from portier.ports import Directory, DoorStrikes, Gong, Journal, Lamps, Light, Memory, Phone, Sound

_log = logging.getLogger(__name__)
_LOG_LEVELS = {Level.INFO: logging.INFO, Level.WARNING: logging.WARNING}


@dataclass(frozen=True, slots=True)
class Ports:
    """All that the runtime can act on."""

    phone: Phone
    strikes: DoorStrikes
    lamps: Lamps
    sound: Sound
    gong: Gong | None = None
    journal: Journal | None = None
    memory: Memory | None = None
    directory: Directory | None = None
    light: Light | None = None


class Observer(Protocol):
    """Looks on, on the loop. It changes nothing, and where it fails it is left out from then on."""

    def saw(self, event: Event, before: State, after: State) -> None:
        """An event was decided, and its effects were performed."""
        ...

    def learned(self, fact: Fact) -> None:
        """Something was measured."""
        ...


class Runtime:
    """Owns the station's state on one asyncio loop, whose clock is the clock of all events.

    A fault of ours while deciding or acting is not survived: `on_fault` is told, once, and is to end the
    process with every relay de-energised; no event is taken after it. `remembered` is what the memory has
    kept.
    """

    def __init__(
        self,
        rules: Rules,
        loop: asyncio.AbstractEventLoop,
        on_fault: Callable[[Exception], None],
        remembered: Mapping[str, str] | None = None,
    ) -> None:
        """`remembered` is what Memory has kept over the restart."""
        self._rules = rules
        self._loop = loop
        self._on_fault = on_fault
        self._ports: Ports | None = None
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._faulted = False
        self._watchers: list[Callable[[State], None]] = []
        self._observers: list[Observer] = []
        self.state, self._first_effects = station.initial(rules, remembered, loop.time())

    def connect(self, ports: Ports) -> None:
        """Give the runtime its ports and show the first state; events posted before wait in the loop."""
        self._ports = ports
        self._perform_all(self._first_effects)

    def change_rules(self, rules: Rules) -> None:
        """Decide by other rules from the next event on; only on the loop's own thread.

        They have the same buttons and doors. A call that lasts goes on: what it still has to try it holds.
        Where there are other flats, those are told that no keypad can ring.
        """
        if (rules.buttons.keys(), rules.doors) != (self._rules.buttons.keys(), self._rules.doors):
            raise ValueError("buttons and doors are the configuration's, and do not change")
        told = keypad.never_rung(rules) if rules.flats.keys() != self._rules.flats.keys() else []
        self._rules = rules
        if self._ports:
            self._perform_all(told)
        else:
            self._first_effects += told

    @property
    def connected(self) -> bool:
        """Whether the runtime has its ports."""
        return self._ports is not None

    def watch(self, watcher: Callable[[State], None]) -> None:
        """Call `watcher` on the loop with every new state."""
        self._watchers.append(watcher)

    def observe(self, observer: Observer) -> None:
        """Let somebody look on from now on."""
        self._observers.append(observer)

    def post(self, what: Event | Fact) -> None:
        """Take an event or a fact from any thread. The only way in."""
        try:
            if isinstance(what, Fact):
                self._loop.call_soon_threadsafe(self._learn, what)
            else:
                self._loop.call_soon_threadsafe(self.take, what)
        except RuntimeError:
            _log.debug("after the loop's end: %s", type(what).__name__)

    def take(self, event: Event) -> None:
        """Decide and act on an event now; only on the loop's own thread.

        Timers that were due before the event happened come first, also where the loop is late with them.
        """
        if self._faulted:
            return
        for timer, handle in sorted(self._timers.items(), key=lambda item: item[1].when()):
            if handle.when() <= event.at_s and self._timers.get(timer) is handle:
                self._fire(timer)
        self._decide(event)

    def _decide(self, event: Event) -> None:
        try:
            before = self.state
            self.state, effects = station.decide(self._rules, before, event)
            self._perform_all(effects)
            self._perform_all(station.indication(before, self.state))
            if self.state is not before:
                for watcher in self._watchers:
                    watcher(self.state)
            self._let_see(lambda observer: observer.saw(event, before, self.state))
        except Exception as fault:  # noqa: BLE001 -- whatever it is, the state is not to be trusted any more
            self._faulted = True
            self._on_fault(fault)
            _log.exception("fault while taking %s", type(event).__name__)

    def _learn(self, fact: Fact) -> None:
        self._let_see(lambda observer: observer.learned(fact))

    def _let_see(self, look: Callable[[Observer], None]) -> None:
        for observer in tuple(self._observers):
            try:
                look(observer)
            except Exception:  # noqa: BLE001 -- a record is not worth a station
                self._observers.remove(observer)
                _log.exception("fault in %s, which is left out from now on", type(observer).__name__)

    def close(self) -> None:
        """Forget all timers."""
        for handle in self._timers.values():
            handle.cancel()
        self._timers.clear()

    def _perform_all(self, effects: list[Effect]) -> None:
        if self._ports is None:
            raise RuntimeError("the runtime has no ports yet")
        for effect in effects:
            self._perform(self._ports, effect)

    def _perform(self, ports: Ports, effect: Effect) -> None:
        match effect:
            case PlaceCall(leg, uri, auto_answer):
                ports.phone.place(leg, uri, auto_answer)
            case LetRing(offer, leg):
                ports.phone.let_ring(offer, leg)
            case Reject(offer):
                ports.phone.reject(offer)
            case Answer(leg):
                ports.phone.answer(leg)
            case Join(leg):
                ports.phone.join(leg)
            case AskToConfirm(leg):
                ports.phone.ask_to_confirm(leg)
            case HangUp(leg):
                ports.phone.hang_up(leg)
            case Release(door, until_s):
                ports.strikes.release(door, until_s)
            case Hold(door, until_s):
                ports.strikes.hold(door, until_s)
            case Lock(door):
                ports.strikes.lock(door)
            case Play(tone, to_far_end):
                ports.sound.play(tone, to_far_end=to_far_end)
            case Silence():
                ports.sound.silence()
            case SetVolume(volume_db):
                ports.sound.set_volume(volume_db)
            case SetSpeakerGain(gain_db):
                ports.sound.set_speaker_gain(gain_db)
            case MuteMicrophone(on):
                ports.sound.mute(on)
            case OpenSound():
                ports.sound.open()
            case CloseSound():
                ports.sound.close()
            case TrySound(number):
                ports.sound.test(number)
            case Indicate(signs):
                ports.lamps.indicate(signs)
            case SwitchGong(on):
                if ports.gong:
                    ports.gong.switch(on)
            case SwitchLight(on):
                if ports.light:
                    ports.light.switch(on)
            case StartTimer(timer, due_s):
                self._cancel(timer)
                self._timers[timer] = self._loop.call_at(due_s, self._fire, timer)
            case CancelTimer(timer):
                self._cancel(timer)
            case Note(text, level):
                _log.log(_LOG_LEVELS[level], "%s", text)
            case Audit(record):
                if ports.journal:
                    ports.journal.write(record)
            case Remember(key, value):
                if ports.memory:
                    ports.memory.remember(key, value)
            case LookUpCode(attempt, entry):
                match = ports.directory.look_up(entry) if ports.directory else None
                self.post(CodeLookedUp(attempt, match, at_s=self._loop.time()))
            case SpendCode(code):
                if ports.directory:
                    ports.directory.spend(code)
            case never:
                assert_never(never)

    def _fire(self, timer: Timer) -> None:
        handle = self._timers.pop(timer)
        handle.cancel()
        self._decide(TimerFired(timer, at_s=handle.when()))

    def _cancel(self, timer: Timer) -> None:
        if handle := self._timers.pop(timer, None):
            handle.cancel()
