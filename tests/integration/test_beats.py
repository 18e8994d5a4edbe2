"""A thread that stops ends the process, every relay de-energised: seen from outside, in mid-release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.live import STRIKE_PIN
from tests.integration.station_process import StationProcess

from portier.bench.line.agent import Agent
from portier.bench.voice import voice
from portier.watchdog import LIMIT_S

_MARGIN_S = 4.0
_LONG_RELEASE = "max_release_s = 60"

_HANGING_SIP = """
import os, time
from portier.adapters.sip import accounts
tend = accounts.Accounts.tend
def hang(self, now_s):
    if os.path.exists("{trigger}"):
        time.sleep(60)
    tend(self, now_s)
accounts.Accounts.tend = hang
"""

_HANGING_MEDIA = """
import os, time
from portier.bench import card
read = card.OpenSimulatedCard.read
def hang(self):
    if os.path.exists("{trigger}"):
        time.sleep(60)
    return read(self)
card.OpenSimulatedCard.read = hang
"""

_HANGING_LOOP = """
import os, time
from portier import app
beat = app.Station._beat
def hang(self):
    if os.path.exists("{trigger}"):
        time.sleep(60)
    beat(self)
app.Station._beat = hang
"""


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


@pytest.mark.parametrize(
    ("code", "name"),
    [(_HANGING_SIP, "the SIP thread"), (_HANGING_MEDIA, "the media thread"), (_HANGING_LOOP, "the loop")],
    ids=["SIP", "media", "loop"],
)
def test_a_stopped_thread_ends_the_process_with_the_relay_de_energised(
    tmp_path: Path, line: Agent, code: str, name: str
) -> None:
    trigger = tmp_path / "hang"
    doors = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\nrelease_s = 50\n{_LONG_RELEASE}'
    with StationProcess(tmp_path, line, custom=code.format(trigger=trigger), doors_front=doors) as station:
        station.release()
        trigger.touch()
        assert station.ended(LIMIT_S + _MARGIN_S) == 70
        assert not station.pins.energised(STRIKE_PIN)
        assert f"{name} has not moved for" in station.said


def test_systemd_is_fed_only_while_all_threads_live(tmp_path: Path, line: Agent) -> None:
    trigger = tmp_path / "hang"
    with StationProcess(tmp_path, line, custom=_HANGING_SIP.format(trigger=trigger)) as station:
        station.wait_told("WATCHDOG=1")
        trigger.touch()
        assert station.ended(LIMIT_S + _MARGIN_S) == 70
