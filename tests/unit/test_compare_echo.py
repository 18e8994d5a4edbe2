"""The figures of echo cancellation: what counts as lost, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.compare.echo import rooms, speech
from tests.compare.echo.quality import level_db, speech_lost_db
from tests.compare.echo.rooms import AtMicrophone
from tests.compare.echo.trial import PART_S, Visit

RATE_HZ = 16000


def noise(seed: int, seconds: float = 2.0) -> speech.Samples:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)) * 0.05


@pytest.mark.parametrize(("share", "lost_db"), [(1.0, 0.0), (0.5, 6.02), (0.1, 20.0)])
def test_what_is_turned_down_is_lost(share: float, lost_db: float) -> None:
    said = noise(1)
    assert speech_lost_db(share * said, said, RATE_HZ) == pytest.approx(lost_db, abs=0.1)


def test_delay_a_filter_that_shifts_phases_and_a_stranger_beside_it_lose_nothing() -> None:
    said = noise(1)
    late = np.concatenate((np.zeros(128), said))[: len(said)]
    # All-pass: y[n] = -0.5 x[n] + x[n-1] + 0.5 y[n-1].
    shifted = np.zeros_like(said)
    for place in range(1, len(said)):
        shifted[place] = -0.5 * said[place] + said[place - 1] + 0.5 * shifted[place - 1]
    for heard in (late, shifted, late + noise(2)):
        assert abs(speech_lost_db(heard, said, RATE_HZ)) < 0.4


def test_half_of_the_time_is_half_of_the_amplitude() -> None:
    said = noise(1)
    gate = (np.arange(len(said)) // 1600) % 2
    assert speech_lost_db(said * gate, said, RATE_HZ) == pytest.approx(6.0, abs=0.5)


def test_echo_that_is_left_counts_from_two_seconds_on() -> None:
    echo = noise(1, 3 * PART_S)
    one = Visit(RATE_HZ, echo, AtMicrophone(echo, np.zeros_like(echo), np.zeros_like(echo)))
    assert one.echo_left_db(one.heard_by_far_end(lambda captured, _: captured)) == pytest.approx(
        0.0, abs=0.01
    )
    first_alone = echo.copy()
    first_alone[2 * RATE_HZ :] *= 0.01
    assert one.echo_left_db(first_alone) == pytest.approx(-40.0, abs=0.01)


def test_a_loudspeaker_that_is_driven_adds_what_was_not_there() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(RATE_HZ) / RATE_HZ)
    assert np.array_equal(rooms.distorted(tone, 0.0), tone)
    spectrum = np.abs(np.fft.rfft(rooms.distorted(tone, 0.5)))
    assert spectrum[1000] > 0.002 * spectrum[500]
    assert spectrum[1500] > 0.01 * spectrum[500]


def test_another_rate_is_the_same_sound() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(22050) / 22050)
    other = speech.resample(tone, 22050, RATE_HZ)
    assert len(other) == RATE_HZ
    assert level_db(other) == pytest.approx(level_db(tone), abs=0.01)
    assert np.abs(np.fft.rfft(other)).argmax() == 500
