"""Doors of a whole station, seen and touched on its pins from another process."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.live import STRIKE_PIN
from tests.integration.station_process import StationProcess

from portier.adapters.control.protocol import Do
from portier.bench.line.agent import Agent
from portier.bench.voice import voice
from portier.control_client import ControlClient
from portier.core.holds import SLICE_S

CONTACT_PIN, EXIT_PIN, FIRE_PIN, LIGHT_PIN = 16, 26, 27, 17
MAX_RELEASE_S = 2.0
DOOR = f"""!pin = {STRIKE_PIN}
release_digit = "5"
release_s = 1
max_release_s = {MAX_RELEASE_S:g}
may_hold = true
released_by_fire = true
contact_pin = {CONTACT_PIN}
contact_at_rest = "open"
exit_pin = {EXIT_PIN}
"""
FIRE = f'pin = {FIRE_PIN}\nat_rest = "open"'
LIGHT = f'pin = {LIGHT_PIN}\nlit_s = 2\nwhen = ["exit"]'
AT_ONCE_S = 1.0

BLOCKED_IN_A_HOLD = """
import sys
if "run" in sys.orig_argv:
    import asyncio, time
    from portier.adapters.gpio import strikes
    whole = strikes.Strikes.hold
    begun = []
    def hold(self, door, until_s):
        whole(self, door, until_s)
        if not begun:
            begun.append(door)
            # After a renewal: the hold has gone on for longer than a slice's half.
            asyncio.get_running_loop().call_later(6.0, time.sleep, 60)
    strikes.Strikes.hold = hold
    # Alone, without what ends a station whose loop hangs.
    from portier import watchdog
    watchdog.Watchdog.start = lambda self: None
"""


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def _station(folder: Path, line: Agent, custom: str = "") -> StationProcess:
    return StationProcess(folder, line, custom=custom, doors_front=DOOR, fire=FIRE, light=LIGHT)


def _ask(station: StationProcess, do: Do, **names: str) -> dict[str, Any]:
    with ControlClient(station.control_path) as client:
        return client.ask(do, **names)


def _wait_for(what: Callable[[], bool], limit_s: float = 5.0) -> None:
    until_s = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < until_s, "it did not happen in time"
        time.sleep(0.02)


def _wait(station: StationProcess, *, energised: bool, limit_s: float = 3.0) -> float:
    return station.pins.wait(STRIKE_PIN, energised=energised, limit_s=limit_s)


def test_a_hold_lasts_beyond_the_longest_release_without_a_gap_until_it_is_ended(
    tmp_path: Path, line: Agent
) -> None:
    with _station(tmp_path, line) as station:
        assert _ask(station, Do.HOLD)["ok"]
        _wait(station, energised=True)
        time.sleep(SLICE_S + 2.0)
        assert station.pins.energised(STRIKE_PIN), station.said
        assert station.pins.changes(STRIKE_PIN).rises == 1
        assert _ask(station, Do.END_HOLD)["ok"]
        _wait(station, energised=False, limit_s=AT_ONCE_S)


def test_a_loop_blocked_in_a_hold_locks_within_a_slice(tmp_path: Path, line: Agent) -> None:
    with _station(tmp_path, line, BLOCKED_IN_A_HOLD) as station:
        assert _ask(station, Do.HOLD)["ok"]
        rose_s = _wait(station, energised=True)
        fell_s = _wait(station, energised=False, limit_s=2 * SLICE_S)
        # Renewed once, 5 s after it began; blocked at 6 s.
        assert SLICE_S < fell_s - rose_s < 5.0 + SLICE_S + 0.5
        assert station.process.poll() is None, "it was to be blocked, not ended"


def test_a_kill_in_a_hold_is_locked_by_portier_lock_and_the_next_station_holds_nothing(
    tmp_path: Path, line: Agent
) -> None:
    with _station(tmp_path, line) as station:
        assert _ask(station, Do.HOLD)["ok"]
        _wait(station, energised=True)
        station.send(signal.SIGKILL)
        station.ended(1)
        code, said, _ = station.lock()
        assert code == 0, said
        assert not station.pins.energised(STRIKE_PIN)
        rises = station.pins.changes(STRIKE_PIN).rises
        station.told.clear()
        station.begin()
        station.wait_told("READY=1")
        time.sleep(1.0)
        assert station.pins.changes(STRIKE_PIN).rises == rises, "a manual hold survives no restart"


def test_a_stop_in_a_hold_locks_at_once(tmp_path: Path, line: Agent) -> None:
    with _station(tmp_path, line) as station:
        assert _ask(station, Do.HOLD)["ok"]
        _wait(station, energised=True)
        sent_s = station.send(signal.SIGTERM)
        assert _wait(station, energised=False) - sent_s < AT_ONCE_S
        assert station.ended(3.5) == 0, station.said


def test_the_exit_button_releases_a_locked_door_that_no_digit_releases(tmp_path: Path, line: Agent) -> None:
    with _station(tmp_path, line) as station:
        assert _ask(station, Do.LOCK)["ok"]
        station.visit()
        time.sleep(1.5)
        assert station.pins.changes(STRIKE_PIN).rises == 0, station.said
        pressed_s = station.pins.close_contact(EXIT_PIN, to_high=True)
        assert _wait(station, energised=True) - pressed_s < AT_ONCE_S
        _wait_for(lambda: station.pins.energised(LIGHT_PIN))
        # Held down: one release, which ends at its time.
        fell_s = _wait(station, energised=False)
        assert fell_s - pressed_s < 1.0 + AT_ONCE_S
        assert station.pins.changes(STRIKE_PIN).rises == 1
        _wait_for(lambda: not station.pins.energised(LIGHT_PIN))
        line.hang_up()


def test_a_fire_holds_the_door_until_the_contact_is_back_and_it_is_reset(tmp_path: Path, line: Agent) -> None:
    with _station(tmp_path, line) as station:
        assert _ask(station, Do.LOCK)["ok"]
        station.pins.close_contact(FIRE_PIN, to_high=True)
        _wait(station, energised=True)
        time.sleep(MAX_RELEASE_S + 0.5)
        refused = _ask(station, Do.FIRE_RESET)
        assert not refused["ok"]
        assert refused["status"]["fire"] == "alarm"
        station.pins.open_contact(FIRE_PIN)
        _wait_for(lambda: _ask(station, Do.STATUS)["status"]["fire"] == "over")
        assert station.pins.energised(STRIKE_PIN)
        assert _ask(station, Do.FIRE_RESET)["ok"]
        _wait(station, energised=False, limit_s=AT_ONCE_S)


def test_a_forced_door_is_told_until_it_is_shut(tmp_path: Path, line: Agent) -> None:
    with _station(tmp_path, line) as station:

        def facts() -> dict[str, Any]:
            found = _ask(station, Do.STATUS)["status"]["door_facts"]["front"]
            assert isinstance(found, dict)
            return found

        assert facts()["leaf"] == "shut"
        station.pins.close_contact(CONTACT_PIN, to_high=True)
        _wait_for(lambda: facts()["alarms"] == ["forced"])
        assert "opened without a release" in station.said
        station.pins.open_contact(CONTACT_PIN)
        _wait_for(lambda: facts()["leaf"] == "shut")
        assert facts()["alarms"] == []


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_and_a_fire_alarm_outlive_the_station_and_a_hold_does_not(
    tmp_path: Path, line: Agent, way: signal.Signals
) -> None:
    with _station(tmp_path, line) as station:
        assert _ask(station, Do.HOLD)["ok"]
        assert _ask(station, Do.END_HOLD)["ok"]
        assert _ask(station, Do.LOCK)["ok"]
        station.pins.close_contact(FIRE_PIN, to_high=True)
        _wait_for(lambda: _ask(station, Do.STATUS)["status"]["fire"] == "alarm")
        station.pins.open_contact(FIRE_PIN)
        _wait_for(lambda: _ask(station, Do.STATUS)["status"]["fire"] == "over")
        # What is remembered is on the disk within a second.
        time.sleep(1.5)
        station.send(way)
        station.ended(3.5)
        station.told.clear()
        station.begin()
        station.wait_told("READY=1")
        status = _ask(station, Do.STATUS)["status"]
        assert status["door_facts"]["front"]["order"] == "lock", station.said
        assert status["fire"] == "over"
        assert _ask(station, Do.FIRE_RESET)["ok"]
        _wait(station, energised=False, limit_s=AT_ONCE_S)
        assert not _ask(station, Do.HOLD)["ok"], "locked: nothing holds it"
