"""The wall clock jumps a day, either way: what must not follow it does not, and what must, does at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.audit_log import rows as written_rows, verdict
from tests.unit.code_station import RIGHT, RULES, CodeStation, code, of, released, rows, tones

from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import entry
from portier.adapters.journal.stamps import Stamps
from portier.adapters.journal.store import Store
from portier.adapters.journal.waiting import PATIENT_S, URGENT_S, Waiting
from portier.core.audit import Record, What
from portier.core.effects import PlaceCall, Tone
from portier.core.events import ClockTold, EndReason

NOON = datetime.fromisoformat("2026-11-26T12:00")
DAY = timedelta(days=1)
WAYS = pytest.mark.parametrize("jump", [DAY, -DAY, 400 * DAY, -20 * 365 * DAY, None])


def told(station: CodeStation, local: datetime | None) -> None:
    station.take(ClockTold(local, at_s=station.now_s))


@WAYS
def test_a_jump_neither_ends_nor_prolongs_a_block(jump: timedelta | None) -> None:
    station = CodeStation()
    told(station, NOON)
    station.block()
    told(station, None if jump is None else NOON + jump)
    station.wait(29.9)
    assert tones(station.keyed(RIGHT)) == [Tone.BLOCKED]
    station.wait(0.1)
    assert released(station.keyed(RIGHT)) == ["front"]


@WAYS
def test_a_jump_forgives_no_wrong_code(jump: timedelta | None) -> None:
    station = CodeStation()
    told(station, NOON)
    for _ in range(4):
        station.keyed("135791")
    told(station, None if jump is None else NOON + jump)
    assert Tone.BLOCKED in tones(station.keyed("135791"))


@WAYS
def test_a_jump_gives_no_button_more_calls_in_an_hour(jump: timedelta | None) -> None:
    station = CodeStation(rules=replace(RULES, calls_per_hour=1))
    told(station, NOON)
    assert of(station.press("bell"), PlaceCall)
    station.end(EndReason.BUSY, 486)
    told(station, None if jump is None else NOON + jump)
    assert not of(station.press("bell"), PlaceCall)
    station.wait(3600.0)
    assert of(station.press("bell"), PlaceCall)


@WAYS
def test_a_release_lasts_its_time_whatever_the_clock_does(jump: timedelta | None) -> None:
    station = CodeStation()
    told(station, NOON)
    assert released(station.keyed(RIGHT)) == ["front"]
    until_s = station.state.doors["front"]
    told(station, None if jump is None else NOON + jump)
    assert station.state.doors["front"] == until_s


def test_a_code_of_one_day_counts_by_the_clock_as_it_was_last_told() -> None:
    station = CodeStation({RIGHT: code(from_time=NOON, until_time=NOON + timedelta(hours=1))})
    for local, opens in (
        (NOON, True),
        (NOON + DAY, False),
        (NOON, True),
        (NOON - DAY, False),
        (None, False),
        (NOON, True),
    ):
        told(station, local)
        effects = station.keyed(RIGHT)
        assert (released(effects) == ["front"]) is opens, (local, rows(effects))
        station.wait(20.0)
    (guesser,) = station.state.codes.guesses.by_source.values()
    assert len(guesser.wrong_s) == 2, "before and after its day; not by a clock that may be wrong"


@pytest.mark.parametrize("jump_us", [86_400_000_000, -86_400_000_000])
def test_rows_are_written_in_time_and_in_order_across_a_jump(tmp_path: Path, jump_us: int) -> None:
    wall_us = [1_795_000_000_000_000]
    stamps = Stamps(lambda _now, _was: True, lambda: wall_us[0] * 1000)
    waiting, store = Waiting(), Store(tmp_path, Rule(90, 1000))
    waiting.put(Record(What.CALL, why="before"), stamps.now(), 100.0)
    wall_us[0] += jump_us
    waiting.put(Record(What.RELEASED, "front", why="after"), stamps.now(), 100.5)
    # Batches are timed by a clock that nobody can set.
    assert waiting.next(100.5 + URGENT_S - 0.01, 0.0) is None
    batch = waiting.next(100.5 + URGENT_S, 0.0)
    assert batch is not None
    assert [one.why for one in batch.entries] == ["before", "after"]
    stamps.look()
    store.append([replace(one, stamp=stamps.judged(one.stamp)) for one in batch.entries], stamps.now())
    waiting.put(Record(What.CALL, why="later"), stamps.now(), 101.0)
    assert waiting.next(101.0 + PATIENT_S, 0.0) is not None
    store.append([entry(Record(What.CALL, why="later"), stamps.now())], stamps.now())
    store.close()
    assert verdict(tmp_path).problems == ()
    assert [row.why for row, _ in written_rows(tmp_path)][1:] == ["before", "after", "later"]
