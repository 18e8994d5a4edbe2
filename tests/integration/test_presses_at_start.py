"""Whoever presses while the station starts is not forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.live import BELL_PIN
from tests.integration.station_process import START_LIMIT_S, StationProcess

from portier.bench.line.agent import Agent
from portier.bench.line.events import What

_WAITS_S = 5.0
_NO_CARD = '!card = "alsa"\ncapture = "plughw:CARD=None"\nplayback = "plughw:CARD=None"'
# The station's self-test, the longest part of its start, takes so much longer.
_SLOW_S = 2.0
_SLOW = f"import sys, time\nif 'portier.selftest' in sys.orig_argv: time.sleep({_SLOW_S})\n"


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent() as agent:
        yield agent


def test_a_button_held_while_the_pins_open_rings(tmp_path: Path, line: Agent) -> None:
    station = StationProcess(tmp_path, line)
    station.pins.close_contact(BELL_PIN)
    with station:
        assert line.wait_for(What.INVITE).details["to_user"] == "36913100000000"
        station.pins.open_contact(BELL_PIN)
        time.sleep(0.5)
        assert sum(one.what is What.INVITE for one in line.events) == 1


def test_a_press_during_the_rest_of_the_start_rings_when_sip_is_up(tmp_path: Path, line: Agent) -> None:
    station = StationProcess(tmp_path, line, custom=_SLOW, audio=_NO_CARD)
    station.begin()
    try:
        until_s = time.monotonic() + START_LIMIT_S
        while not station.pins.level(BELL_PIN)[1]:
            assert time.monotonic() < until_s, f"its pins were not opened: {station.said}"
            time.sleep(0.01)
        station.press()
        pressed_s = time.monotonic()
        assert not line.requests, "SIP is not up yet"
        station.wait_told("READY=1")
        invite = line.wait_for(What.INVITE)
        assert 0.5 < invite.at.mono_ns / 1e9 - pressed_s < _WAITS_S
    finally:
        station.__exit__(None, None, None)
