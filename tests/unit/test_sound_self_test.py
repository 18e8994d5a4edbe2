"""`portier audio self-test`: a tone is heard or not, whatever else is to be heard."""

from __future__ import annotations

import math
import random
from array import array
from pathlib import Path

import pytest

from portier import __main__, app
from portier.adapters.audio.tone_test import judged
from portier.bench.room_card import RoomCard
from portier.sound_check.self_test import self_test

SIZE = 320
FRAMES = 70


def _frames(sound: list[float]) -> list[bytes]:
    pcm = array("h", [max(-32768, min(32767, round(one))) for one in sound])
    return [pcm[start : start + SIZE].tobytes() for start in range(0, len(pcm), SIZE)]


def _noise(rms: float) -> list[float]:
    rng = random.Random(1)
    return [rng.gauss(0, rms) for _ in range(FRAMES * SIZE)]


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize(("loss_db", "delay_frames"), [(0.0, 1), (20.0, 3), (45.0, 8)])
def test_a_tone_that_comes_back_is_heard(rate_hz: int, loss_db: float, delay_frames: int) -> None:
    card = RoomCard(rate_hz, loss_db, delay_frames)
    result = self_test(card)
    assert result.passed
    assert result.tone_dbfs == pytest.approx(-23 - loss_db, abs=1.5)
    assert not card.is_open


def test_it_is_never_louder_than_its_cap() -> None:
    card = RoomCard(16000)
    self_test(card)
    assert 3000 < card.loudest <= 3277


def test_a_loudspeaker_or_a_microphone_that_is_dead_fails() -> None:
    assert not self_test(RoomCard(16000, loss_db=None)).passed
    assert not judged([bytes(2 * SIZE)] * FRAMES, 16000).passed
    assert not judged([], 16000).passed


@pytest.mark.parametrize("rms", [3, 300, 10000])
def test_noise_is_no_tone(rms: float) -> None:
    result = judged(_frames(_noise(rms)), 16000)
    assert not result.passed
    assert result.words.startswith("failed: the microphone did not hear")


def test_a_whistle_that_was_there_before_is_no_tone() -> None:
    whistle = [3000 * math.sin(2 * math.pi * i / 16) for i in range(FRAMES * SIZE)]
    assert not judged(_frames(whistle), 16000).passed


def test_a_click_is_no_tone() -> None:
    sound = _noise(3)
    sound[40 * SIZE : 40 * SIZE + 20] = [30000.0] * 20
    assert not judged(_frames(sound), 16000).passed


@pytest.mark.parametrize(("loss_db", "code", "said"), [(20.0, 0, "passed: "), (None, 1, "failed: ")])
def test_the_exit_code_says_whether_it_passed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loss_db: float | None,
    code: int,
    said: str,
) -> None:
    file = tmp_path / "portier.toml"
    file.write_text('[audio]\ncapture = "plughw:CARD=Device"\nplayback = "plughw:CARD=Device"\n')
    monkeypatch.setattr(app, "make_card", lambda *_: RoomCard(16000, loss_db))
    assert __main__.main(["audio", "self-test", "--config", str(file)]) == code
    assert capsys.readouterr().out.startswith(said)
