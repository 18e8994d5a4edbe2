"""Echo through the real ALSA API, on a virtual card whose room gives back what the loudspeaker says."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.jack_card import Child, JackCard
from tests.integration.station_on_card import StationOnCard

from portier.adapters.control.protocol import Do
from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.voice import voice
from portier.control_client import ControlClient

STATION = Path(__file__).parent / "card_station.py"
RATE_HZ = 8000
REDUCED_DB = 20.0


@pytest.fixture
def card(tmp_path: Path) -> Iterator[JackCard]:
    with JackCard(tmp_path) as card:
        yield card


def heard_by_far_end(card: JackCard, how: str) -> dict[str, Any]:
    with card.room() as room:
        room.expect("up", 15)
        with Child([sys.executable, str(STATION), "echo", how], card.environment) as process:
            process.expect("took the clock", 10)
            room.say("reflect 6")
            room.expect("reflecting", 5)
            heard: dict[str, Any] = json.loads(process.expect("heard", 30))
            assert process.expect("stopped", 5) == "True"
    assert len(heard["rms"]) >= 4
    return heard


def rms_dbfs(sound: bytes) -> float:
    samples = memoryview(sound).cast("h")
    return 10 * math.log10(max(1e-3, sum(one * one for one in samples) / len(samples)) / 32768**2)


def usual_rms(heard: dict[str, Any]) -> float:
    """Of a middling half second: the card of a loaded machine may slip, and echo is found anew then."""
    rms: list[float] = heard["rms"]
    return max(0.1, rms[len(rms) // 2])


def test_the_far_end_hears_next_to_nothing_of_itself(card: JackCard) -> None:
    off = heard_by_far_end(card, "off")
    assert off["told"] == ["off"]
    # Else nothing came back, and there was nothing to cancel.
    assert usual_rms(off) > 300
    for how, words in (("aec3", "AEC3 and a linear filter"), ("half-duplex", "half-duplex")):
        heard = heard_by_far_end(card, how)
        reduced_db = 20 * math.log10(usual_rms(off) / usual_rms(heard))
        print(how, heard, f"{reduced_db:.1f} dB less than", off)
        assert heard["told"] == [words]
        assert reduced_db >= REDUCED_DB, how


def test_a_phone_hears_next_to_nothing_of_itself_in_a_call_of_the_whole_station(tmp_path: Path) -> None:
    said = voice("phone", RATE_HZ, 4.0)
    with JackCard(tmp_path) as card, card.room() as room, Agent(voice=said) as line:
        room.expect("up", 15)
        with StationOnCard(tmp_path, line, card, echo="auto") as station:
            with ControlClient(station.control_path) as client:
                # It is ready before anybody rings: its first frame would take too long for a call.
                assert client.ask(Do.STATUS)["status"]["echo"] == "AEC3 and a linear filter"
            station.press()
            line.wait_for(What.ACKED, timeout_s=10)
            room.say("reflect 9")
            room.expect("reflecting", 5)
            time.sleep(7.0)
            heard = line.recording()
            line.hang_up()
            station.until_said("; echo: AEC3 and a linear filter", 10.0)
    last = heard[-4 * 2 * RATE_HZ :]
    pieces = sorted(rms_dbfs(last[at : at + RATE_HZ]) for at in range(0, len(last), RATE_HZ))
    # The room gives it back 6 dB weaker. One slip of the card spoils four of the eight half seconds.
    reduced_db = rms_dbfs(said) - 6 - pieces[2]
    print(f"{reduced_db:.1f} dB: {[round(piece) for piece in pieces]}")
    assert reduced_db >= REDUCED_DB
