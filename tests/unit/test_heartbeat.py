"""The heartbeat drive on mocked pins: edges while a door is released, low at rest, told as one release."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from portier.adapters.gpio.drives import HALF_PERIOD_S
from portier.adapters.gpio.strikes import Strikes
from portier.bench.pins import BenchPins
from portier.bench.pump import ON_V, ChargePump
from portier.facts import Fact, PinChange
from portier.plan import StrikePin

FRONT, SIDE = 22, 17
MAX_RELEASE_S = 0.6


class Doors:
    """Two doors, one of each drive, and all that was told of them."""

    def __init__(self) -> None:
        self.pins = BenchPins()
        self.told: list[Fact] = []
        self.faults: list[Exception] = []
        doors = {
            "front": StrikePin(FRONT, MAX_RELEASE_S, "heartbeat"),
            "side": StrikePin(SIDE, MAX_RELEASE_S),
        }
        self.strikes = Strikes(self.pins.factory, doors, self.faults.append, self.told.append)

    def edges_s(self, pin: int = FRONT) -> list[float]:
        """The moments of a pin's edges."""
        return [at_s for at_s, _ in list(self.pins.pin(pin).history)]

    def levels(self, pin: int = FRONT) -> list[bool]:
        """What a pin changed to."""
        return [level for _, level in list(self.pins.pin(pin).history)]

    def changes(self) -> list[tuple[str, bool]]:
        """What was told of the pins."""
        return [(one.pin, one.high) for one in self.told if isinstance(one, PinChange)]

    def most_edges(self) -> int:
        """How many edges the release that was told may have: the first, one each half period, the last."""
        rose, fell = self.told
        return int((fell.at_s - rose.at_s) / HALF_PERIOD_S) + 2

    def until(self, condition: Callable[[], bool], what: str, limit_s: float = 3.0) -> None:
        """Wait for something."""
        until_s = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < until_s, what
            time.sleep(0.002)

    def until_edges(self, count: int) -> None:
        """Wait until the front door's pin has had more than so many edges."""
        self.until(lambda: len(self.edges_s()) > count, "no beat")

    def until_told(self, high: bool) -> None:
        """Wait until a change of the front door was told."""
        self.until(lambda: ("door front", high) in self.changes(), "never told")


@pytest.fixture
def doors() -> Iterator[Doors]:
    doors = Doors()
    yield doors
    doors.strikes.close()
    assert not doors.faults


def test_the_first_edge_is_made_by_the_request_itself_and_the_release_told_then(doors: Doors) -> None:
    before_s = time.monotonic()
    doors.strikes.release("front", before_s + 60)
    after_s = time.monotonic()
    assert doors.levels()[0]
    assert before_s <= doors.edges_s()[0] <= after_s
    assert doors.changes() == [("door front", True)]
    assert before_s <= doors.told[0].at_s <= after_s


def test_it_beats_until_the_moment_and_then_rests_low_and_is_told_as_one_release(doors: Doors) -> None:
    began_s = time.monotonic()
    doors.strikes.release("front", began_s + 0.4)
    doors.until_told(high=False)
    levels, edges_s = doors.levels(), doors.edges_s()
    assert levels == [count % 2 == 0 for count in range(len(levels))]
    assert not levels[-1]
    assert edges_s[-1] <= doors.told[1].at_s
    assert 0.4 <= doors.told[1].at_s - began_s < 2
    assert doors.changes() == [("door front", True), ("door front", False)]
    time.sleep(0.05)
    assert doors.edges_s() == edges_s
    # Not faster than a pump can follow; how much slower is the machine's matter, and another test's.
    assert 10 < len(edges_s) <= doors.most_edges()


def test_its_edges_bring_a_charge_pump_up(doors: Doors) -> None:
    doors.strikes.release("front", time.monotonic() + 0.5)
    doors.until_told(high=False)
    pump, highest_v = ChargePump(), 0.0
    for at_s, high in doors.pins.pin(FRONT).history:
        pump.edge(at_s, high=high)
        highest_v = max(highest_v, pump.volts(at_s))
    assert highest_v > ON_V


def test_it_is_prolonged_without_a_pause_but_never_past_its_maximum(doors: Doors) -> None:
    began_s = time.monotonic()
    while time.monotonic() < began_s + MAX_RELEASE_S - 0.1:
        doors.strikes.release("front", time.monotonic() + 60)
        time.sleep(0.007)
    doors.until_told(high=False)
    edges_s = doors.edges_s()
    assert MAX_RELEASE_S <= doors.told[1].at_s - began_s < MAX_RELEASE_S + 2
    assert edges_s[-1] <= doors.told[1].at_s
    assert max(later - sooner for sooner, later in pairwise(edges_s)) < MAX_RELEASE_S / 2
    assert len(edges_s) <= doors.most_edges(), "a request is to make no edge of its own"
    assert doors.changes() == [("door front", True), ("door front", False)]


def test_a_request_whose_moment_has_passed_makes_no_edge(doors: Doors) -> None:
    doors.strikes.release("front", time.monotonic() - 1)
    time.sleep(0.05)
    assert not doors.edges_s()
    assert not doors.changes()


def test_locking_in_a_release_ends_it_at_once_and_the_next_release_beats_again(doors: Doors) -> None:
    for count in range(1, 4):
        doors.strikes.release("front", time.monotonic() + 60)
        doors.until_edges(5 * count)
        doors.strikes.lock("front")
        ended = doors.edges_s()
        assert not doors.pins.energised(FRONT)
        time.sleep(0.03)
        assert doors.edges_s() == ended
    assert doors.changes() == [("door front", True), ("door front", False)] * 3


def test_the_other_doors_level_stands_still_meanwhile(doors: Doors) -> None:
    doors.strikes.release("front", time.monotonic() + 60)
    doors.strikes.release("side", time.monotonic() + 0.2)
    doors.until(lambda: not doors.pins.energised(SIDE), "the side door stayed released")
    assert doors.levels(SIDE) == [True, False]
    assert len(doors.edges_s()) > 5


def test_while_no_door_is_released_the_keeper_sleeps(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.strikes.release("front", time.monotonic() + 0.1)
    doors.until_told(high=False)
    time.sleep(0.05)
    waits: list[float | None] = []
    wait = doors.strikes._changed.wait

    def counted(timeout: float | None = None) -> bool:
        waits.append(timeout)
        return wait(timeout)

    monkeypatch.setattr(doors.strikes._changed, "wait", counted)
    time.sleep(0.3)
    assert waits == []
    # Nor does it wake for a door of the other drive before that one's moment.
    doors.strikes.release("side", time.monotonic() + 0.5)
    doors.until(lambda: len(waits) == 2, f"it waits {waits}")
    assert not doors.pins.energised(SIDE)
    assert waits[0] is not None
    assert waits[0] > 0.2
    assert waits[1] is None


def test_after_lock_all_no_edge_comes_though_one_hung_in_the_driver(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.strikes.release("front", time.monotonic() + 60)
    hanging, let_go = threading.Event(), threading.Event()
    relay = doors.strikes._relays["front"]
    on = relay.on

    def hang() -> None:
        hanging.set()
        let_go.wait(10)
        on()

    monkeypatch.setattr(relay, "on", hang)
    assert hanging.wait(2)
    doors.strikes.lock_all()
    assert not doors.pins.energised(FRONT)
    # The driver comes back, and the edge comes through all the same.
    let_go.set()
    doors.until(lambda: not doors.strikes._keeper.is_alive(), "the keeper goes on")
    assert not doors.pins.energised(FRONT)


def test_a_driver_that_fails_in_a_beat_tells_of_it_and_locks_every_door(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.strikes.release("side", time.monotonic() + 60)

    def broken() -> None:
        raise OSError("the chip is gone")

    monkeypatch.setattr(doors.strikes._relays["front"], "on", broken)
    with pytest.raises(OSError, match="the chip is gone"):
        doors.strikes.release("front", time.monotonic() + 60)
    doors.until(lambda: bool(doors.faults), "no fault was told")
    assert [str(fault) for fault in doors.faults] == ["the chip is gone"]
    assert not doors.pins.energised(SIDE)
    doors.faults.clear()
