"""The test of the sound by schedule: when it is due, what it waits for, and when it is an alarm."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.unit.control_station import ControlStation, RawReader

from portier.bench.bare import BareStation
from portier.core.audit import What
from portier.core.effects import Audit, Effect, Sign, TrySound
from portier.core.events import (
    ClockTold,
    PhoneReady,
    PressRequested,
    SoundTestOver,
    SoundTestRequested,
)
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.core.sound_test_state import SoundTestOutcome, SoundTestRule
from portier.core.states import Fire
from portier.core.station import signs
from portier.status import snapshot

RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", 5.0, 20.0)},
    sound_test=SoundTestRule(14 * 60),
)
HEARD, DEAF, AWAY = SoundTestOutcome.HEARD, SoundTestOutcome.NOT_HEARD, SoundTestOutcome.GAVE_WAY


def _ready(rules: Rules = RULES) -> BareStation:
    station = BareStation(rules)
    station.take(PhoneReady(at_s=station.now_s))
    return station


def _begun(effects: list[Effect]) -> bool:
    return any(isinstance(one, TrySound) for one in effects)


def _told(station: BareStation, clock: str | None, day: int = 26) -> bool:
    """Whether a test begins by it."""
    local = None if clock is None else datetime.fromisoformat(f"2026-11-{day}T{clock}")
    return _begun(station.take(ClockTold(local, at_s=station.now_s)))


def _over(station: BareStation, outcome: SoundTestOutcome) -> list[What]:
    number = station.state.sound_test.number
    effects = station.take(SoundTestOver(number, outcome, outcome.value, at_s=station.now_s))
    return [one.record.what for one in effects if isinstance(one, Audit)]


def test_it_is_due_once_a_day_at_its_time() -> None:
    station = _ready()
    assert not _told(station, "13:59")
    assert _told(station, "14:00")
    assert not _told(station, "14:01"), "it goes on"
    assert _over(station, HEARD) == [What.SOUND_TEST_PASSED]
    assert not _told(station, "14:02")
    assert not _told(station, "13:59", 27)
    assert _told(station, "14:00", 27)


def test_without_a_rule_or_a_clock_that_is_right_there_is_none() -> None:
    assert not _told(_ready(replace(RULES, sound_test=None)), "14:00")
    station = _ready()
    assert not _told(station, "13:59")
    assert not _told(station, None)
    assert _told(station, "15:30"), "the clock is right again"


def test_a_station_that_begins_after_its_time_waits_for_the_next_day() -> None:
    station = _ready()
    assert not _told(station, "14:01")
    assert not _told(station, "20:59")
    assert _told(station, "14:00", 27)


def test_a_call_puts_it_off_and_it_follows_when_that_is_over() -> None:
    station = _ready()
    station.take(PressRequested("bell", at_s=station.now_s))
    assert not _told(station, "14:00")
    assert not _told(station, "14:01")
    station.state = replace(station.state, call=_ready().state.call)
    assert _told(station, "14:02")


def test_a_fire_alarm_puts_it_off() -> None:
    station = _ready()
    station.state = replace(station.state, fire=Fire.ALARM)
    assert not _told(station, "14:00")


def test_one_that_gave_way_is_tried_again_and_is_no_failure() -> None:
    station = _ready()
    assert _told(station, "14:00")
    assert _over(station, AWAY) == []
    assert _told(station, "14:01")
    assert station.state.sound_test.failures == 0


def test_what_was_put_off_until_the_night_is_left_out() -> None:
    station = _ready()
    assert _told(station, "14:00")
    _over(station, AWAY)
    assert not _told(station, "21:00")
    assert not _told(station, "08:00", 27)
    assert _told(station, "14:00", 27)


@pytest.mark.parametrize("clock", ["21:00", "03:00", "07:59"])
def test_by_night_it_needs_a_key_that_says_so(clock: str) -> None:
    minute = 60 * int(clock[:2]) + int(clock[3:])
    assert not _told(_ready(replace(RULES, sound_test=SoundTestRule(minute))), clock)
    assert _told(_ready(replace(RULES, sound_test=SoundTestRule(minute, by_night=True))), clock)


def test_two_failures_in_a_row_are_an_alarm_until_one_passes() -> None:
    station = _ready()
    station.take(SoundTestRequested(at_s=station.now_s))
    assert _over(station, DEAF) == [What.SOUND_TEST_FAILED]
    assert Sign.FAILURE not in signs(station.state)
    station.take(SoundTestRequested(at_s=station.now_s))
    assert _over(station, DEAF) == [What.SOUND_TEST_FAILED, What.SOUND_ALARM]
    assert Sign.FAILURE in signs(station.state)
    assert "ALARM: sound" in str(snapshot(station.state))
    station.take(SoundTestRequested(at_s=station.now_s))
    assert _over(station, DEAF) == [What.SOUND_TEST_FAILED], "an alarm is told once"
    station.take(SoundTestRequested(at_s=station.now_s))
    assert _over(station, HEARD) == [What.SOUND_TEST_PASSED, What.SOUND_ALARM_OVER]
    assert signs(station.state) == {Sign.IDLE}


def test_a_failure_a_success_and_a_failure_are_none() -> None:
    station = _ready()
    for outcome in (DEAF, HEARD, DEAF):
        station.take(SoundTestRequested(at_s=station.now_s))
        assert What.SOUND_ALARM not in _over(station, outcome)


def test_a_reader_is_told_what_came_of_its_own(tmp_path: Path) -> None:
    with ControlStation(tmp_path / "control.sock") as station, RawReader(station.path) as reader:

        def end(outcome: SoundTestOutcome) -> None:
            number = station.runtime.state.sound_test.number
            station.runtime.take(SoundTestOver(number, outcome, "failed: deaf", at_s=0.0))

        def running() -> bool:
            return station.runtime.state.sound_test.running

        def ask(outcome: SoundTestOutcome) -> dict[str, object]:
            reader.send(b'{"do": "sound_test"}\n')
            ends_s = time.monotonic() + 10.0
            while not station.do(running):
                assert time.monotonic() < ends_s, "no test began"
                time.sleep(0.01)
            station.do(lambda: end(outcome))
            return reader.line()

        failed = ask(DEAF)
        assert failed["ok"] is True
        assert failed["status"]["sound_test"]["words"] == "failed: deaf"  # type: ignore[index]
        gave_way = ask(AWAY)
        assert gave_way["ok"] is False
        assert "gave way" in str(gave_way["error"])
        assert reader.ask(do="press", button="bell")["ok"] is True
        refused = reader.ask(do="sound_test")
        assert refused["error"] == "no test of the sound now: a call lasts"
