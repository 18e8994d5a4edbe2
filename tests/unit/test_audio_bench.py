"""What the bench uses for sound: the simulated card, the two voices, WAV files."""

from __future__ import annotations

import math
import time
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from portier.bench.card import SimulatedCard
from portier.bench.voice import voice
from portier.bench.wav import double_rate, halve_rate, read_wav, write_wav
from portier.errors import AudioError
from portier.ports import Card, OpenCard

FRAME_BYTES = 640
LOUD = b"\x00\x10" * 320


def likeness(a: array[int], b: array[int]) -> float:
    """1 for the same sound in the same place, near 0 for two that have nothing in common."""
    power = math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / power


def test_a_voice_is_the_same_each_time_and_as_long_as_asked() -> None:
    assert voice("door", 16000, 2.0) == voice("door", 16000, 2.0)
    assert len(voice("door", 16000, 2.0)) == 2 * 32000
    assert len(voice("phone", 8000, 2.0)) == 2 * 16000
    assert voice("phone", 16000, 3.0).startswith(voice("phone", 16000, 2.0))


def test_a_voice_is_ready_at_once() -> None:
    start_s = time.process_time()
    voice("door", 16000, 7.9)
    assert time.process_time() - start_s < 5.0


@pytest.mark.parametrize("speaker", ["door", "phone"])
def test_a_voice_has_the_level_and_pauses_of_speech(speaker: str) -> None:
    pcm = array("h", voice("door" if speaker == "door" else "phone", 16000, 8.0))
    frames = [pcm[i : i + 320] for i in range(0, len(pcm), 320)]
    powers = [sum(s * s for s in frame) / 320 for frame in frames]
    spoken = [power for power in powers if power > 100_000]
    level_db = 10 * math.log10(sum(spoken) / len(spoken) / 32768**2)
    assert level_db == pytest.approx(-20, abs=2.5)
    assert max(map(abs, pcm)) < 32000
    assert 0.1 < sum(power < 100 for power in powers) / len(powers) < 0.5


def test_two_speakers_have_nothing_in_common() -> None:
    door, phone = (array("h", voice(speaker, 8000, 2.0)) for speaker in ("door", "phone"))
    for shift in range(0, 4000, 7):
        assert abs(likeness(door[shift:], phone[: len(phone) - shift])) < 0.2


def test_a_voice_at_8000_hz_is_in_place() -> None:
    full = array("h", voice("door", 16000, 2.0))
    half = array("h", double_rate(voice("door", 8000, 2.0)))
    assert likeness(full, half) > 0.95


def test_a_voice_at_another_rate_is_refused() -> None:
    with pytest.raises(AudioError, match="8000 or 16000 Hz, not 44100"):
        voice("door", 44100, 1.0)


def test_halving_takes_away_what_does_not_fit_and_keeps_the_rest() -> None:
    def tone(hz: float) -> bytes:
        return array(
            "h", [round(8000 * math.sin(2 * math.pi * hz * i / 16000)) for i in range(3200)]
        ).tobytes()

    low, high = array("h", halve_rate(tone(1000))), array("h", halve_rate(tone(6500)))
    assert max(low) == pytest.approx(8000, rel=0.02)
    assert max(high[40:-40]) < 80


def test_halving_accepts_an_odd_length_and_nothing() -> None:
    assert len(halve_rate(bytes(2 * 321))) == 2 * 161
    assert halve_rate(b"") == b""


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_wav_file_comes_back_as_it_was(tmp_path: Path, rate_hz: int) -> None:
    pcm = voice("door", rate_hz, 0.5)
    write_wav(tmp_path / "a.wav", pcm, rate_hz)
    assert read_wav(tmp_path / "a.wav", rate_hz) == pcm


def test_a_wav_file_is_read_at_the_other_rate(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", voice("door", 16000, 0.5), 16000)
    assert read_wav(tmp_path / "a.wav", 8000) == voice("door", 8000, 0.5)
    write_wav(tmp_path / "b.wav", voice("door", 8000, 0.5), 8000)
    assert len(read_wav(tmp_path / "b.wav", 16000)) == 16000


@pytest.mark.parametrize(("channels", "width", "rate_hz"), [(2, 2, 16000), (1, 1, 16000), (1, 2, 44100)])
def test_another_wav_format_is_refused(tmp_path: Path, channels: int, width: int, rate_hz: int) -> None:
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(bytes(4 * channels * width))
    with pytest.raises(
        AudioError, match=rf"{channels} channel.*{8 * width} bit, {rate_hz} Hz. Needed: 1 channel"
    ):
        read_wav(path, 16000)


def test_what_is_no_wav_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not sound")
    for name in ("text.wav", "missing.wav"):
        with pytest.raises(AudioError, match=f"cannot read .*{name}"):
            read_wav(tmp_path / name, 16000)
    with pytest.raises(AudioError, match="cannot write"):
        write_wav(tmp_path / "nowhere" / "a.wav", b"", 16000)
    with pytest.raises(AudioError, match="not at 48000"):
        read_wav(tmp_path / "text.wav", 48000)


@pytest.fixture
def opened() -> Iterator[tuple[SimulatedCard, OpenCard]]:
    card = SimulatedCard(16000, LOUD)
    sound = card.open()
    yield card, sound
    sound.close()


def test_the_card_keeps_time() -> None:
    card: Card = SimulatedCard(16000)
    sound = card.open()
    start_s = time.monotonic()
    for _ in range(10):
        assert sound.read() == bytes(FRAME_BYTES)
    assert time.monotonic() - start_s == pytest.approx(0.2, abs=0.05)
    sound.close()


def test_the_microphone_is_repeated_from_each_opening() -> None:
    card = SimulatedCard(16000, b"ab" * 100 + b"cd" * 300)
    for _ in range(2):
        sound = card.open()
        stream = b"".join(sound.read() or b"" for _ in range(3))
        assert stream == (b"ab" * 100 + b"cd" * 300) * 2 + b"ab" * 100 + b"cd" * 60
        sound.close()


def test_the_microphone_may_be_a_function() -> None:
    sound = SimulatedCard(8000, lambda number: bytes([number]) * 320).open()
    assert [sound.read(), sound.read()] == [bytes(320), b"\1" * 320]


def test_what_was_heard_is_kept_with_its_moment(opened: tuple[SimulatedCard, OpenCard]) -> None:
    card, sound = opened
    assert card.heard_from_s is None
    start_s = time.monotonic()
    for _ in range(3):
        sound.read()
        assert sound.write(LOUD)
    assert card.heard == LOUD * 3
    assert card.heard_from_s is not None
    assert card.heard_from_s - start_s == pytest.approx(0.02, abs=0.01)


def test_what_was_heard_can_be_cut_out(opened: tuple[SimulatedCard, OpenCard]) -> None:
    card, sound = opened
    for byte in (b"\1", b"\2"):
        sound.read()
        sound.write(byte * FRAME_BYTES)
    first_s = card.heard_from_s or 0.0
    cut = card.heard_between(first_s - 0.01, first_s + 0.05)
    assert cut == bytes(320) + b"\1" * 640 + b"\2" * 640 + bytes(320)
    assert card.heard_between(first_s + 0.01, first_s + 0.03) == b"\1" * 320 + b"\2" * 320
    assert card.heard_between(first_s + 1, first_s + 1) == b""


def test_sabotage(opened: tuple[SimulatedCard, OpenCard]) -> None:
    card, sound = opened
    card.mute_microphone = card.mute_speaker = True
    assert sound.read() == bytes(FRAME_BYTES)
    sound.write(LOUD)
    assert card.heard == bytes(FRAME_BYTES)


def test_a_consumer_that_is_late_runs_dry(opened: tuple[SimulatedCard, OpenCard]) -> None:
    _, sound = opened
    time.sleep(0.15)
    sound.read()
    assert not sound.write(LOUD)
    sound.read()
    assert sound.write(LOUD)


def test_a_card_that_vanishes(opened: tuple[SimulatedCard, OpenCard]) -> None:
    card, sound = opened
    card.vanish()
    with pytest.raises(AudioError, match="No such device"):
        sound.read()
    with pytest.raises(AudioError, match="No such device"):
        sound.write(LOUD)
    with pytest.raises(AudioError, match="pulled out"):
        card.open()
    card.come_back()
    assert sound.read() == LOUD


def test_a_card_that_stops_silently(opened: tuple[SimulatedCard, OpenCard]) -> None:
    card, sound = opened
    card.vanish(silently=True)
    start_s = time.monotonic()
    assert sound.read() is None
    assert time.monotonic() - start_s == pytest.approx(0.2, abs=0.05)


def test_only_one_may_hold_the_card(opened: tuple[SimulatedCard, OpenCard]) -> None:
    card, sound = opened
    with pytest.raises(AudioError, match="busy"):
        card.open()
    sound.close()
    card.open().close()
