"""When the station believes its clock, and how it tells each new minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portier.adapters import wall_clock
from portier.adapters.wall_clock import NOT_BEFORE, WallClock, follows_something_right
from portier.bench.clock import VirtualClockLoop
from portier.core.events import ClockTold, Event


def told(
    begins: str, seconds: float, follows: Callable[[float], bool], zone: str | None = "Europe/Paris"
) -> list[tuple[float, str | None]]:
    """What is told from a moment (UTC) on, with the moments of the events' clock."""
    loop = VirtualClockLoop()
    begin_s = datetime.fromisoformat(begins).replace(tzinfo=UTC).timestamp()
    events: list[Event] = []
    clock = WallClock(zone, loop, events.append, lambda: begin_s + loop.time(), follows)
    clock.start()
    loop.run_until_complete(asyncio.sleep(seconds))
    clock.close()
    loop.run_until_complete(asyncio.sleep(600.0))
    loop.close()
    return [
        (round(one.at_s, 3), f"{one.local:%m-%d %H:%M:%S}" if one.local else None)
        for one in events
        if isinstance(one, ClockTold)
    ]


def test_it_tells_the_local_time_at_once_and_at_each_new_minute() -> None:
    assert told("2026-11-26T22:58:30", 100.0, lambda _: True) == [
        (0.0, "11-26 23:58:30"),
        (30.0, "11-26 23:59:00"),
        (90.0, "11-27 00:00:00"),
    ]


@pytest.mark.parametrize(
    ("begins", "locals_"),
    [
        ("2027-03-28T00:59:30", ["03-28 01:59:30", "03-28 03:00:00"]),
        ("2027-10-31T00:59:30", ["10-31 02:59:30", "10-31 02:00:00"]),
    ],
)
def test_it_goes_with_daylight_saving_time_both_ways(begins: str, locals_: list[str]) -> None:
    assert [local for _, local in told(begins, 60.0, lambda _: True)] == locals_


def test_the_zone_of_the_system_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert told("2026-11-26T22:58:30", 1.0, lambda _: True, None) == [(0.0, "11-27 07:58:30")]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("begins", ["1970-01-01T00:00:10", "2026-10-31T23:58:00"])
def test_a_clock_that_says_less_than_the_program_is_old_is_not_believed(begins: str) -> None:
    assert {local for _, local in told(begins, 70.0, lambda _: True)} == {None}


def test_a_clock_is_believed_from_when_it_follows_something_and_stays_so() -> None:
    """A network that is away for a night takes no profile away."""
    answers = iter([False, True, False, False, False])
    assert [local for _, local in told("2026-11-26T11:00:00", 130.0, lambda _: next(answers))] == [
        None,
        "11-26 12:01:00",
        "11-26 12:02:00",
    ]


def test_a_clock_that_falls_back_to_1970_is_not_believed_any_more() -> None:
    events: list[Event] = []
    loop = VirtualClockLoop()
    moments_s = iter([NOT_BEFORE.timestamp() + 60, 3600.0, 3660.0])
    clock = WallClock(None, loop, events.append, lambda: next(moments_s), lambda _: loop.time() < 1.0)
    clock.start()
    loop.run_until_complete(asyncio.sleep(61.0))
    clock.close()
    loop.close()
    assert [one.local is None for one in events if isinstance(one, ClockTold)] == [False, True]


def test_what_a_clock_can_follow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now_s = NOT_BEFORE.timestamp() + 1000.0
    hardware, server = tmp_path / "since_epoch", tmp_path / "synchronized"
    monkeypatch.setattr(wall_clock, "_HARDWARE_CLOCK_S", hardware)
    monkeypatch.setattr(wall_clock, "_TIMESYNCD", server)
    monkeypatch.setattr(wall_clock, "synchronised", lambda: False)
    assert not follows_something_right(now_s)
    hardware.write_text("4711\n")
    assert not follows_something_right(now_s), "a hardware clock without a battery"
    hardware.write_text(f"{now_s - 3:.0f}\n")
    assert follows_something_right(now_s)
    hardware.write_text("\n")
    server.touch()
    assert follows_something_right(now_s)
    server.unlink()
    monkeypatch.setattr(wall_clock, "synchronised", lambda: None)
    assert not follows_something_right(now_s), "the kernel may not be asked"
    monkeypatch.setattr(wall_clock, "synchronised", lambda: True)
    assert follows_something_right(now_s)
