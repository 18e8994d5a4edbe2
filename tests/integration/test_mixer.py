"""The card's mixer through the real ALSA API and pyalsaaudio: controls by name, set and read back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.jack_card import JackCard
from tests.integration.station_on_card import StationOnCard

from portier.adapters.control.protocol import Do
from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.control_client import ControlClient
from portier.mixer_harm import HARMS
from portier.mixer_settings import MixerSetting, as_json

SETTINGS = (
    MixerSetting("Mic", "capture", "50%"),
    MixerSetting("Mic", "playback", "off"),
    MixerSetting("Speaker", "playback", "-6 dB"),
    MixerSetting("Auto Gain Control", "capture", "off"),
    MixerSetting("Input Source", "capture", "Mic"),
)
AS_MADE = (0, 0, 1, 37, 1, 0, 3)
AS_WANTED = [8, 1, 0, 31, 0, 1, 3]

# Opens the card as the station does, while one thread beats and another is to end a release.
_BEATING = """
import json, sys, threading, time
from portier import app
from portier.adapters.audio.card import AlsaCard
from portier.mixer_settings import settings_of
from portier.plan import SoundPlan
mixer = app.make_mixer(SoundPlan("alsa", "jk", "jk", None, mixer=settings_of(sys.argv[1])))
gap_s, late_s, over = 0.0, 0.0, threading.Event()
def beat():
    global gap_s
    before_s = time.monotonic()
    while not over.wait(0.005):
        now_s = time.monotonic()
        gap_s, before_s = max(gap_s, now_s - before_s), now_s
due_s = time.monotonic() + 0.5
def lock():
    global late_s
    late_s = time.monotonic() - due_s
beating, release = threading.Thread(target=beat, daemon=True), threading.Timer(0.5, lock)
beating.start()
release.start()
began_s = time.monotonic()
card = AlsaCard("jk", "jk", 16000, mixer).open()
open_s = time.monotonic() - began_s
set_in_time = mixer.settled(20.0)
over.set()
beating.join()
release.join()
card.close()
print(json.dumps([gap_s, late_s, open_s, set_in_time, mixer.troubles]))
"""


@pytest.fixture
def card(tmp_path: Path) -> Iterator[JackCard]:
    with JackCard(tmp_path) as card:
        yield card


def _values(file: Path) -> list[int]:
    return array("i", file.read_bytes()).tolist()


def _kept(card: JackCard, *settings: MixerSetting, times: int = 2) -> list[str]:
    """What is told of the mixer after it was looked after."""
    code = (
        "import json, sys\n"
        "from portier import app\n"
        "from portier.mixer_settings import settings_of\n"
        "from portier.plan import SoundPlan\n"
        "plan = SoundPlan('alsa', 'jk', 'jk', None, mixer=settings_of(sys.argv[1]))\n"
        "keeper = app.make_mixer(plan, waits=True)\n"
        "for _ in range(int(sys.argv[2])):\n    keeper.keep()\n"
        "print(json.dumps(keeper.troubles))\n"
    )
    ran = _ran(card, "-c", code, as_json(settings), str(times))
    told: list[str] = json.loads(ran.stdout)
    return told


def _ran(card: JackCard, *words: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        (sys.executable, *words),
        env=card.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    print(ran.stdout, ran.stderr)
    return ran


def test_levels_switches_and_items_are_set_by_name(card: JackCard) -> None:
    file = card.give_mixer(*AS_MADE)
    assert _kept(card, *SETTINGS) == []
    assert _values(file) == AS_WANTED
    # Not even at the first time.
    file.write_bytes(array("i", AS_MADE).tobytes())
    assert _kept(card, *SETTINGS, times=1) == []


def test_what_is_not_there_and_what_does_not_obey_is_told_and_the_rest_is_set(card: JackCard) -> None:
    file = card.give_mixer(*AS_MADE)
    told = _kept(
        card,
        MixerSetting("Mike", "capture", "50%"),
        MixerSetting("Stuck", "playback", "80%"),
        MixerSetting("Input Source", "capture", "CD"),
        MixerSetting("Mic", "capture", "-6 dB"),
        MixerSetting("Speaker", "playback", "50%"),
    )
    assert told == [
        'audio: mixer: capture control "Mike" is not there. Controls here: '
        "Speaker, Mic, Auto Gain Control, Input Source, Stuck",
        'audio: mixer: playback control "Stuck" was set to 80% and is 30%',
        "audio: mixer: capture control \"Input Source\" has no 'CD', but Line, Mic",
        'audio: mixer: capture control "Mic" has no level in dB',
    ]
    assert _values(file)[3] in {18, 19}


def test_the_doctor_looks_and_sets_nothing(card: JackCard) -> None:
    file = card.give_mixer(*AS_MADE)
    ran = _ran(card, "-m", "portier.doctor.probes.mixer", "jk", "jk", as_json(SETTINGS))
    answer = json.loads(ran.stdout.strip().splitlines()[-1])
    assert answer["lacking"] == []
    assert len(answer["differing"]) == len(SETTINGS)
    assert answer["differing"][2] == 'audio: mixer: playback control "Speaker" is 0 dB, not -6 dB'
    assert _values(file) == [*AS_MADE]


def test_what_pumps_or_howls_is_found_as_it_is_and_not_once_it_is_set(card: JackCard) -> None:
    file = card.give_mixer(*AS_MADE)

    def found() -> list[str]:
        ran = _ran(card, "-m", "portier.doctor.probes.controls", "jk", "jk")
        places = json.loads(ran.stdout.strip().splitlines()[-1])["places"]
        return [HARMS[place].setting.control for place in places]

    assert found() == ["Mic", "Auto Gain Control"]
    assert _values(file) == [*AS_MADE]
    file.write_bytes(array("i", AS_WANTED).tobytes())
    assert found() == []


def test_the_mixer_is_set_whenever_the_card_is_opened(card: JackCard, tmp_path: Path) -> None:
    file = card.give_mixer(*AS_MADE)
    config = tmp_path / "portier.toml"
    config.write_text(
        '[audio]\ncapture = "jk"\nplayback = "jk"\nmixer = [{ control = "Mic", capture = "50%" }]\n'
    )
    with card.room() as room:
        room.expect("up", 15)
        for _ in range(2):
            # As of a card that was pulled out and is back.
            file.write_bytes(array("i", AS_MADE).tobytes())
            ran = _ran(card, "-m", "portier", "audio", "levels", "--seconds", "1", "--config", str(config))
            assert ran.returncode == 0
            assert _values(file)[:2] == [8, 1]


def test_the_station_sets_it_at_its_start_and_again_for_a_call_and_tells_what_is_missing(
    card: JackCard, tmp_path: Path
) -> None:
    file = card.give_mixer(*AS_MADE)
    mixer = 'mixer = [{ control = "Mic", capture = "50%" }, { control = "Mike", capture = "on" }]'
    with card.room() as room, Agent() as line:
        room.expect("up", 15)
        with StationOnCard(tmp_path, line, card, more=mixer) as station:
            station.until_said('"Mike" is not there', 10)
            assert _values(file)[:2] == [8, 1]
            with ControlClient(station.control_path) as client:
                told = client.ask(Do.STATUS)["status"]["mixer"]["troubles"]
            assert len(told) == 1
            assert told[0].startswith('audio: mixer: capture control "Mike" is not there. Controls here: Sp')
            # It has tried the card at its start, and lets it go.
            time.sleep(3.0)
            # As of a card that was pulled out and is back.
            file.write_bytes(array("i", AS_MADE).tobytes())
            station.press()
            line.wait_for(What.ACKED, timeout_s=10)
            station.until_said('control "Mic" set to 50%', 10)
            assert _values(file)[:2] == [8, 1]
            line.hang_up()
            assert station.said.count('"Mike" is not there') == 1


def test_a_slow_mixer_holds_up_neither_the_card_nor_the_end_of_a_release(card: JackCard) -> None:
    file = card.give_mixer(*AS_MADE, get_ms=200)
    with card.room() as room:
        room.expect("up", 15)
        ran = _ran(card, "-c", _BEATING, as_json(SETTINGS[:1]))
    gap_s, late_s, open_s, settled, troubles = json.loads(ran.stdout.splitlines()[-1])
    assert gap_s < 1.0
    assert late_s < 1.0
    assert open_s < 4.0
    assert (settled, troubles) == (True, [])
    assert _values(file)[:2] == [8, 1]
