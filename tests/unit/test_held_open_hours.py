"""Held-open hours by the wall clock itself: both changes of daylight-saving time, late and wrong clocks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from portier.adapters.wall_clock import WallClock
from portier.bench.clock import VirtualClockLoop
from portier.bench.deeds import Diary, Switched
from portier.bench.fake_phone import FakePhone
from portier.bench.fakes import FakeLamps, FakeSound, FakeStrikes
from portier.core.profiles import Hours, Profile
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.runtime import Ports, Runtime

HOUR_S = 3600.0


def held(
    begins: str,
    seconds: float,
    hours: Hours,
    *,
    right_after_s: float = 0.0,
    jumps: dict[float, float] | None = None,
) -> list[tuple[str, bool]]:
    """When the door was released and locked, in hours and minutes of UTC as they truly passed.

    `right_after_s` is when the clock begins to follow something; at each moment of `jumps` somebody sets it
    on by so many seconds.
    """
    loop, faults = VirtualClockLoop(), list[Exception]()
    begin = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    set_on = jumps or {}
    door = DoorRule("front", "5", 3.0, 8.0, may_hold=True, held_open="open")
    rules = Rules(
        buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
        doors={"front": door},
        profiles={"open": Profile(hours=(hours,))},
    )
    diary = Diary(loop)
    runtime = Runtime(rules, loop, faults.append)
    strikes = FakeStrikes(loop, diary, {"front": 8.0}, ["front"])
    runtime.connect(
        Ports(FakePhone(loop, runtime.post, diary, []), strikes, FakeLamps(diary), FakeSound(loop, diary))
    )

    def wall_s() -> float:
        return begin.timestamp() + loop.time() + sum(by for at, by in set_on.items() if loop.time() >= at)

    clock = WallClock("Europe/Paris", loop, runtime.take, wall_s, lambda _: loop.time() >= right_after_s)
    clock.start()
    loop.run_until_complete(asyncio.sleep(seconds))
    clock.close()
    runtime.close()
    loop.close()
    assert not faults
    return [
        (f"{datetime.fromtimestamp(begin.timestamp() + at_s, UTC):%H:%M}", one.energised)
        for at_s, one in diary.of(Switched)
    ]


def test_hours_that_summer_time_skips_hold_nothing() -> None:
    assert held("2027-03-28T00:00:00", 4 * HOUR_S, Hours(2 * 60, 3 * 60)) == []


def test_hours_across_the_skipped_one_are_an_hour_shorter() -> None:
    # 01:00 to 04:00 on the wall: from 00:00 UTC to 02:00 UTC.
    assert held("2027-03-27T23:30:00", 5 * HOUR_S, Hours(60, 4 * 60)) == [("00:00", True), ("02:00", False)]


def test_hours_that_come_twice_hold_twice() -> None:
    # 02:00 to 03:00 on the wall, first in summer time, then in winter time.
    assert held("2027-10-30T23:30:00", 4 * HOUR_S, Hours(2 * 60, 3 * 60)) == [
        ("00:00", True),
        ("02:00", False),
    ]


def test_a_clock_that_is_not_set_holds_nothing_until_it_is() -> None:
    seen = held("2026-11-26T10:00:00", HOUR_S, Hours(8 * 60, 18 * 60), right_after_s=20 * 60.0)
    assert seen == [("10:20", True)]


def test_a_clock_of_1970_holds_nothing() -> None:
    assert held("1970-01-01T10:00:00", HOUR_S, Hours(8 * 60, 18 * 60)) == []


def test_a_clock_set_to_before_the_program_ends_the_hold_within_a_minute() -> None:
    seen = held("2026-11-26T10:00:30", HOUR_S, Hours(0, 24 * 60), jumps={600.0: -400 * 86400.0})
    assert seen == [("10:00", True), ("10:11", False)]


def test_a_clock_that_jumps_a_day_either_way_is_followed_within_a_minute() -> None:
    hours = Hours(8 * 60, 18 * 60)
    # 11:00 on the wall; half a day on it is night, a whole day on it is day again, and back.
    jumps = {300.0: 12 * HOUR_S, 900.0: 12 * HOUR_S, 1500.0: -24 * HOUR_S}
    assert held("2026-11-26T10:00:00", HOUR_S, hours, jumps=jumps) == [
        ("10:00", True),
        ("10:05", False),
        ("10:15", True),
    ]
