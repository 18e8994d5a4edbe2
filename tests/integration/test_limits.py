"""Limits, time profiles and the gong on the real station, over real SIP on loopback."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from array import array
from pathlib import Path

import pytest
from tests.integration.live import LiveStation
from tests.integration.station_process import StationProcess

from portier.adapters import wall_clock
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour, refuse
from portier.bench.line.events import What
from portier.core.states import Idle

GONG = 26
FAR_RATE_HZ = 8000
BUSY = Behaviour(answer=refuse(486))


def share_at(hz: float, pcm: bytes, rate_hz: int) -> list[float]:
    """Of each 50 ms of sound (S16) how much of its energy lies at a frequency: 0 to 1; 0 for silence."""
    samples, length = array("h", pcm), rate_hz // 20
    shares = []
    for start in range(0, len(samples) - length, length):
        part = samples[start : start + length]
        energy = sum(one * one for one in part)
        turn = 2 * math.pi * hz / rate_hz
        real = sum(one * math.cos(turn * i) for i, one in enumerate(part))
        imaginary = sum(one * math.sin(turn * i) for i, one in enumerate(part))
        loud = energy / length > 500.0**2
        shares.append(2 * (real**2 + imaginary**2) / (length * energy) if loud else 0.0)
    return shares


def test_both_sides_hear_that_the_talk_is_soon_over(tmp_path: Path) -> None:
    with LiveStation(tmp_path, call="max_talk_s = 14") as station:
        station.card.mute_microphone = True
        # The warning comes 4 s after the answer: long after the first look, and long before the second.
        pressed_s = station.talk()
        time.sleep(1.0)
        at_first = share_at(1000, station.line.recording(), FAR_RATE_HZ)
        time.sleep(6.0)
        at_phone = share_at(1000, station.line.recording(), FAR_RATE_HZ)
        at_door = station.card.heard_between(pressed_s + 1.5, time.monotonic())
        assert max(at_first, default=0.0) < 0.1
        # Three beeps of 150 ms; the first and last 50 ms of each may be cut by where the windows lie.
        assert sum(share > 0.8 for share in at_phone) >= 3
        assert sum(share > 0.3 for share in share_at(1000, at_door, station.rate_hz)) >= 3
        assert not station.faults


def test_a_release_ends_the_call_after_a_while_unless_a_hash_forbids_it(tmp_path: Path) -> None:
    with LiveStation(tmp_path, call="hang_up_after_release_s = 3") as station:
        station.talk()
        station.line.press("5")
        station.until_released()
        station.line.press("#")
        # Longer than the time that a hash forbids the end after.
        time.sleep(4.5)
        assert not isinstance(station.state.call, Idle)
        again_s = time.monotonic()
        station.line.press("5")
        station.until_released(again_s)
        station.until(lambda: isinstance(station.state.call, Idle), "hung up", 10.0)
        assert station.station
        recorder = station.station.recorder
        station.until(lambda: recorder.last is not None, "recorded")
        assert recorder.last
        assert recorder.last.end == "hung up after the release"


def test_a_button_that_rests_sends_no_invite_and_its_visitor_hears_why(tmp_path: Path) -> None:
    with LiveStation(tmp_path, BUSY, call="cool_down_after = 2\ncool_down_s = 60") as station:
        for _ in range(2):
            station.press()
            station.line.wait_for(What.INVITE)
            station.idle()
        station.until(lambda: not station.card.is_open, "silent", 12.0)
        invites = sum(one.request.method == "INVITE" for one in station.line.requests)
        pressed_s = station.press()
        station.until(lambda: station.card.is_open, "heard")
        station.until(lambda: not station.card.is_open, "silent again", 12.0)
        assert sum(one.request.method == "INVITE" for one in station.line.requests) == invites
        heard = station.card.heard_between(pressed_s, time.monotonic())
        for hz in (950, 1400, 1800):
            assert sum(share > 0.8 for share in share_at(hz, heard, station.rate_hz)) >= 4


@pytest.mark.parametrize(("right", "line"), [(True, "36913100000001"), (False, "36913100000000")])
def test_a_press_rings_by_profile_where_the_clock_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: bool, line: str
) -> None:
    monkeypatch.setattr(wall_clock, "follows_something_right", lambda _: right)
    by_profile = 'by_profile = [{ profile = "always", line = "3100000001" }]'
    with LiveStation(tmp_path, buttons_bell=by_profile, call="[profiles.always]") as station:
        station.press()
        assert station.line.wait_for(What.INVITE).details["to_user"] == line
        assert station.state.clock_unsure is not right


def test_the_gong_sounds_for_its_pulse_and_is_seen_from_outside(tmp_path: Path) -> None:
    with (
        Agent(behaviour=BUSY) as line,
        StationProcess(tmp_path, line, gong=f"pin = {GONG}\npulse_s = 5") as station,
    ):
        station.press()
        rose_s = station.pins.wait(GONG, energised=True, limit_s=5.0)
        assert _status(station)["gong"] is True
        fell_s = station.pins.wait(GONG, energised=False, limit_s=10.0)
        assert fell_s - rose_s >= 4.9
        assert _status(station)["gong"] is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_gong_is_low_after_every_end(tmp_path: Path, number: signal.Signals) -> None:
    """A pin stays as a killed process left it; `portier lock`, which the unit runs, lowers it."""
    with (
        Agent(behaviour=BUSY) as line,
        StationProcess(tmp_path, line, gong=f"pin = {GONG}\npulse_s = 30") as station,
    ):
        station.press()
        station.pins.wait(GONG, energised=True, limit_s=5.0)
        station.send(number)
        station.ended(5.0)
        assert station.pins.level(GONG)[1] is (number is signal.SIGKILL)
        code, said, _ = station.lock()
        assert code == 0
        assert "gong: GPIO26 de-energised" in said
        assert station.pins.level(GONG)[1] is False


def _status(station: StationProcess) -> dict[str, object]:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "status", "--json", "--socket", str(station.control_path)],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    status: dict[str, object] = json.loads(ran.stdout)
    return status
