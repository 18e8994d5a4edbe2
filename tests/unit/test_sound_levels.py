"""Gain, limiter and high-pass: nothing is ever too loud, and what is not asked for is not touched."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from portier.adapters.audio.processing.cleaner import FAST
from portier.adapters.audio.processing.levels import PLAIN, Arithmetic, HighPass, Limiter, share

RATE_HZ = 16000
FRAME = 320
BOTH = pytest.mark.parametrize("arithmetic", [PLAIN, FAST], ids=["plain", "numpy"])


def tone(hz: float, peak: int, frames: int = 1, rate_hz: int = RATE_HZ) -> bytes:
    count = frames * rate_hz // 50
    return array(
        "h", [round(peak * math.sin(2 * math.pi * hz * n / rate_hz)) for n in range(count)]
    ).tobytes()


def samples(frame: bytes) -> array[int]:
    return array("h", frame)


def rms(pcm: array[int]) -> float:
    return math.sqrt(sum(one * one for one in pcm) / len(pcm))


@given(
    peaks=st.lists(st.sampled_from([0, 5, 900, 12000, 32767]), min_size=1, max_size=8),
    gain_db=st.sampled_from([-20.0, 0.0, 6.0, 20.0]),
    limit_dbfs=st.sampled_from([-30.0, -6.0, -1.0, 0.0]),
    arithmetic=st.sampled_from([PLAIN, FAST]),
)
def test_no_sample_passes_the_limit(
    peaks: list[int], gain_db: float, limit_dbfs: float, arithmetic: Arithmetic
) -> None:
    limiter = Limiter(RATE_HZ, gain_db, limit_dbfs, arithmetic)
    for peak in peaks:
        square = array("h", [peak, -peak - (peak == 32767)] * (FRAME // 2)).tobytes()
        heard = samples(limiter.limited(square))
        assert len(heard) == FRAME
        assert max(*heard, -min(heard)) <= 32768 * share(limit_dbfs)


@BOTH
def test_what_is_below_the_limit_is_not_touched(arithmetic: Arithmetic) -> None:
    limiter = Limiter(RATE_HZ, 0.0, -1.0, arithmetic)
    frame = tone(440, 20000)
    assert limiter.limited(frame) == frame


@BOTH
def test_a_gain_is_the_one_that_was_asked_for(arithmetic: Arithmetic) -> None:
    louder = samples(Limiter(RATE_HZ, 6.0, -1.0, arithmetic).limited(tone(440, 3000)))
    assert max(louder) == pytest.approx(3000 * 10 ** (6 / 20), abs=2)


@BOTH
def test_after_a_shout_it_comes_back_within_a_second_and_without_a_jump(arithmetic: Arithmetic) -> None:
    limiter = Limiter(RATE_HZ, 12.0, -6.0, arithmetic)
    limiter.limited(tone(440, 32767))
    peaks = [max(samples(limiter.limited(tone(440, 3000)))) for _ in range(50)]
    assert peaks[0] < 3000
    assert peaks[-1] == pytest.approx(3000 * share(12.0), rel=0.01)
    assert all(later <= 1.1 * sooner for sooner, later in pairwise(peaks))


@given(begins=st.floats(0, 4), ends=st.floats(0, 4))
def test_both_arithmetics_agree(begins: float, ends: float) -> None:
    frame = tone(700, 16000)
    plain, fast = (samples(one.scaled(frame, begins, ends, 32767)) for one in (PLAIN, FAST))
    assert max(abs(a - b) for a, b in zip(plain, fast, strict=True)) <= 1
    assert PLAIN.loudest(frame) == FAST.loudest(frame)


def test_the_high_pass_takes_hum_and_leaves_speech() -> None:
    for rate_hz in (8000, 16000):
        for hz, least_db, most_db in ((25.0, -40.0, -22.0), (50.0, -14.0, -10.0), (1000.0, -0.1, 0.1)):
            high_pass = HighPass(rate_hz, 100.0)
            sound = tone(hz, 10000, 50, rate_hz)
            size = 2 * rate_hz // 50
            heard = b"".join(high_pass.passed(sound[at : at + size]) for at in range(0, len(sound), size))
            half = len(heard) // 2
            gain_db = 20 * math.log10(rms(samples(heard[half:])) / rms(samples(sound[half:])))
            assert least_db <= gain_db <= most_db, (rate_hz, hz, gain_db)


def test_the_high_pass_holds_at_full_scale_and_ends_in_silence() -> None:
    high_pass = HighPass(RATE_HZ, 100.0)
    loud = array("h", [32767] * 160 + [-32768] * 160).tobytes()
    assert max(map(abs, samples(high_pass.passed(loud)))) <= 32767
    for _ in range(50):
        last = high_pass.passed(bytes(2 * FRAME))
    assert last == bytes(2 * FRAME)
