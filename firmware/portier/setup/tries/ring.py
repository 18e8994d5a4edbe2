"""Child: the whole station of a configuration on mocked pins; it calls as a press of its button would.

Nothing it does can move a relay. It says REGISTRATION (text: its state, number: the SIP status), CALLING,
RINGING, WITHOUT_PREFIX (number: the SIP status by which the prefix was refused), ANSWERED, HEARD (the far
end's first sound), RELEASED (its digit came), LOST (no sound card), and ENDED (text: why, one of `EndReason`
or `ENDED_HERE`; number: the SIP status).
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from gpiozero.pins.mock import MockFactory

from portier import process
from portier.app import Parts, Station
from portier.config import load, planned
from portier.core.events import (
    CallEnded,
    CallRequested,
    EndReason,
    Event,
    HangUpRequested,
    PhoneReady,
    Registration,
    RegistrationState,
    TimerFired,
)
from portier.core.presses import waits
from portier.core.states import Calling, Live, Released, Ringing, State, Talking
from portier.core.timers import RingTimer
from portier.errors import PortierError
from portier.facts import Fact, FirstSound
from portier.plan import Plan
from portier.setup.tries import What, child, tell

ENDED_HERE = "ended here"
RING_S = 30.0
TALK_S = 20.0
_REGISTER_S = 10.0
_WHOLE_S = _REGISTER_S + RING_S + TALK_S + 10.0
_AFTER_S = 0.3


class _Watcher:
    """An observer of the runtime that tells what becomes of the call."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.over = asyncio.Event()
        self._phone_ready = False
        self._registered = False
        self._refused: CallEnded | None = None

    def saw(self, event: Event, before: State, after: State) -> None:
        """Tell what an event changed."""
        if isinstance(event, Registration):
            self._registered = event.state is not RegistrationState.TRYING
            if self._registered:
                tell(What.REGISTRATION, event.state.value, event.status)
        self._phone_ready = self._phone_ready or isinstance(event, PhoneReady)
        if self._phone_ready and self._registered:
            self.ready.set()
        # Of a visit that goes on to other targets only the first calling and ringing is news.
        again = isinstance(after.call, Calling) and isinstance(before.call, Ringing)
        if type(after.call) is not type(before.call) and not again:
            self._tell_call(event, before, after)
        elif isinstance(event, CallEnded) and _rings_plainly(after) and not _rings_plainly(before):
            self._refused = event
            tell(What.WITHOUT_PREFIX, "", event.status)
        elif waits(before) and not waits(after):
            tell(What.ENDED, EndReason.UNREACHABLE.value)
            self.over.set()
        if before.sound_works and not after.sound_works:
            tell(What.LOST)
        released = [isinstance(door, Released) for door in after.doors.values()]
        if any(released) and not any(isinstance(door, Released) for door in before.doors.values()):
            tell(What.RELEASED)

    def learned(self, fact: Fact) -> None:
        """Tell when the far end is heard."""
        if isinstance(fact, FirstSound):
            tell(What.HEARD)

    def _tell_call(self, event: Event, before: State, after: State) -> None:
        match after.call:
            case Calling():
                tell(What.CALLING)
            case Ringing():
                tell(What.RINGING)
            case Talking():
                tell(What.ANSWERED)
            case _:
                if isinstance(before.call, Live):
                    self._tell_end(event)

    def _tell_end(self, event: Event) -> None:
        if self._refused and isinstance(event, CallEnded) and event.reason is EndReason.FORBIDDEN:
            # That a call without the prefix is not allowed tells nothing new.
            event = self._refused
        match event:
            case CallEnded(reason=reason, status=status):
                tell(What.ENDED, reason.value, status)
            case TimerFired(timer=RingTimer()):
                tell(What.ENDED, EndReason.NO_ANSWER.value)
            case _:
                tell(What.ENDED, ENDED_HERE)
        self.over.set()


def _rings_plainly(state: State) -> bool:
    return isinstance(state.call, Calling | Ringing) and any(leg.plain for leg in state.call.reach.legs)


async def call(plan: Plan, button: str) -> bool:
    """Call whom a button rings, and hang up again; whether PJSIP ended in time. Raises PortierError."""
    loop = asyncio.get_running_loop()
    rules = replace(plan.rules, ring_timeout_s=RING_S, max_talk_s=TALK_S)
    faults: list[Exception] = []
    station = Station(replace(plan, rules=rules), Parts(pin_factory=MockFactory()), faults.append)
    watcher = _Watcher()
    station.runtime.observe(watcher)
    ended = asyncio.Event()
    loop.add_reader(0, lambda: ended.set() if not os.read(0, 4096) else None)
    try:
        await station.start()
        process.settle_memory()
        if not await _first(_REGISTER_S, watcher.ready, ended):
            tell(What.REGISTRATION, RegistrationState.UNREACHABLE.value)
        if not ended.is_set():
            station.runtime.take(CallRequested(button, at_s=loop.time()))
            await _first(_WHOLE_S, watcher.over, ended)
            station.runtime.take(HangUpRequested(at_s=loop.time()))
            # What the visitor hears of the end begins at least.
            await _first(_AFTER_S, ended)
    finally:
        loop.remove_reader(0)
        station.stop()
    if faults:
        raise PortierError(f"the call was not tried to its end: {faults[0]}")
    return station.sip_ended


async def _first(limit_s: float, *events: asyncio.Event) -> bool:
    """Wait for the first of these; False when none came in time."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    done, _ = await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return bool(done)


def main(config: str, button: str) -> int:
    """The child."""

    def work() -> None:
        plan = planned.plan(load.load(Path(config)))
        with asyncio.Runner(loop_factory=process.exact_loop) as runner:
            if not runner.run(call(plan, button)):
                # Leaving Python while PJSIP still lives aborts the process.
                os._exit(0)

    return child(work)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
