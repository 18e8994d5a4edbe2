"""A hard life for the real station: random presses, answers, hang-ups, floods and card losses, by a seed.

It goes in episodes. In each, many things happen at any moment; then all goes quiet, and a plain visit must
work. What must always hold is looked at all the time, from outside: pins, line, threads, memory.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from portier import logs, process
from portier.app import Station
from portier.bench.diary import Diary, Figures
from portier.bench.flood import flood
from portier.bench.line.events import LineError, What
from portier.bench.reasons import Reasons
from portier.bench.rig import RELEASE_DIGIT, WRONG_DIGIT, Rig
from portier.core.events import (
    CallPhase,
    CallProgress,
    Event,
    HangUpRequested,
    ReleaseRequested,
    Requester,
)
from portier.core.states import Idle, State, Talking
from portier.errors import PortierError
from portier.facts import Fact
from portier.record.call_record import CallRecord

EPISODE_S = 20.0
_BEAT_LIMIT_S = 3.0
_WARM_UP_EPISODES = 5
_MORE_MEMORY_KIB = 8 * 1024
_SIDE_PIN = 6
_LONGEST_S = 1e8
_MORE_CONFIG = f"""
[buttons.side]
pin = {_SIDE_PIN}
line = "3100000001"

[call]
ring_timeout_s = 5
second_press = "hang up"
"""
_WEIGHTS = {
    "press": 8,
    "press the other": 2,
    "bounce": 2,
    "glitch": 2,
    "both at once": 1,
    "answer": 3,
    "answer at once": 2,
    "refuse": 2,
    "ring only": 1,
    "say nothing": 1,
    "right digit": 4,
    "wrong digit": 3,
    "phone hangs up": 4,
    "command": 1,
    "flood": 1,
    "card goes": 1,
    "card stalls": 1,
    "card comes back": 3,
}


class BrokenRuleError(PortierError):
    """Something that must always hold did not."""


class Stress:
    """One run. The seed fixes what is done and how long is waited, not what the machine makes of it."""

    def __init__(self, rig: Rig, station: Station, seed: int) -> None:
        self._rig = rig
        self._station = station
        self._random = random.Random(seed)
        self._reasons = Reasons()
        self._last: list[str] = []
        self._memory_kib = 0
        self._threads = 0
        self._files = 0
        self._releases = 0
        self._last_rise_s = 0.0
        self._began_s = time.monotonic()
        self._records: list[CallRecord] = []
        station.recorder.watch(self._remember)
        station.runtime.observe(self)

    async def episode(self, number: int) -> Figures:
        """Twenty hard seconds and a plain visit. Raises BrokenRuleError."""
        until_s = time.monotonic() + EPISODE_S
        while time.monotonic() < until_s:
            action = self._random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
            await self._do(action)
            await self._pause(self._random.choice([0.0, 0.02, 0.1, 0.3, 0.8, 1.5]))
        await self._plain_visit()
        return self._figures(number)

    async def _do(self, action: str) -> None:
        self._last = [*self._last[-30:], action]
        rig, line, chance = self._rig, self._rig.line, self._random
        try:
            match action:
                case "press":
                    await self._press(rig.bell_pin, chance.uniform(0.04, 0.4))
                case "press the other":
                    await self._press(_SIDE_PIN, chance.uniform(0.04, 0.4))
                case "both at once":
                    rig.pins.close_contact(_SIDE_PIN)
                    await self._press(rig.bell_pin, 0.1)
                    rig.pins.open_contact(_SIDE_PIN)
                case "bounce":
                    for _ in range(chance.randrange(3, 12)):
                        await self._press(rig.bell_pin, chance.uniform(0.0005, 0.003))
                    await self._press(rig.bell_pin, 0.1)
                case "glitch":
                    await self._press(rig.bell_pin, 0.001)
                case "answer":
                    line.send("answer_with", mode="answer", ring_ms=chance.randrange(50, 1500))
                case "answer at once":
                    line.send("answer_with", mode="answer", ring_ms=0)
                case "refuse":
                    line.send("answer_with", status=chance.choice([403, 404, 480, 486, 500, 603]))
                case "ring only":
                    line.send("answer_with", mode="ring_only")
                case "say nothing":
                    line.send("answer_with", mode="silence")
                case "right digit":
                    self._press_right_digit()
                case "wrong digit":
                    line.digits(WRONG_DIGIT)
                case "phone hangs up":
                    line.hang_up()
                case "command":
                    now_s = time.monotonic()
                    self._reasons.requested(now_s)
                    self._station.runtime.post(ReleaseRequested("front", Requester.COMMAND, at_s=now_s))
                case "flood":
                    count = chance.randrange(50, 300)
                    station, gives_up = ("127.0.0.1", rig.config.sip.port), chance.random() < 0.5
                    await asyncio.to_thread(lambda: flood(station, count, 0.003, gives_up=gives_up))
                case "card goes":
                    rig.card.vanish()
                case "card stalls":
                    rig.card.vanish(silently=True)
                case "card comes back":
                    rig.card.come_back()
                case _:
                    raise ValueError(action)
        except LineError:
            pass  # the line has no call to do that in

    async def _plain_visit(self) -> None:
        """All goes quiet; then a press must ring, and the right digit open."""
        rig = self._rig
        rig.card.come_back()
        rig.line.send("answer_with", mode="answer", ring_ms=100)
        await self._until(lambda: not rig.pins.energised(rig.strike_pin), 12.0, "the door is locked again")
        await self._pause(0.5)
        self._station.runtime.post(HangUpRequested(at_s=time.monotonic()))
        await self._until(lambda: isinstance(self._station.runtime.state.call, Idle), 8.0, "idle")
        await self._press(rig.bell_pin, 0.1)
        await self._until(
            lambda: isinstance(self._station.runtime.state.call, Talking), 8.0, "a plain press is answered"
        )
        await self._pause(0.5)
        self._press_right_digit()
        await self._until(lambda: rig.pins.energised(rig.strike_pin), 3.0, "the right digit opens")
        rig.line.hang_up()
        await self._until(lambda: isinstance(self._station.runtime.state.call, Idle), 3.0, "idle again")

    async def _press(self, pin: int, held_s: float) -> None:
        self._rig.pins.close_contact(pin)
        await asyncio.sleep(held_s)
        self._rig.pins.open_contact(pin)
        await asyncio.sleep(0.002)

    def _press_right_digit(self) -> None:
        self._reasons.pressed(time.monotonic(), isinstance(self._station.runtime.state.call, Talking))
        self._rig.line.digits(RELEASE_DIGIT)

    async def _pause(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while True:
            self._look()
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return
            await asyncio.sleep(min(left_s, 0.05))

    async def _until(self, condition: Callable[[], bool], limit_s: float, what: str) -> None:
        until_s = time.monotonic() + limit_s
        while not condition():
            self._look()
            if time.monotonic() > until_s:
                raise BrokenRuleError(self._told(f"not within {limit_s:.0f} s: {what}"))
            await asyncio.sleep(0.02)

    def _look(self) -> None:
        """What must always hold."""
        rig, now_s = self._rig, time.monotonic()
        if rig.faults:
            raise BrokenRuleError(self._told(f"a fault: {rig.faults[0]!r}"))
        for name, beat in self._station.beats.items():
            beat_s = beat()
            if beat_s is not None and now_s - beat_s > _BEAT_LIMIT_S:
                raise BrokenRuleError(self._told(f"{name} has not moved for {now_s - beat_s:.1f} s"))
        history = rig.pins.pin(rig.strike_pin).history
        longest_s = rig.config.doors["front"].max_release_s + 0.3
        if history and history[-1][1] and now_s - history[-1][0] > longest_s:
            raise BrokenRuleError(self._told(f"the door is released for more than {longest_s} s"))
        for rise_s in [at_s for at_s, level in history if level and at_s > self._last_rise_s]:
            self._releases, self._last_rise_s = self._releases + 1, rise_s
            if not self._reasons.explain(rise_s):
                raise BrokenRuleError(self._told("the door opened, and nobody who may had asked for it"))

    def saw(self, event: Event, before: State, after: State) -> None:
        """From the runtime: when calls are answered."""
        del before, after
        if isinstance(event, CallProgress) and event.phase is CallPhase.ANSWERED:
            self._reasons.answered(event.at_s)

    def learned(self, fact: Fact) -> None:
        """From the runtime: nothing that matters here."""

    def _remember(self) -> None:
        if self._station.recorder.last:
            self._records.append(self._station.recorder.last)

    def _figures(self, number: int) -> Figures:
        # What the bench itself remembers is no leak of the station's.
        self._rig.card.forget()
        self._rig.line.forget()
        self._rig.pins.forget()
        memory_kib, threads, files = _memory_kib(), threading.active_count(), _open_files()
        if number == _WARM_UP_EPISODES:
            self._memory_kib, self._threads, self._files = memory_kib, threads, files
        if number > _WARM_UP_EPISODES:
            if memory_kib > self._memory_kib + _MORE_MEMORY_KIB:
                raise BrokenRuleError(self._told(f"memory grew from {self._memory_kib} to {memory_kib} KiB"))
            if threads > self._threads + 1 or files > self._files + 4:
                grown = f"threads {self._threads} to {threads}, descriptors {self._files} to {files}"
                raise BrokenRuleError(self._told(f"something leaks: {grown}"))
        records, self._records = self._records, []
        presses = (one.press_to_invite_ms for one in records)
        digits = (release.digit_to_relay_ms for one in records for release in one.releases)
        return Figures(
            elapsed_s=round(time.monotonic() - self._began_s, 1),
            calls=self._station.runtime.state.last_leg,
            releases=self._releases,
            memory_kib=memory_kib,
            threads=threads,
            descriptors=files,
            press_to_invite_ms=tuple(round(one, 3) for one in presses if one is not None),
            digit_to_relay_ms=tuple(round(one, 3) for one in digits if one is not None),
        )

    def _told(self, text: str) -> str:
        return f"{text}; before that: {', '.join(self._last)}; state: {self._station.runtime.state}"


def run(minutes: float, seed: int, output: Path | None = None) -> int:
    """Run for some minutes and print a line an episode; 1 when a rule was broken, with what repeats it.

    `minutes` may be infinite: then it goes on until Ctrl-C. Figures and their picture go to `output`.
    """
    logs.set_up()
    logging.getLogger("portier").setLevel(logging.CRITICAL)
    diary = Diary(output, seed) if output else None
    rig = Rig(more=_MORE_CONFIG, limit_s=min(minutes * 60 + 300, _LONGEST_S))
    print(f"  stress    {minutes:g} min, seed {seed}", flush=True)
    try:
        with asyncio.Runner(loop_factory=process.exact_loop) as runner:
            runner.run(_run(rig, minutes, seed, diary))
    except KeyboardInterrupt:
        print("  ended     by Ctrl-C", flush=True)
    except BrokenRuleError as broken:
        print(f"  BROKEN    {broken}", flush=True)
        print(f"  repeat    portier bench --stress {minutes:g} --seed {seed}", flush=True)
        return 1
    finally:
        rig.close()
        if diary:
            print(f"  figures   {diary.close()}", flush=True)
    print("  ok        nothing broke", flush=True)
    return 0


async def _run(rig: Rig, minutes: float, seed: int, diary: Diary | None) -> None:
    until_s = time.monotonic() + minutes * 60
    async with rig.running() as station:
        await asyncio.to_thread(lambda: rig.line.wait_for(What.REGISTER))
        # PJSIP keeps the memory of its busiest moment: it comes first, so that later growth is a leak.
        for gives_up in (True, False):
            await asyncio.to_thread(
                lambda gives_up: flood(("127.0.0.1", rig.config.sip.port), 600, 0.003, gives_up=gives_up),
                gives_up,
            )
        stress, number = Stress(rig, station, seed), 0
        while time.monotonic() < until_s:
            number += 1
            figures = await stress.episode(number)
            print(f"  {number:>7}   {figures}", flush=True)
            if diary:
                diary.write(figures)


def _memory_kib() -> int:
    """What this process keeps in memory for itself."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- the names are not wanted
