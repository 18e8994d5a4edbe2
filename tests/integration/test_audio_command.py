"""`portier audio` through the real ALSA API, on a virtual card with a room around it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.jack_card import JackCard
from tests.integration.station_on_card import FAILURE_PIN, StationOnCard

from portier.bench.line.agent import Agent
from portier.bench.line.events import What

CONFIG = '[audio]\ncapture = "jk"\nplayback = "jk"\n'


@pytest.fixture
def card(tmp_path: Path) -> Iterator[JackCard]:
    with JackCard(tmp_path) as card:
        yield card


def _ran(card: JackCard, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    file = folder / "portier.toml"
    file.write_text(CONFIG)
    return subprocess.run(
        (sys.executable, "-m", "portier", "audio", *words, "--config", str(file)),
        env=card.environment,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


def _found(ran: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {one["subject"]: one for one in map(json.loads, ran.stdout.splitlines())}


def test_a_room_that_gives_back_what_is_played_is_heard_with_its_delay_and_loss(
    card: JackCard, tmp_path: Path
) -> None:
    with card.room() as room:
        room.expect("up", 15)
        room.say("reflect 25")
        room.expect("reflecting", 5)
        ran = _ran(card, tmp_path, "test", "--json")
    print(ran.stdout, ran.stderr)
    found = _found(ran)
    assert found["speaker"]["severity"] == "OK"
    # The room gives it back half as loud.
    assert "6 dB weaker" in found["echo"]["text"]
    delay_ms = int(found["echo"]["text"].split()[1])
    assert 20 <= delay_ms <= 150


def test_a_room_that_is_silent_gives_nothing(card: JackCard, tmp_path: Path) -> None:
    with card.room() as room:
        room.expect("up", 15)
        ran = _ran(card, tmp_path, "test", "--json")
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 1
    assert _found(ran)["microphone"]["text"] == "nothing comes from the microphone, not even noise"


def test_levels_are_those_of_the_card(card: JackCard, tmp_path: Path) -> None:
    with card.room() as room:
        room.expect("up", 15)
        room.say("reflect 15")
        room.expect("reflecting", 5)
        ran = _ran(card, tmp_path, "levels", "--seconds", "3", "--tone")
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 0
    first, *_ = lines = ran.stdout.splitlines()
    assert len(lines) == 3
    assert "loudspeaker -12.0 dBFS" in first
    assert "microphone -18" in first


def test_a_short_tone_is_heard_in_a_room_and_not_without_one(card: JackCard, tmp_path: Path) -> None:
    with card.room() as room:
        room.expect("up", 15)
        silent = _ran(card, tmp_path, "self-test")
        room.say("reflect 15")
        room.expect("reflecting", 5)
        heard = _ran(card, tmp_path, "self-test")
    print(silent.stdout, silent.stderr, heard.stdout, heard.stderr)
    assert (silent.returncode, heard.returncode) == (1, 0)
    # -20 dBFS at its peaks, and the room gives it back half as loud.
    assert heard.stdout.startswith("passed: the microphone heard the loudspeaker's tone (-29 dBFS, ")


def test_a_running_station_plays_the_tone_itself_and_tells_what_it_heard(
    card: JackCard, tmp_path: Path
) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    with card.room() as room, Agent() as line:
        room.expect("up", 15)
        with StationOnCard(folder, line, card) as station:

            def ran(*words: str) -> tuple[int, str]:
                done = subprocess.run(
                    [
                        *(sys.executable, "-m", "portier", "audio", *words),
                        *("--config", str(station.config), "--socket", str(station.control_path)),
                    ],
                    capture_output=True,
                    text=True,
                    timeout=40,
                    check=False,
                )
                print(done.stdout, done.stderr)
                return done.returncode, done.stdout + done.stderr

            # A room that is silent is a dumb loudspeaker.
            assert [ran("self-test")[0], ran("self-test")[0]] == [1, 1]
            assert station.pins.energised(FAILURE_PIN), "twice in a row is an alarm"
            room.say("reflect 20")
            room.expect("reflecting", 5)
            code, said = ran("self-test")
            assert (code, said[:35]) == (0, "passed: the microphone heard the lo")
            assert not station.pins.energised(FAILURE_PIN)
            for word in ("sound test failed", "failed 2 times in a row", "the alarm is over"):
                assert word in station.said
            code, said = ran("levels")
            assert (code, "the microphone is closed, as nobody called" in said) == (1, True)
            station.press()
            line.wait_for(What.ACKED, timeout_s=10)
            code, said = ran("levels", "--seconds", "2")
            first, _ = said.splitlines()
            assert code == 0
            assert first.startswith("microphone ")
            assert "; far end " in first
