"""Echo through the real ALSA API, on a virtual card whose room gives back what the loudspeaker says."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.jack_card import Child, JackCard

STATION = Path(__file__).parent / "card_station.py"
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
