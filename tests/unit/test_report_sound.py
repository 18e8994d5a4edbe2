"""Spectrograms show what is in a sound, at its moment and at its frequency."""

from __future__ import annotations

import numpy as np
import pytest

from portier.bench.voice import voice
from portier.report.sound import FLOOR_DBFS, TOP_DBFS, Heard, Sounds, spectrum, top_hz


def _tone(rate_hz: int, hz: float, length_s: float, silent_s: float = 0.0) -> bytes:
    wave = 16000 * np.sin(2 * np.pi * hz * np.arange(round(length_s * rate_hz)) / rate_hz)
    return bytes(2 * round(silent_s * rate_hz)) + wave.astype(np.int16).tobytes()


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("hz", [440.0, 1000.0, 3000.0])
def test_a_tone_is_in_its_band_and_from_its_moment_on(rate_hz: int, hz: float) -> None:
    heard = Heard(_tone(rate_hz, hz, 1.0, silent_s=1.0), rate_hz, 5.0)
    image = spectrum(heard, 4.0, 7.0, columns=30, rows=40, top_hz=4000)
    assert image.shape == (40, 30)
    assert np.all(image[:, :19] == FLOOR_DBFS), "nothing before it"
    assert np.all(np.argmax(image[:, 21:29], axis=0) == pytest.approx(hz / 100, abs=1))
    assert image.min() >= FLOOR_DBFS
    assert image.max() <= TOP_DBFS


def test_full_scale_is_zero_decibels_and_a_tenth_of_it_twenty_less() -> None:
    quiet = (np.frombuffer(_tone(8000, 1000.0, 1.0), np.int16) // 160).astype(np.int16).tobytes()
    image = spectrum(Heard(quiet, 8000, 0.0), 0.2, 0.8, 10, 64, 4000)
    assert image.max() == pytest.approx(20 * np.log10(100 / 32768), abs=3)


def test_a_click_between_two_windows_of_a_long_sound_is_not_lost_in_a_short_one() -> None:
    pcm = bytearray(2 * 8000 * 3)
    pcm[2 * 12000 : 2 * 12100] = _tone(8000, 1000.0, 100 / 8000)
    image = spectrum(Heard(bytes(pcm), 8000, 0.0), 0.0, 3.0, 60, 16, 4000)
    assert image.max() > -50


def test_the_axis_goes_up_to_eight_kilohertz_only_where_there_is_sound() -> None:
    wide = Heard(voice("phone", 16000, 2.0), 16000, 0.0)
    narrow = Heard(voice("door", 8000, 2.0), 8000, 0.0)
    low = Heard(_tone(16000, 1000.0, 2.0), 16000, 0.0)
    assert top_hz(Sounds(narrow, wide)) == 8000
    assert top_hz(Sounds(narrow, low)) == 4000
    assert top_hz(Sounds(None, None)) == 4000


@pytest.mark.parametrize("pcm", [b"", b"\1", b"\1\2\3", bytes(40)])
def test_hardly_any_sound_is_no_fault(pcm: bytes) -> None:
    heard = Heard(pcm, 16000, 0.0)
    assert np.all(spectrum(heard, 0.0, 1.0, 5, 8, 8000) <= TOP_DBFS)
    assert top_hz(Sounds(heard, heard)) == 4000
