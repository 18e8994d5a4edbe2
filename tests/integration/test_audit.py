"""The audit log of `portier run` as a process: a visit on the disk within a second, and what ends it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.integration.live import STRIKE_PIN
from tests.integration.station_process import StationProcess
from tests.unit.audit_log import rows, verdict

from portier.adapters.journal.store import DATABASE
from portier.bench.line.agent import Agent
from portier.bench.line.events import What

_LIMIT_S = 10.0


def whats(station: StationProcess) -> list[str]:
    return [row.what for row, _ in rows(station.state_folder)]


def until_written(station: StationProcess, what: str, limit_s: float = _LIMIT_S) -> float:
    """Wait for a row on the disk, as another process sees it; the moment."""
    until_s = time.monotonic() + limit_s
    while True:
        if (station.state_folder / DATABASE).exists():
            try:
                if what in whats(station):
                    return time.monotonic()
            except Exception:  # noqa: BLE001 -- it is just being made
                time.sleep(0.01)
        assert time.monotonic() < until_s, station.said
        time.sleep(0.02)


def portier(station: StationProcess, *words: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", *words],
        env=station.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_visit_is_in_the_log_within_a_second_and_survives_a_kill(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        until_written(station, "station started")
        released_s = station.release()
        # A bound on what must hold, with room for a busy machine; alone it is a third of a second.
        assert until_written(station, "released") - released_s < 3.0
        station.send(signal.SIGKILL)
        station.ended(5)
        assert verdict(station.state_folder).problems == ()
        said = portier(station, "audit", "show")
        assert "release digit" in said
        assert "call 1 placed" in said
        station.begin()
        station.told.clear()
        station.wait_told("READY=1")
        until_written(station, "station started")
        status = json.loads(portier(station, "status", "--json"))["audit"]
        assert status["trouble"] == ""
        assert "audit log" in portier(station, "status")
        station.send(signal.SIGTERM)
        assert station.ended(10) == 0
        assert whats(station)[-1] == "station stopped"
        assert whats(station).count("station started") == 2
        assert "the chain holds" in portier(station, "audit", "verify")
        assert "audit: the log ends at" in station.said


def test_a_door_opens_while_another_program_holds_the_log_and_nothing_is_lost(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        until_written(station, "station started")
        other = sqlite3.connect(station.state_folder / DATABASE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        station.press()
        line.wait_for(What.ACKED, timeout_s=10)
        time.sleep(0.3)
        line.press("5")
        pressed_s = time.monotonic()
        released_s = station.pins.wait(STRIKE_PIN, energised=True, limit_s=5)
        assert released_s - pressed_s < 2.0
        until_s = time.monotonic() + _LIMIT_S
        while "another program holds it" not in portier(station, "status"):
            assert time.monotonic() < until_s
        other.execute("ROLLBACK")
        other.close()
        until_written(station, "released", 40.0)
        assert "the station goes on" in station.said
        assert verdict(station.state_folder).problems == ()


def test_a_station_whose_folder_cannot_be_had_rings_and_opens_all_the_same(tmp_path: Path) -> None:
    with Agent() as line:
        station = StationProcess(tmp_path, line)
        station.state_folder.rmdir()
        station.state_folder.write_text("a file where a folder should be")
        with station:
            station.release()
            until_s = time.monotonic() + _LIMIT_S
            while "the station goes on" not in station.said:
                assert time.monotonic() < until_s
                time.sleep(0.1)
            station.send(signal.SIGTERM)
            assert station.ended(10) == 0


def test_a_broken_log_and_a_broken_memory_lie_aside_and_the_station_starts(tmp_path: Path) -> None:
    with Agent() as line:
        station = StationProcess(tmp_path, line)
        (station.state_folder / DATABASE).write_bytes(b"not what was written" * 500)
        (station.state_folder / "memory.json").write_bytes(b"{")
        with station:
            station.release()
            until_written(station, "released")
        assert whats(station)[0] == "log begun"
        assert len(list(station.state_folder.glob("*.broken-*"))) == 2
        assert "lies aside" in station.said
        assert "nothing is remembered" in station.said


def test_no_key_that_was_pressed_is_in_any_file(tmp_path: Path) -> None:
    code = "7391"
    door = f'!pin = {STRIKE_PIN}\nrelease_digit = "{code}"\nrelease_s = 0.5'
    with Agent() as line, StationProcess(tmp_path, line, doors_front=door) as station:
        station.press()
        line.wait_for(What.ACKED, timeout_s=10)
        for key in code:
            line.press(key)
            time.sleep(0.25)
        station.pins.wait(STRIKE_PIN, energised=True, limit_s=5)
        until_written(station, "released")
        station.send(signal.SIGTERM)
        station.ended(10)
        said = portier(station, "audit", "export", "--format", "json")
        texts = [str(row[key]) for row in json.loads(said) for key in ("what", "door", "road", "who", "why")]
        assert "released" in texts
        assert not any(code in text for text in texts)


@pytest.mark.parametrize("cut_off", [False, True])
def test_a_door_that_was_locked_by_command_stays_so_over_a_kill(tmp_path: Path, cut_off: bool) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        portier(station, "door", "lock", "front")
        until_s = time.monotonic() + _LIMIT_S
        while "door.front.lock" not in _remembered(station):
            assert time.monotonic() < until_s
            time.sleep(0.01)
        while "door.front.lock" not in _remembered(station, "memory.json.good"):
            assert time.monotonic() < until_s
            time.sleep(0.01)
        station.send(signal.SIGKILL)
        station.ended(5)
        if cut_off:
            os.truncate(station.state_folder / "memory.json", 10)
        station.told.clear()
        station.begin()
        station.wait_told("READY=1")
        # By its digit, which a command may overrule.
        station.visit()
        until_written(station, "refused")
        assert station.pins.level(STRIKE_PIN) == ("output", False)


def _remembered(station: StationProcess, file: str = "memory.json") -> str:
    path = station.state_folder / file
    return path.read_text() if path.exists() else ""
