"""With the heartbeat drive no dead or hung program holds a door, at whichever level it left the pin.

A charge pump on the strike's pin is seen from another process. The pins remember as on a Raspberry Pi: what a
dead process drove stays driven.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.live import STRIKE_PIN
from tests.integration.station_process import StationProcess

from portier.bench.line.agent import Agent
from portier.bench.pump import HOLD_S, OFF_V, PumpedRelay
from portier.bench.voice import voice

DOOR = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\ndrive = "heartbeat"\n'
LONG = DOOR + "release_s = 8\nmax_release_s = 9"
SHORT = DOOR + "release_s = 2\nmax_release_s = 8"
# For a machine with other work; all far below what is left of a long release then.
UP_LIMIT_S = 5.0
STOP_LIMIT_S = 5.0
LOCKED_LIMIT_S = 5.0
# From the last edge: the pump's own time, which tests/unit/test_pump.py has exactly, and some for that work.
LET_GO_S = HOLD_S + 1.0

# What the station's interpreter does first, in the thread that makes the edges: after so many edges of a
# release, at one that goes this way.
IN_A_BEAT = """
import sys
if "run" in sys.orig_argv:
    import asyncio, os, signal, threading, time
    from portier.adapters.gpio import drives
    edge, edges = drives.HeartbeatDrive._edge, []
    def hurt_edge(self, now_s):
        edge(self, now_s)
        edges.append(now_s)
        if len(edges) >= 30 and self._high is {high}:
            drives.HeartbeatDrive._edge = edge
            {misfortune}
    drives.HeartbeatDrive._edge = hurt_edge
"""
BLOCKED_LOOP = """
import sys
if "run" in sys.orig_argv:
    import asyncio, time
    from portier.adapters.gpio import strikes
    release = strikes.Strikes.release
    def release_and_block(self, door, until_s):
        release(self, door, until_s)
        asyncio.get_running_loop().call_later(0.3, time.sleep, 30)
    strikes.Strikes.release = release_and_block
"""


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def _custom(misfortune: str, *, high: bool) -> str:
    return IN_A_BEAT.format(misfortune=misfortune, high=high)


@contextmanager
def _released(
    folder: Path, line: Agent, door: str, custom: str = ""
) -> Iterator[tuple[StationProcess, PumpedRelay, float]]:
    """A station in a release by a visit: itself, the relay behind the pump, the moment of the first edge."""
    with (
        StationProcess(folder, line, custom=custom, doors_front=door) as station,
        PumpedRelay(station.pins, STRIKE_PIN) as relay,
    ):
        # Not by the pin's level: whoever looks too rarely may find it low each time.
        station.visit()
        try:
            relay.wait_released(UP_LIMIT_S)
        except TimeoutError:
            # A key may get lost on a machine with much other work: people press again. Keys have other tests.
            line.press("5")
            relay.wait_released(UP_LIMIT_S)
        yield station, relay, relay.edges_s[0]


def _stopped(station: StationProcess) -> bool:
    return Path(f"/proc/{station.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _record(station: StationProcess) -> dict[str, Any]:
    """The record of the last call, once that is complete."""
    until_s = time.monotonic() + 10
    while True:
        said = subprocess.run(
            [sys.executable, "-m", "portier", "status", "--record"],
            env=station.environment,
            capture_output=True,
            timeout=20,
            check=False,
        ).stdout
        record = json.loads(said)
        if record and record["end"]:
            return dict(record)
        assert time.monotonic() < until_s, record
        time.sleep(0.1)


def test_a_release_holds_the_relay_by_a_steady_beat_in_a_call_and_ends_at_its_moment(
    tmp_path: Path, line: Agent
) -> None:
    with _released(tmp_path, line, SHORT) as (station, relay, rose_s):
        time.sleep(2.1)
        locked_s = relay.wait_locked(LOCKED_LIMIT_S)
        # It was held, with a call's sound running in the same process, and ended by its own moment. Where
        # other work starves the beat, it may drop for a little.
        assert relay.released_part(rose_s + 0.2, rose_s + 1.9) > 0.5
        assert rose_s + 1.5 < relay.edges_s[-1] < rose_s + 4
        assert locked_s - relay.edges_s[-1] < LET_GO_S
        assert station.pins.level(STRIKE_PIN) == ("output", False)
        line.hang_up()
        # So many edges are one release: in the record, in its picture and in the log.
        assert len(relay.edges_s) > 20
        record = _record(station)
        (rise_s, high), (fall_s, still_high) = record["pins"]["door front"]
        assert (high, still_high) == (1, 0)
        assert 1.9 < fall_s - rise_s < 4
        (release,) = record["releases"]
        assert (release["rose_s"], release["fell_s"]) == (rise_s, fall_s)
        assert station.said.count('door "front" released for 2.0 s by call 1') == 1, station.said
        assert re.search(r'door "front" released [\d.]+ ms after its digit for [23]\.\d s', station.said)


@pytest.mark.parametrize("high", [False, True], ids=["left low", "left high"])
def test_a_kill_in_a_release_lets_the_relay_go_by_itself(tmp_path: Path, line: Agent, high: bool) -> None:
    custom = _custom("os.kill(os.getpid(), signal.SIGKILL)", high=high)
    with _released(tmp_path, line, LONG, custom) as (station, relay, _):
        assert station.ended(STOP_LIMIT_S) == -signal.SIGKILL
        locked_s = relay.wait_locked(LOCKED_LIMIT_S)
        assert locked_s - relay.edges_s[-1] < LET_GO_S
        assert station.pins.level(STRIKE_PIN) == ("output", high), "the pin is to stay as it was left"
        time.sleep(0.3)
        # What locks a level drive must not release this one: it makes one edge at the most, downwards.
        code, said, _ = station.lock()
        assert code == 0, said
        assert station.pins.level(STRIKE_PIN) == ("output", False)
        time.sleep(0.3)
        assert relay.highest_v(locked_s + 0.01) <= OFF_V


@pytest.mark.parametrize("high", [False, True], ids=["held low", "held high"])
def test_a_process_that_is_stopped_in_a_release_holds_no_door(
    tmp_path: Path, line: Agent, high: bool
) -> None:
    custom = _custom("signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)", high=high)
    with _released(tmp_path, line, SHORT, custom) as (station, relay, rose_s):
        locked_s = relay.wait_locked(LOCKED_LIMIT_S)
        assert locked_s - relay.edges_s[-1] < LET_GO_S
        assert _stopped(station)
        assert station.pins.level(STRIKE_PIN) == ("output", high)
        time.sleep(max(0.0, rose_s + 2.1 - time.monotonic()))
        station.send(signal.SIGCONT)
        station.pins.wait(STRIKE_PIN, energised=False, limit_s=STOP_LIMIT_S)
        time.sleep(0.3)
        assert relay.highest_v(locked_s + 0.01) <= OFF_V, "its moment had passed: no more edges"


@pytest.mark.parametrize("high", [False, True], ids=["held low", "held high"])
def test_a_keeper_that_hangs_in_a_release_holds_no_door(tmp_path: Path, line: Agent, high: bool) -> None:
    custom = _custom("time.sleep(30)", high=high)
    with _released(tmp_path, line, LONG, custom) as (station, relay, _):
        locked_s = relay.wait_locked(LOCKED_LIMIT_S)
        assert locked_s - relay.edges_s[-1] < LET_GO_S
        assert station.process.poll() is None, station.said
        assert station.pins.level(STRIKE_PIN) == ("output", high)


def test_a_loop_blocked_in_a_release_neither_shortens_nor_prolongs_it(tmp_path: Path, line: Agent) -> None:
    with _released(tmp_path, line, SHORT, BLOCKED_LOOP) as (station, relay, rose_s):
        time.sleep(2.1)
        relay.wait_locked(LOCKED_LIMIT_S)
        assert relay.released_part(rose_s + 0.2, rose_s + 1.9) > 0.5
        assert rose_s + 1.5 < relay.edges_s[-1] < rose_s + 4
        assert station.process.poll() is None, "it was to be blocked, not ended"


def test_a_stop_in_a_release_ends_the_beat(tmp_path: Path, line: Agent) -> None:
    with _released(tmp_path, line, LONG) as (station, relay, _):
        sent_s = station.send(signal.SIGTERM)
        relay.wait_locked(LOCKED_LIMIT_S)
        assert station.ended(STOP_LIMIT_S) == 0, station.said
        assert relay.edges_s[-1] - sent_s < STOP_LIMIT_S
        assert station.pins.level(STRIKE_PIN) == ("input", False)


def test_a_fault_in_a_beat_ends_the_station_locked(tmp_path: Path, line: Agent) -> None:
    custom = _custom("raise ZeroDivisionError", high=True)
    with _released(tmp_path, line, LONG, custom) as (station, relay, _):
        relay.wait_locked(LOCKED_LIMIT_S)
        assert station.ended(STOP_LIMIT_S) == 70, station.said
        assert "fault, the station ends" in station.said
        assert station.pins.level(STRIKE_PIN) == ("input", False)


def test_a_start_and_a_stop_without_a_visit_let_no_relay_move(tmp_path: Path, line: Agent) -> None:
    with (
        StationProcess(tmp_path, line, doors_front=LONG) as station,
        PumpedRelay(station.pins, STRIKE_PIN) as relay,
    ):
        station.send(signal.SIGTERM)
        assert station.ended(STOP_LIMIT_S) == 0, station.said
        assert relay.edges_s == []
        assert relay.highest_v(0.0) == 0
