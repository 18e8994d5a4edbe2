"""The loop that owns the state: what gets in, what gets out, and what happens when something breaks."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from portier.bench.clock import VirtualClockLoop
from portier.bench.deeds import Diary, HungUp, Placed, Shown, Switched
from portier.bench.fake_phone import FakePhone, FarLine
from portier.bench.fakes import FakeLamps, FakeSound, FakeStrikes
from portier.core.effects import Sign
from portier.core.events import (
    ButtonEdge,
    Digit,
    Event,
    PhoneReady,
    Registration,
    RegistrationState,
    ReleaseRequested,
    Requester,
    StopRequested,
)
from portier.core.rules import ButtonRule, DoorRule, KeypadRule, Rules
from portier.core.states import Idle, OutOfService, State
from portier.facts import Fact, FirstSound
from portier.ports import DoorStrikes
from portier.runtime import Ports, Runtime

RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", 3.0, 8.0)},
)


class BrokenStrikes(FakeStrikes):
    """Strikes whose pins have gone."""

    def release(self, door: str, until_s: float) -> None:
        raise OSError(f"the chip is gone: {door} until {until_s}")


class Rig:
    """A runtime with pretended ports, and what it said of faults and states."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        line: FarLine | None = None,
        broken: bool = False,
        connected: bool = True,
    ) -> None:
        self.loop = loop
        self.diary = Diary(loop)
        self.faults: list[Exception] = []
        self.states: list[State] = []
        self.runtime = Runtime(RULES, loop, self.faults.append)
        self.runtime.watch(self.states.append)
        self.phone = FakePhone(loop, self.runtime.post, self.diary, [line or FarLine()])
        kind = BrokenStrikes if broken else FakeStrikes
        self.strikes: DoorStrikes = kind(loop, self.diary, {"front": 8.0})
        if connected:
            self.connect()

    def connect(self) -> None:
        lamps, sound = FakeLamps(self.diary), FakeSound(self.loop, self.diary)
        self.runtime.connect(Ports(self.phone, self.strikes, lamps, sound))

    def request(self) -> Event:
        return ReleaseRequested("front", Requester.COMMAND, at_s=self.loop.time())

    def run(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))


@pytest.fixture
def loop() -> Iterator[VirtualClockLoop]:
    loop = VirtualClockLoop()
    yield loop
    loop.close()


def test_the_first_state_is_shown_when_the_ports_are_connected(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)
    assert rig.diary.entries == [(0.0, Shown(frozenset({Sign.FAILURE})))]
    assert rig.runtime.connected


def test_flats_of_a_directory_that_no_keypad_can_ring_are_told_once_each_time_they_change(
    loop: VirtualClockLoop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rig = Rig(loop, connected=False)
    with_keypad = replace(RULES, keypads={"front": KeypadRule("front", "front")})
    for connects, flats in (
        (True, {"12 bis": "a"}),
        (False, {"12 bis": "b", "3": "c"}),
        (False, {"3": "c"}),
        (False, {f"{number} bis": "a" for number in range(10)}),
    ):
        rig.runtime.change_rules(replace(with_keypad, flats=flats))
        if connects:
            rig.connect()
    told = [one.message.partition("not digits: ")[2] for one in caplog.records if "no keypad" in one.message]
    eight = ", ".join(f"{number} bis" for number in range(8))
    assert told == ["12 bis", "12 bis", f"{eight} and 2 more"]


def test_an_event_posted_before_the_ports_are_there_is_taken_once_they_are(loop: VirtualClockLoop) -> None:
    rig = Rig(loop, connected=False)
    rig.phone.become_ready()
    assert not rig.runtime.connected
    rig.connect()
    rig.run(0.1)
    assert rig.faults == []
    assert isinstance(rig.runtime.state.call, Idle)


def test_an_event_taken_without_ports_is_a_fault(loop: VirtualClockLoop) -> None:
    rig = Rig(loop, connected=False)
    rig.runtime.take(PhoneReady(at_s=0.0))
    assert len(rig.faults) == 1


def test_a_posted_event_waits_for_the_loop_and_a_taken_one_does_not(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)
    rig.runtime.post(PhoneReady(at_s=0.0))
    assert isinstance(rig.runtime.state.call, OutOfService)
    rig.runtime.take(PhoneReady(at_s=0.0))
    assert isinstance(rig.runtime.state.call, Idle)


def test_an_event_posted_from_another_thread_arrives_on_the_loop() -> None:
    loop = asyncio.new_event_loop()
    try:
        rig = Rig(loop)
        arrived_on: list[int] = []

        def arrived(_: State) -> None:
            arrived_on.append(threading.get_ident())
            loop.stop()

        rig.runtime.watch(arrived)
        poster = threading.Thread(target=rig.phone.become_ready)
        loop.call_soon(poster.start)
        loop.call_later(10.0, loop.stop)
        loop.run_forever()
        poster.join()
        assert arrived_on == [threading.get_ident()]
        assert isinstance(rig.runtime.state.call, Idle)
    finally:
        loop.close()


def test_a_port_that_raises_is_told_to_on_fault_and_to_the_log(
    loop: VirtualClockLoop, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(loop, broken=True)
    rig.runtime.take(rig.request())
    assert [str(fault) for fault in rig.faults] == ["the chip is gone: front until 3.0"]
    assert "fault while taking ReleaseRequested" in caplog.text


def test_a_watcher_that_raises_is_told_to_on_fault(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)

    def watcher(_: State) -> None:
        raise ValueError("watcher")

    rig.runtime.watch(watcher)
    rig.phone.become_ready()
    rig.run(0.1)
    assert [str(fault) for fault in rig.faults] == ["watcher"]


def test_a_fault_of_a_timer_is_told_to_on_fault(loop: VirtualClockLoop) -> None:
    """The INVITE goes out when the debounce timer fires: the phone is not ready, and refuses."""
    rig = Rig(loop)
    rig.runtime.take(PhoneReady(at_s=0.0))
    rig.runtime.take(ButtonEdge("bell", True, at_s=0.0))
    rig.run(1.0)
    assert ["call 1" in str(fault) for fault in rig.faults] == [True]


def test_watchers_see_every_new_state_and_no_old_one(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)
    rig.phone.become_ready()
    rig.run(0.1)
    rig.runtime.take(PhoneReady(at_s=0.1))
    rig.runtime.take(Registration(RegistrationState.REGISTERED, 200, at_s=0.2))
    assert [state.registration for state in rig.states] == [
        RegistrationState.NOT_NEEDED,
        RegistrationState.REGISTERED,
    ]


def test_timers_run_on_the_clock_of_the_loop(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)
    rig.run(10.0)
    rig.runtime.take(rig.request())
    rig.run(1.0)
    rig.runtime.take(rig.request())
    rig.run(10.0)
    assert [(round(at_s, 3), one.energised) for at_s, one in rig.diary.of(Switched)] == [
        (10.0, True),
        (14.0, False),
    ]
    assert Sign.RELEASED not in rig.diary.of(Shown)[-1][1].signs


def test_a_closed_runtime_has_no_timers(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)
    rig.phone.become_ready()
    rig.run(0.1)
    rig.runtime.take(ButtonEdge("bell", True, at_s=loop.time()))
    rig.run(1.0)
    assert len(rig.diary.of(Placed)) == 1
    rig.runtime.close()
    rig.run(1000.0)
    assert rig.diary.of(HungUp) == []
    assert rig.faults == []


def test_events_after_the_stop_are_dropped_quietly(
    loop: VirtualClockLoop, caplog: pytest.LogCaptureFixture
) -> None:
    """The end of the call that the stop hung up, and whatever else was under way."""
    rig = Rig(loop, line=FarLine(answers_after_s=2.0))
    rig.phone.become_ready()
    rig.run(0.1)
    rig.runtime.take(ButtonEdge("bell", True, at_s=loop.time()))
    rig.run(1.0)
    rig.runtime.take(StopRequested(at_s=loop.time()))
    rig.runtime.close()
    done = list(rig.diary.entries)
    caplog.clear()
    rig.runtime.post(rig.request())
    rig.phone.key(1, "5")
    rig.runtime.post(ButtonEdge("bell", False, at_s=loop.time()))
    rig.run(1000.0)
    assert rig.diary.entries == done
    assert rig.faults == []
    assert caplog.records == []


def test_events_after_the_end_of_the_loop_are_dropped_quietly_and_name_no_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = VirtualClockLoop()
    rig = Rig(loop)
    rig.runtime.close()
    loop.close()
    before = rig.runtime.state
    with caplog.at_level(logging.DEBUG, logger="portier.runtime"):
        rig.runtime.post(PhoneReady(at_s=1.0))
        rig.runtime.post(Digit(1, "5", at_s=1.0))
    assert rig.runtime.state == before
    assert rig.faults == []
    assert [(line.levelno, line.getMessage()) for line in caplog.records] == [
        (logging.DEBUG, "after the loop's end: PhoneReady"),
        (logging.DEBUG, "after the loop's end: Digit"),
    ]


class Onlooker:
    """Remembers what it was shown; `broken` raises at it."""

    def __init__(self, broken: bool = False) -> None:
        self.seen: list[Event | Fact] = []
        self._broken = broken

    def saw(self, event: Event, before: State, after: State) -> None:
        del before, after
        self.seen.append(event)
        if self._broken:
            raise ZeroDivisionError

    def learned(self, fact: Fact) -> None:
        self.seen.append(fact)


def test_who_looks_on_sees_events_and_facts_in_their_order(loop: VirtualClockLoop) -> None:
    rig = Rig(loop)
    onlooker = Onlooker()
    rig.runtime.observe(onlooker)
    ready, fact = PhoneReady(at_s=0.0), FirstSound(at_s=0.1)
    rig.runtime.post(ready)
    rig.runtime.post(fact)
    rig.run(0.1)
    assert onlooker.seen == [ready, fact]


def test_who_looks_on_and_fails_is_left_out_and_the_station_goes_on(
    loop: VirtualClockLoop, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(loop)
    broken, whole = Onlooker(broken=True), Onlooker()
    rig.runtime.observe(broken)
    rig.runtime.observe(whole)
    rig.phone.become_ready()
    rig.run(0.1)
    rig.runtime.take(ButtonEdge("bell", True, at_s=loop.time()))
    rig.run(1.0)
    assert rig.faults == []
    assert len(broken.seen) == 1
    assert len(whole.seen) > 2
    assert rig.diary.of(Placed)
    assert "fault in Onlooker" in caplog.text
