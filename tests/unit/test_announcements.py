"""Announcements: what the station brings, what an installer may bring, how it becomes the card's sound."""

from __future__ import annotations

import math
import os
import struct
import tempfile
import tomllib
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from tests.unit.test_audio_tones import pcm_of

import portier
from portier.announcements import wav
from portier.announcements.choice import Choice
from portier.announcements.resample import mixed, resampled
from portier.announcements.words import (
    LONGEST_S,
    LONGEST_TALK_NOW_S,
    WORDS,
    Language,
    file_name,
    spoken,
)
from portier.bench.wav import write_wav
from portier.core.effects import Tone
from portier.errors import AudioError

EVERY = [(tone, language) for tone in WORDS for language in Language]
ROOT = Path(__file__).parents[2]
RATES_HZ = (8000, 11025, 16000, 22050, 44100, 48000)


def sine(hz: float, rate_hz: int, length_s: float = 0.5, peak: int = 10000) -> array[int]:
    count = round(length_s * rate_hz)
    return array("h", [round(peak * math.sin(2 * math.pi * hz * at / rate_hz)) for at in range(count)])


def write(path: Path, pcm: bytes, rate_hz: int = 16000, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


def level(samples: array[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


# What the station brings


def test_each_text_stands_in_both_languages_and_no_two_are_the_same() -> None:
    for texts in WORDS.values():
        assert set(texts) == set(Language)
    for language in Language:
        assert len({texts[language] for texts in WORDS.values()}) == len(WORDS)


def test_every_file_belongs_to_a_text() -> None:
    folder = spoken(Tone.BUSY, Language.FRENCH).parents[1]
    assert set(folder.rglob("*.wav")) == {spoken(*one) for one in EVERY}


@pytest.mark.parametrize(("tone", "language"), EVERY, ids=lambda one: one.value)
def test_a_text_has_its_file_in_the_cheapest_form_and_is_neither_clipped_nor_silent(
    tone: Tone, language: Language
) -> None:
    made = wav.read(spoken(tone, language), LONGEST_S)
    assert (made.channels, made.rate_hz) == (1, 16000)
    peak = max(map(abs, made.samples))
    assert 0.5 * 32768 < peak < 0.7 * 32768
    # As loud as a tone is while it sounds, within 6 dB: nobody is startled, and nothing is missed.
    assert level(pcm_of(Tone.BUSY, 16000)) / 2 < level(made.samples) < level(pcm_of(Tone.BUSY, 16000)) * 4
    # Spoken, not cut off: so long for each letter of its text, and quiet at both ends.
    assert 0.03 < len(made.samples) / 16000 / len(WORDS[tone][language]) < 0.1
    assert max(map(abs, [*made.samples[:32], *made.samples[-32:]])) < 0.05 * peak


def test_words_that_begin_a_talk_are_over_before_its_first_words() -> None:
    assert LONGEST_TALK_NOW_S == 0.7
    for language in Language:
        wav.read(spoken(Tone.TALK_NOW, language), LONGEST_TALK_NOW_S)


def test_what_sounds_in_a_talk_or_is_for_both_sides_has_no_words() -> None:
    assert set(Tone) - set(WORDS) == {Tone.INCOMING, Tone.ENDING}


# What an installer brings


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_any_usual_rate_mono_or_stereo_is_taken(tmp_path: Path, rate_hz: int, channels: int) -> None:
    one = sine(1000, rate_hz)
    samples = one if channels == 1 else array("h", [value for value in one for _ in range(2)])
    made = wav.read(write(tmp_path / "a.wav", samples.tobytes(), rate_hz, channels), LONGEST_S)
    for to_hz in (8000, 16000):
        got, wanted = array("h", made.at_rate(to_hz)), sine(1000, to_hz)
        assert len(got) == len(wanted)
        error = array("h", [a - b for a, b in zip(got[100:-100], wanted[100:-100], strict=True)])
        assert level(error) < level(wanted) / 300


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_8_to_32_bit_are_taken(tmp_path: Path, width: int) -> None:
    wanted = sine(440, 16000)
    packed = {
        1: bytes((one >> 8) + 128 for one in wanted),
        2: wanted.tobytes(),
        3: b"".join(struct.pack("<i", one << 16)[1:] for one in wanted),
        4: b"".join(struct.pack("<i", one << 16) for one in wanted),
    }
    got = wav.read(write(tmp_path / "a.wav", packed[width], width=width), LONGEST_S).samples
    assert max(abs(a - b) for a, b in zip(got, wanted, strict=True)) <= (255 if width == 1 else 0)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48000, 16000), (44100, 8000), (16000, 8000)])
def test_what_the_lower_rate_cannot_hold_is_taken_away(from_hz: int, to_hz: int) -> None:
    above = resampled(sine(0.65 * to_hz, from_hz), from_hz, to_hz)[100:-100]
    assert level(above) < 10000 / 300


def test_both_channels_are_heard() -> None:
    assert mixed(2, array("h", [1000, 3000, -32768, -32768, 32767, 32767])).tolist() == [2000, -32768, 32767]


def test_nothing_stays_nothing() -> None:
    assert len(resampled(array("h"), 44100, 16000)) == 0
    assert len(resampled(array("h", [5]), 8000, 16000)) == 2


PACKED: dict[int, Callable[[int], bytes]] = {
    1: lambda one: bytes([(one >> 8) + 128]),
    2: lambda one: struct.pack("<h", one),
    3: lambda one: struct.pack("<i", one << 16)[1:],
    4: lambda one: struct.pack("<i", one << 16),
}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", PACKED)
def test_every_rate_with_every_width_and_either_count_of_channels_sounds_the_same(
    tmp_path: Path, rate_hz: int, channels: int, width: int
) -> None:
    pcm = b"".join(PACKED[width](one) * channels for one in sine(1000, rate_hz, 0.1))
    made = wav.read(write(tmp_path / "a.wav", pcm, rate_hz, channels, width), LONGEST_S)
    got, wanted = array("h", made.at_rate(16000)), sine(1000, 16000, 0.1)
    assert len(got) == len(wanted)
    error = array("h", [a - b for a, b in zip(got[100:-100], wanted[100:-100], strict=True)])
    # Of 8 bit a step is 256, and what was cut off is half of one on average.
    assert level(error) < (160 if width == 1 else level(wanted) / 300)


_SUBFORMAT_REST = bytes.fromhex("000000001000800000aa00389b71")


def _extended(subformat: int, data: bytes, bits: int = 24) -> bytes:
    """As many programs save what has more than 16 bit or two channels."""
    frame = bits // 8
    fmt = struct.pack("<HHIIHHHHIH", 0xFFFE, 1, 16000, 16000 * frame, frame, bits, 22, bits, 4, subformat)
    fmt += _SUBFORMAT_REST
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_pcm_in_an_extended_header_is_taken_and_other_sound_in_one_is_not(tmp_path: Path) -> None:
    path, wanted = tmp_path / "busy.wav", sine(440, 16000)
    path.write_bytes(_extended(1, b"".join(map(PACKED[3], wanted))))
    assert wav.read(path, LONGEST_S).samples == wanted
    path.write_bytes(_extended(3, bytes(320), bits=32))
    with pytest.raises(AudioError, match="is not plain PCM but has an extended header: save it as PCM"):
        wav.read(path, LONGEST_S)


def _formatted(tag: int, data: bytes = bytes(320)) -> bytes:
    fmt = struct.pack("<HHIIHH", tag, 1, 16000, 32000, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_formatted(3), "is not plain PCM but has format 3: save it as PCM with 16 bit"),
        (_formatted(7), "is not plain PCM but has format 7"),
        (_formatted(2), "is not plain PCM but has format 2"),
        (_formatted(0x55), "is not plain PCM but has format 85"),
        (_formatted(1, bytes(2 * 160_001 + 2)), "lasts 10.0 s, and at most 10 s are allowed"),
        (_formatted(1)[:100], "has a wrong header, which promises more sound than there is: save it anew"),
        (_formatted(1, b""), "is empty: leave it out, or let it hold a moment of silence"),
        (b"ID3\x03 an mp3 in disguise", "has a wrong header: it is no WAV file, or only a part of one"),
        (b"RIFF", "has a wrong header: it is no WAV file, or only a part of one"),
        (b"", "has a wrong header: it is no WAV file, or only a part of one"),
        (_formatted(1).replace(struct.pack("<I", 16000), bytes(4)), "has a wrong header: 0 Hz cannot be"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "granted.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError) as refused:
        wav.read(path, LONGEST_S)
    assert str(refused.value).startswith(reason)
    (complaint,) = Choice(folder=tmp_path).complaints()
    assert complaint.startswith(f"granted.wav {reason}")


def test_more_channels_than_two_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "busy.wav", bytes(6 * 160), channels=3)
    assert list(Choice(folder=tmp_path).complaints()) == [
        "busy.wav has 3 channels of 16 bit: one or two of 8 to 32 bit can be used"
    ]


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "busy.wav", bytes(320))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AudioError, match="cannot be read: Permission denied"):
        wav.read(path, LONGEST_S)


def test_a_file_that_is_far_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path / "busy.wav", bytes(320))
    os.truncate(path, 5_000_000_000)
    assert list(Choice(folder=tmp_path).complaints()) == ["busy.wav has 5000 MB: at most 20 are looked at"]


def test_what_is_no_file_is_refused_and_nobody_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "busy.wav").mkdir()
    os.mkfifo(tmp_path / "denied.wav")
    (tmp_path / "granted.wav").symlink_to(tmp_path / "gone")
    assert sorted(Choice(folder=tmp_path).complaints()) == [
        "busy.wav is no file: put a WAV file there, or take it away",
        "denied.wav is no file: put a WAV file there, or take it away",
        "granted.wav cannot be read: No such file or directory",
    ]
    with pytest.raises(AudioError, match=r"(busy|denied|granted)\.wav"):
        Choice(folder=tmp_path).sounds(16000)


def test_a_misspelt_name_is_told_with_the_one_it_was_meant_to_be(tmp_path: Path) -> None:
    for name in ("grantd.wav", "BUSY.WAV", "notes.txt"):
        write(tmp_path / name, bytes(320))
    assert list(Choice(folder=tmp_path).complaints()) == [
        f"BUSY.WAV is the name of no announcement: call it {', '.join(map(file_name, WORDS))}",
        "grantd.wav is the name of no announcement: call it granted.wav",
    ]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert list(Choice(folder=tmp_path / "gone").complaints()) == [
        "cannot be read: name a folder that the service's user may read"
    ]
    with pytest.raises(AudioError, match="gone cannot be read: No such file"):
        Choice(folder=tmp_path / "gone").sounds(16000)


def test_words_for_a_talk_that_are_too_long_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "talk_now.wav", sine(500, 16000, 0.8).tobytes())
    assert list(Choice(folder=tmp_path, speaks_at_talk=True).complaints()) == [
        "talk_now.wav lasts 0.8 s, and at most 0.7 s are allowed"
    ]
    assert not list(Choice(folder=tmp_path).complaints()), "it is not used"


def test_files_of_the_installer_stand_in_place_of_the_stations(tmp_path: Path) -> None:
    own = sine(500, 16000, 1.0)
    write_wav(tmp_path / "granted.wav", own.tobytes(), 16000)
    sounds = Choice(Language.FRENCH, tmp_path).sounds(16000)
    assert sounds[Tone.GRANTED] == own.tobytes()
    assert sounds[Tone.BUSY] == wav.read(spoken(Tone.BUSY, Language.FRENCH), LONGEST_S).samples.tobytes()
    assert set(sounds) == set(WORDS) - {Tone.TALK_NOW}
    assert set(Choice(None, tmp_path).sounds(16000)) == {Tone.GRANTED}


def test_a_station_without_language_and_folder_says_nothing() -> None:
    assert Choice().sounds(16000) == {}


def test_words_begin_a_talk_only_where_it_is_so_configured() -> None:
    assert Tone.TALK_NOW in Choice(Language.ENGLISH, speaks_at_talk=True).sounds(8000)
    assert Tone.TALK_NOW not in Choice(Language.ENGLISH).sounds(8000)


def test_at_8_khz_the_words_last_as_long() -> None:
    wide, narrow = Choice(Language.FRENCH).sounds(16000), Choice(Language.FRENCH).sounds(8000)
    for tone, pcm in wide.items():
        assert abs(len(pcm) - 2 * len(narrow[tone])) <= 2
        spectrum = np.abs(np.fft.rfft(np.frombuffer(narrow[tone], np.int16).astype(float)))
        assert spectrum.max() > 0


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_in_a_file_it_is_taken_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(_formatted(1))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "busy.wav"
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            made = wav.read(path, LONGEST_S)
        except AudioError:
            return
        assert len(made.at_rate(8000)) <= 8000 * 2 * LONGEST_S


def test_a_wheel_holds_every_file() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][
        "portier"
    ]
    package = Path(portier.__path__[0])
    held = {path for pattern in data for path in package.glob(pattern)}
    assert {spoken(*one) for one in EVERY} <= held


def test_the_readme_tells_every_text_with_its_file() -> None:
    readme = (ROOT / "README.md").read_text()
    for tone, texts in WORDS.items():
        (row,) = [line for line in readme.splitlines() if line.endswith(f"| `{file_name(tone)}` |")]
        said = [cell.strip().strip("()") for cell in row.split("|")]
        assert said[-4:-2] == [texts[Language.FRENCH], texts[Language.ENGLISH]]
