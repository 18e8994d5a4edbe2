"""`portier audio test`: what it plays is heard or not, who is at fault, and with which exit code."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from tests.unit.control_station import ControlStation

from portier import __main__, app, audio_command
from portier.bench.room_card import RoomCard
from portier.control_client import ControlClient
from portier.core.events import SoundTestOver
from portier.core.sound_test_state import SoundTestOutcome
from portier.doctor.finding import Finding, Severity
from portier.errors import AudioError
from portier.mixer_settings import MixerSetting
from portier.plan import SoundPlan
from portier.sound_check.trying import tried

CONFIG = """
[audio]
capture = "plughw:CARD=Device"
playback = "plughw:CARD=DAC"
mixer = [{ control = "Mic", capture = "80%" }]
"""


def _worst(found: tuple[Finding, ...]) -> Severity:
    return max(one.severity for one in found)


def test_a_card_that_hears_itself_is_told_with_its_delay_and_loss() -> None:
    card = RoomCard(16000, loss_db=20.0, delay_frames=3)
    found = tried(card, RoomCard(16000))
    assert _worst(found) is Severity.OK
    assert found[-1].text == "comes 60 ms after it was played, 20 dB weaker"
    assert not card.is_open
    assert card.loudest < 8300


def test_exchanged_devices_are_tried_only_where_the_microphone_is_deaf() -> None:
    other = RoomCard(16000)
    tried(RoomCard(16000), other)
    assert other.loudest == 0
    (told,) = tried(RoomCard(16000, loss_db=None), other)
    assert told.text.startswith("microphone and loudspeaker are swapped")


def test_devices_that_open_only_when_exchanged_are_swapped() -> None:
    (told,) = tried(RoomCard(16000, fails_at=0), RoomCard(16000))
    assert told.text.startswith("microphone and loudspeaker are swapped")


def test_what_opens_neither_way_is_told_of_the_way_that_is_configured() -> None:
    card = RoomCard(16000, fails_at=100)
    with pytest.raises(AudioError, match="stopped"):
        tried(card, RoomCard(16000, loss_db=None))
    assert not card.is_open


class Cards:
    """The cards that the command gets, by the device that is to capture."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **cards: RoomCard) -> None:
        self._cards = cards
        self.mixers: list[tuple[MixerSetting, ...]] = []
        monkeypatch.setattr(app, "make_card", self._made)

    def _made(self, plan: SoundPlan, *_: object) -> RoomCard:
        self.mixers.append(plan.mixer)
        return self._cards[plan.capture.removeprefix("plughw:CARD=")]


def _run(folder: Path, *options: str) -> int:
    file = folder / "portier.toml"
    file.write_text(CONFIG)
    return __main__.main(["audio", "test", "--config", str(file), *options])


def test_the_exit_code_says_whether_something_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cards = Cards(monkeypatch, Device=RoomCard(16000), DAC=RoomCard(16000))
    assert _run(tmp_path) == 0
    assert "OK" in capsys.readouterr().out
    # The names of the controls are those of the cards as they are configured.
    assert cards.mixers == [(MixerSetting("Mic", "capture", "80%"),), ()]
    Cards(monkeypatch, Device=RoomCard(16000, loss_db=None), DAC=RoomCard(16000, loss_db=None))
    assert _run(tmp_path) == 1
    assert "the microphone did not hear what was played" in capsys.readouterr().out


def test_json_is_one_object_for_each_finding_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Cards(monkeypatch, Device=RoomCard(16000), DAC=RoomCard(16000))
    assert _run(tmp_path, "--json") == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["subject"] for one in told] == ["microphone", "speaker", "echo"]
    assert {one["severity"] for one in told} == {"OK"}


def test_a_card_that_goes_in_the_middle_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Cards(monkeypatch, Device=RoomCard(16000, fails_at=50), DAC=RoomCard(16000, loss_db=None))
    assert _run(tmp_path) == 74
    assert "No such device" in capsys.readouterr().err


def test_a_running_station_has_longer_for_the_test_than_for_other_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audio_command, "_station", lambda _: "portier run (process 812)")
    monkeypatch.setattr(ControlClient.__init__, "__defaults__", (0.2,))
    with ControlStation(tmp_path / "control.sock") as station:

        def pass_when_begun() -> None:
            test = station.runtime.state.sound_test
            if test.running:
                words = "passed: heard"
                station.runtime.take(SoundTestOver(test.number, SoundTestOutcome.HEARD, words, at_s=0.0))

        # The card takes that long to open.
        late = threading.Timer(1.0, lambda: station.do(pass_when_begun))
        late.start()
        code = __main__.main(["audio", "self-test", "--socket", str(station.path)])
        late.join()
    assert (code, capsys.readouterr().out) == (0, "passed: heard\n")
