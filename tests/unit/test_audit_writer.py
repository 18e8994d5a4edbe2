"""What waits for the disk, and the thread that writes it: nobody waits, nothing is lost unsaid."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from portier.adapters.journal import Keeper
from portier.adapters.journal.memory import FactsFile
from portier.adapters.journal.row import Own, Stamp
from portier.adapters.journal.stamps import Stamps
from portier.adapters.journal.waiting import PATIENT_S, URGENT_S, Batch, Waiting
from portier.adapters.journal.writer import Writer
from portier.bench.deeds import Diary, Switched
from portier.bench.fake_phone import FakePhone, FarLine
from portier.bench.fakes import FakeLamps, FakeSound, FakeStrikes
from portier.bench.rows import FakeRows
from portier.core.audit import Record, Road, What
from portier.core.events import ReleaseRequested, Requester
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.runtime import Ports, Runtime

NOW = Stamp(0, 0, bytes(16))
URGENT, PATIENT = Record(What.RELEASED, "front"), Record(What.CALL, why="call 1 placed")
_LIMIT_S = 5.0


def right(now_s: float, was_right: bool) -> bool:
    return True


def until(condition: Callable[[], object], limit_s: float = _LIMIT_S) -> None:
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)


class Bench:
    """A writer on a pretended store."""

    def __init__(self, most: int = 100) -> None:
        self.store = FakeRows()
        self.facts: list[dict[str, str]] = []
        self.facts_fail = False
        self.writer = Writer(lambda: self.store, Stamps(right), self._keep, Waiting(most))

    def _keep(self, facts: dict[str, str]) -> None:
        if self.facts_fail:
            raise OSError("no room")
        self.facts.append(facts)


@pytest.fixture
def bench() -> Iterator[Bench]:
    one = Bench()
    one.writer.start()
    yield one
    one.store.trouble = ""
    one.store.go_on()
    one.writer.close()


def test_an_urgent_row_is_due_within_a_second_and_others_within_five() -> None:
    waiting = Waiting()
    waiting.put(PATIENT, NOW, 100.0)
    assert waiting.next(100.0 + PATIENT_S - 0.1, 0.0) is None
    waiting.put(URGENT, NOW, 101.0)
    assert waiting.next(101.0 + URGENT_S - 0.1, 0.0) is None
    batch = waiting.next(101.0 + URGENT_S, 0.0)
    assert batch is not None
    assert [one.what for one in batch.entries] == ["call", "released"]
    assert waiting.next(200.0, 0.0) is None, "taken once"
    assert URGENT_S < 0.5
    assert PATIENT_S < 5.0


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20))
def test_a_full_queue_drops_the_oldest_that_is_not_urgent_and_counts(urgent: list[bool], most: int) -> None:
    waiting = Waiting(most)
    for number, one in enumerate(urgent):
        waiting.put(Record(What.RELEASED if one else What.CALL, why=str(number)), NOW, 0.0)
    batch = waiting.next(100.0, 0.0) or Batch()
    kept = [int(one.why) for one in batch.entries]
    assert kept == sorted(kept)
    assert len(kept) + batch.lost == len(urgent)
    assert len(kept) <= most
    urgent_ones = [number for number, one in enumerate(urgent) if one]
    assert [number for number in kept if urgent[number]] == urgent_ones[-most:]
    others = [number for number, one in enumerate(urgent) if not one]
    assert [number for number in kept if not urgent[number]] == others[
        len(others) - (len(kept) - len(urgent_ones[-most:])) :
    ]


@given(st.lists(st.booleans(), max_size=30), st.lists(st.booleans(), max_size=30))
def test_what_could_not_be_written_waits_on_in_its_order(before: list[bool], after: list[bool]) -> None:
    waiting = Waiting()

    def put(urgent: list[bool], start: int) -> None:
        for number, one in enumerate(urgent, start):
            waiting.put(Record(What.RELEASED if one else What.CALL, why=str(number)), NOW, 0.0)

    put(before, 0)
    waiting.keep({"a": "1"}, 0.0)
    batch = waiting.next(100.0, 0.0)
    assert batch is not None
    put(after, len(before))
    waiting.give_back(batch, 200.0)
    assert waiting.next(199.0, 0.0) is None, "not before its time"
    again = waiting.next(200.0, 0.0)
    assert again is not None
    assert [int(one.why) for one in again.entries] == list(range(len(before) + len(after)))
    assert again.facts == {"a": "1"}


def test_facts_that_came_meanwhile_are_not_written_over_by_those_that_failed() -> None:
    waiting = Waiting()
    waiting.keep({"a": "1"}, 0.0)
    batch = waiting.next(100.0, 0.0)
    assert batch is not None
    waiting.keep({"a": "2"}, 100.0)
    waiting.give_back(batch, 100.0)
    again = waiting.next(200.0, 0.0)
    assert again is not None
    assert again.facts == {"a": "2"}


def test_an_urgent_row_is_written_within_a_second(bench: Bench) -> None:
    began_s = time.monotonic()
    bench.writer.write(PATIENT)
    bench.writer.write(URGENT)
    until(lambda: bench.store.batches)
    at_s, batch = bench.store.batches[0]
    assert at_s - began_s < 1.0
    assert [one.what for one in batch] == ["call", "released"]
    assert all(one.stamp.clock_right for one in batch)
    assert abs(batch[0].stamp.at_us / 1e6 - time.time()) < _LIMIT_S


@pytest.mark.parametrize("what", [What.LOCK_ON, What.LOCK_OFF, What.HOLD_BEGUN, What.HOLD_ENDED])
def test_what_is_ordered_of_a_door_is_on_the_disk_within_a_second(bench: Bench, what: What) -> None:
    began_s = time.monotonic()
    bench.writer.write(Record(what, "front"))
    until(lambda: bench.store.batches)
    assert bench.store.batches[0][0] - began_s < 1.0


def test_a_lock_is_in_the_memorys_file_within_a_second(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, 90, 100, right)
    keeper.start()
    try:
        began_s = time.monotonic()
        keeper.remember("door.front.lock", "on")
        until(lambda: FactsFile(tmp_path).load() == {"door.front.lock": "on"})
        assert time.monotonic() - began_s < 1.0
    finally:
        keeper.close()


def test_a_disk_that_hangs_keeps_nobody_waiting_and_what_it_loses_is_a_row(bench: Bench) -> None:
    bench.store.blocked = True
    bench.writer.write(URGENT)
    until(bench.store.entered.is_set)
    longest_s = 0.0
    for number in range(1000):
        began_s = time.perf_counter()
        bench.writer.write(Record(What.CALL, why=f"call {number} placed"))
        longest_s = max(longest_s, time.perf_counter() - began_s)
    assert longest_s < 0.5
    assert bench.writer.health.waiting == 100
    assert bench.writer.health.lost == 900
    bench.store.go_on()
    bench.writer.hurry()
    until(lambda: len(bench.store.batches) == 2)
    lost, *others = bench.store.batches[1][1]
    assert (lost.what, lost.why) == (
        Own.LOST.value,
        "900 before this one, which could not be written in time",
    )
    assert [one.why for one in others] == [f"call {number} placed" for number in range(900, 1000)]


def test_a_door_is_released_while_the_disk_hangs(bench: Bench) -> None:
    """The relay does not wait: on a real loop, with a write that hangs for a minute."""
    bench.store.blocked = True
    bench.writer.write(URGENT)
    until(bench.store.entered.is_set)
    rules = Rules({"bell": ButtonRule("bell", "sip:a@b", 0.03)}, {"front": DoorRule("front", "5", 3.0, 8.0)})

    async def release() -> tuple[float, list[object]]:
        loop = asyncio.get_running_loop()
        diary, faults = Diary(loop), list[Exception]()
        runtime = Runtime(rules, loop, faults.append)
        phone = FakePhone(loop, runtime.post, diary, [FarLine()])
        strikes = FakeStrikes(loop, diary, {"front": 8.0})
        lamps, sound = FakeLamps(diary), FakeSound(loop, diary)
        runtime.connect(Ports(phone, strikes, lamps, sound, journal=bench.writer))
        began_s = time.perf_counter()
        runtime.take(ReleaseRequested("front", Requester.COMMAND, at_s=loop.time()))
        took_s = time.perf_counter() - began_s
        runtime.close()
        assert not faults
        return took_s, [one for _, one in diary.entries]

    took_s, seen = asyncio.run(release())
    assert Switched("front", energised=True) in seen
    assert took_s < 0.5
    bench.store.go_on()
    bench.writer.close()
    last = bench.store.rows[-1]
    assert (last.what, last.door, last.road) == ("released", "front", Road.COMMAND.value)


def test_a_disk_in_trouble_is_told_once_and_tried_again_until_it_takes_all(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench.store.trouble = "cannot write there: disk full"
    for _ in range(3):
        bench.writer.write(URGENT)
    until(lambda: bench.writer.health.trouble)
    assert bench.writer.health.trouble == "audit: cannot write there: disk full"
    assert bench.writer.health.waiting == 3
    bench.store.entered.clear()
    until(bench.store.entered.is_set)
    bench.store.trouble = ""
    until(lambda: not bench.writer.health.trouble, 10.0)
    health = bench.writer.health
    assert (health.kept, health.waiting, health.lost) == (3, 0, 0)
    assert health.written_at
    loud = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(loud) == 2
    assert "the station goes on" in loud[0]
    assert "takes rows again" in loud[1]


def test_the_end_of_the_log_is_told_for_a_log_kept_elsewhere(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench.writer.write(URGENT)
    until(lambda: bench.store.batches)
    bench.writer.write(URGENT)
    bench.writer.close()
    ends = [one.message for one in caplog.records if "ends at" in one.message]
    assert ends == ["audit: the log ends at 1:", "audit: the log ends at 2:"]


def test_the_stop_writes_what_waits_and_does_not_wait_long_for_a_disk_that_hangs(bench: Bench) -> None:
    bench.writer.write(PATIENT)
    bench.writer.close()
    assert [one.what for one in bench.store.rows] == ["call"]
    assert bench.store.closed
    hangs = Bench()
    hangs.store.blocked = True
    hangs.writer.start()
    hangs.writer.write(URGENT)
    until(hangs.store.entered.is_set)
    began_s = time.monotonic()
    hangs.writer.close(0.2)
    assert time.monotonic() - began_s < 2.0
    hangs.store.go_on()


def test_a_lock_is_kept_also_where_no_row_can_be_written(bench: Bench) -> None:
    bench.store.trouble = "broken"
    bench.writer.write(URGENT)
    bench.writer.keep({"door.front.lock": "on"})
    until(lambda: bench.facts)
    assert bench.facts == [{"door.front.lock": "on"}]


def test_a_memory_that_cannot_be_written_is_tried_again_and_holds_up_no_row(bench: Bench) -> None:
    bench.facts_fail = True
    bench.writer.keep({"a": "1"})
    bench.writer.write(URGENT)
    until(lambda: bench.store.rows)
    until(lambda: "memory" in bench.writer.health.trouble)
    bench.facts_fail = False
    until(lambda: bench.facts, 10.0)
    assert len(bench.store.rows) == 1


def test_a_fault_of_the_writer_is_told_and_not_the_stations(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> FakeRows:
        raise KeyError("nobody foresaw this")

    writer = Writer(broken, Stamps(right), list[dict[str, str]]().append)
    writer.start()
    until(lambda: "fault" in writer.health.trouble)
    for _ in range(3000):
        writer.write(URGENT)
    writer.close()
    assert "from now on nothing is written" in caplog.text


def test_a_moment_before_the_clock_was_set_is_not_called_right() -> None:
    wall_ns = [10**9]
    trusted = [False]
    stamps = Stamps(lambda *_: trusted[0], lambda: wall_ns[0])
    early = stamps.now()
    assert not stamps.look()
    assert not stamps.judged(early).clock_right
    trusted[0] = True
    wall_ns[0] += 1_790_000_000 * 10**9
    assert stamps.look()
    assert not stamps.judged(early).clock_right, "it says 1970"
    assert stamps.judged(stamps.now()).clock_right


def test_the_keeper_puts_rows_and_facts_into_its_folder(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, 90, 1000, right)
    assert keeper.load() == {}
    keeper.start()
    keeper.write(URGENT)
    keeper.remember("tamper", "1")
    keeper.remember("door.front.lock", "on")
    keeper.remember("tamper", None)
    keeper.close()
    assert keeper.health.kept == 2
    assert Keeper(tmp_path, 90, 1000, right).load() == {"door.front.lock": "on"}
    assert not [one for one in threading.enumerate() if one.name == "journal"]
