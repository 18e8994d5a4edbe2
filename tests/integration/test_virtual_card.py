"""Sound through the real ALSA API, on a virtual card: there and back, measured with chirps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from tests.integration.jack_card import Child, JackCard, RoundTrips

from portier.announcements.choice import Choice
from portier.announcements.words import Language
from portier.bench.evidence import find
from portier.core.effects import Tone

STATION = Path(__file__).parent / "card_station.py"
MEASURED_S = 8.0


@pytest.fixture
def card(tmp_path: Path) -> Iterator[JackCard]:
    with JackCard(tmp_path) as card:
        yield card


def station(card: JackCard, *role: str) -> Child:
    return Child([sys.executable, str(STATION), *role], card.environment)


def finish(process: Child) -> dict[str, Any]:
    process.say("end")
    stats: dict[str, Any] = json.loads(process.expect("stats", 5))
    process.expect("end", 5)
    assert process.wait(5) == 0
    return stats


def check(trips: RoundTrips, limit_ms: float) -> None:
    """Nearly all come back, and most in time: other tests run beside this one."""
    assert len(trips.back_ms) >= trips.said - max(1, trips.said // 5), trips
    assert median(trips.back_ms) < limit_ms, trips


def test_every_chirp_comes_back_through_the_line_alone(card: JackCard) -> None:
    with card.room() as room:
        room.expect("up", 15)
        with station(card, "loop") as process:
            process.expect("running", 10)
            trips = RoundTrips.measure(room, MEASURED_S)
            stats = finish(process)
    print(trips, stats)
    check(trips, 150)
    assert stats["stopped"]
    assert stats["frames"] > 40 * MEASURED_S
    assert stats["xruns"] <= 20


def test_a_card_of_48_khz_and_two_channels_alone_is_converted(tmp_path: Path) -> None:
    with JackCard(tmp_path, rate_hz=48000) as card:
        card.make_stereo()
        with card.room() as room:
            room.expect("up", 15)
            with station(card, "loop") as process:
                process.expect("running", 10)
                trips = RoundTrips.measure(room, 4.0)
                stats = finish(process)
    print(trips, stats)
    check(trips, 150)


def test_an_xrun_costs_a_moment_and_no_delay_stays(card: JackCard) -> None:
    with card.room() as room:
        room.expect("up", 15)
        with station(card, "late") as process:
            process.expect("running", 10)
            trips = RoundTrips.measure(room, 5.0)
            stats = finish(process)
    print(trips, stats)
    assert stats["xruns"] >= 1
    assert len(trips.back_ms) >= trips.said - 1
    assert trips.back_ms[-1] < trips.back_ms[0] + 30


def test_every_chirp_comes_back_from_the_far_end_of_a_call(card: JackCard) -> None:
    with card.room() as room, station(card, "answer", "127.0.0.1", "G722", "16000", "150") as phone:
        address = phone.expect("answering", 10)
        room.expect("up", 15)
        with station(card, "call", address) as process:
            process.expect("media", 10)
            process.expect("running", 10)
            trips = RoundTrips.measure(room, MEASURED_S)
            stats = finish(process)
    print(trips, stats)
    check(trips, 250)
    assert stats["frames"] > 40 * MEASURED_S


def test_a_card_that_goes_and_comes_back(card: JackCard) -> None:
    with card.room() as room:
        room.expect("up", 15)
        with station(card, "loop") as process:
            process.expect("running", 10)
            process.expect("took the clock", 10)
            card.stop()
            process.expect("SoundLost", 10)
            process.expect("gave the clock", 10)
            room.end()
            card.start()
            with card.room() as new_room:
                new_room.expect("up", 15)
                process.expect("SoundRestored", 15)
                process.expect("took the clock", 10)
                trips = RoundTrips.measure(new_room, 2.0)
                stats = finish(process)
    print(trips, stats)
    check(trips, 150)
    assert stats["stopped"]
    assert stats["stop_s"] < 10.0


def test_words_are_heard_through_the_real_alsa_api(card: JackCard, tmp_path: Path) -> None:
    with card.room() as room:
        room.expect("up", 15)
        with station(card, "words") as process:
            process.expect("ready", 10)
            room.say(f"hear 5 {tmp_path / 'heard'}")
            time.sleep(0.5)
            process.say("now")
            room.expect("heard", 15)
    heard = (tmp_path / "heard").read_bytes()
    words = Choice(Language.FRENCH).sounds(16000)
    # Resampled on its way, and perhaps stretched by a frame: piece by piece.
    assert find(heard, words[Tone.GRANTED], 16000).share > 0.6
    assert find(heard, words[Tone.BUSY], 16000).share < 0.4


def test_a_device_that_does_not_convert_is_told_which_name_does(card: JackCard) -> None:
    """JACK's own device opens, and takes floating point alone: as many a card takes two channels alone."""
    code = (
        "from portier.adapters.audio.card import AlsaCard; AlsaCard('jackports', 'jackports', 16000).open()"
    )
    with card.room() as room:
        room.expect("up", 15)
        ran = subprocess.run(
            (sys.executable, "-c", code),
            env=card.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    said = ran.stderr.splitlines()[-1]
    assert 'audio: capture "jackports" does not take 16000 Hz, 1 channel, S16_LE (' in said
    assert "use its plughw: name, which converts. Cards here: " in said
