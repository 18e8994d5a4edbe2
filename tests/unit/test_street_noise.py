"""The loudspeaker follows the street's noise: slowly, up to its ceiling, in calls alone, and never itself."""

from __future__ import annotations

import math
import random
from array import array
from itertools import pairwise

import pytest

from portier.adapters.audio.processing.levels import Limiter, share
from portier.adapters.audio.processing.making import make_chain, needed
from portier.adapters.audio.processing.street_noise import NoiseFloor, StreetFollower, level_dbfs
from portier.sound_settings import NoiseFollowing, SoundProcessing

RATE_HZ, SAMPLES, A_SECOND = 8000, 160, 50
SETTINGS = NoiseFollowing(from_dbfs=-50.0, most_db=8.0)
CALM_DBFS, BUSY_DBFS, ROARING_DBFS = -60.0, -45.0, -25.0


def street(dbfs: float, seconds: float, seed: int = 1) -> list[bytes]:
    rng, size = random.Random(seed), 32768 * share(dbfs)
    return [
        array("h", [round(max(-32768, min(32767, rng.gauss(0, size)))) for _ in range(SAMPLES)]).tobytes()
        for _ in range(round(seconds * A_SECOND))
    ]


def speech(dbfs: float, frames: list[bytes]) -> list[bytes]:
    """Syllables of 0.3 s with 0.2 s between them, over the street."""
    peak = 32768 * share(dbfs) * math.sqrt(2)
    voiced = [peak * math.sin(2 * math.pi * 300 * n / RATE_HZ) for n in range(SAMPLES)]
    return [
        array("h", [round(a + b) for a, b in zip(array("h", frame), voiced, strict=True)]).tobytes()
        if place % 25 < 15
        else frame
        for place, frame in enumerate(frames)
    ]


def gains(follower: StreetFollower, frames: list[bytes], played_peak: int = 0) -> list[float]:
    return [follower.take(frame, played_peak) for frame in frames]


def test_the_level_of_a_frame_is_its_effective_value_without_a_constant() -> None:
    square = array("h", [1000 + 328, 1000 - 328] * (SAMPLES // 2)).tobytes()
    assert level_dbfs(square) == pytest.approx(-40.0, abs=0.05)
    assert level_dbfs(bytes(2 * SAMPLES)) == -96.0


def test_a_step_of_noise_is_followed_by_its_decibels_and_back_again() -> None:
    follower = StreetFollower(SETTINGS, 0.02)
    assert set(gains(follower, street(CALM_DBFS, 6))) == {0.0}, "below the threshold"
    busy = gains(follower, street(BUSY_DBFS, 12))
    assert busy[3 * A_SECOND] == 0.0, "what lasts for three seconds may be a lorry"
    assert busy[-1] == pytest.approx(BUSY_DBFS - SETTINGS.from_dbfs, abs=1.0)
    assert gains(follower, street(CALM_DBFS, 4))[-1] == 0.0


def test_it_never_passes_its_ceiling_and_changes_by_three_decibels_a_second_at_most() -> None:
    follower = StreetFollower(SETTINGS, 0.02)
    all_gains = gains(follower, street(CALM_DBFS, 2) + street(ROARING_DBFS, 10) + street(CALM_DBFS, 2))
    assert max(all_gains) == SETTINGS.most_db
    assert all(abs(later - sooner) <= 0.0601 for sooner, later in pairwise(all_gains))


def test_a_visitor_who_speaks_is_no_noise() -> None:
    follower = StreetFollower(SETTINGS, 0.02)
    assert max(gains(follower, speech(-20.0, street(CALM_DBFS, 20)))) == 0.0


def test_what_the_loudspeaker_plays_is_no_noise() -> None:
    follower = StreetFollower(SETTINGS, 0.02)
    gains(follower, street(CALM_DBFS, 6))
    assert max(gains(follower, street(ROARING_DBFS, 20), played_peak=3000)) == 0.0
    echo_dies = gains(follower, street(ROARING_DBFS, 0.3))
    assert max(echo_dies) == 0.0


@pytest.mark.parametrize("far_peak", [0, 12, 40, 150])
def test_a_telephone_that_hisses_neither_hides_the_street_nor_keeps_a_call_loud(far_peak: int) -> None:
    follower = StreetFollower(SETTINGS, 0.02)

    def after(dbfs: float, seconds: float) -> float:
        for frame in street(dbfs, seconds):
            follower.take(frame, round(far_peak * 10 ** (follower.gain_db / 20)))
        return follower.gain_db

    assert after(CALM_DBFS, 8) == 0.0
    assert after(ROARING_DBFS, 12) == SETTINGS.most_db
    assert after(CALM_DBFS, 30) == 0.0


def test_a_call_knows_nothing_of_the_one_before() -> None:
    follower = StreetFollower(SETTINGS, 0.02)
    assert gains(follower, street(ROARING_DBFS, 8))[-1] > 0
    follower.begin()
    assert max(gains(follower, street(ROARING_DBFS, 3))) == 0.0


def test_a_floor_falls_at_once_and_rises_late() -> None:
    floor = NoiseFloor(0.02)
    for frame in street(BUSY_DBFS, 4):
        floor.take(frame)
    high = floor.dbfs
    assert high == pytest.approx(BUSY_DBFS, abs=1.5)
    for frame in street(CALM_DBFS, 0.1):
        floor.take(frame)
    assert floor.dbfs == pytest.approx(CALM_DBFS, abs=1.5)
    for frame in street(BUSY_DBFS, 3):
        floor.take(frame)
    assert floor.dbfs == pytest.approx(CALM_DBFS, abs=1.5)


def played_peak(processing: SoundProcessing, *, in_call: bool) -> int:
    chain = make_chain(processing, RATE_HZ)
    chain.begin()
    tone = array("h", [1000, -1000] * (SAMPLES // 2)).tobytes()
    for frame in street(ROARING_DBFS, 10):
        if in_call:
            chain.toward_far_end(frame)
        chain.toward_loudspeaker(bytes(2 * SAMPLES))
    if in_call:
        chain.toward_far_end(bytes(2 * SAMPLES))
    return max(array("h", chain.toward_loudspeaker(tone)))


def test_in_a_call_alone_is_anything_louder_for_the_street() -> None:
    following = SoundProcessing(speaker_limit_dbfs=-1.0, follow_noise=SETTINGS)
    assert needed(following)
    assert played_peak(following, in_call=True) == pytest.approx(1000 * share(8.0), rel=0.02)
    assert played_peak(following, in_call=False) == 1000


def test_a_tone_after_the_call_is_as_loud_as_ever() -> None:
    chain = make_chain(SoundProcessing(speaker_limit_dbfs=-1.0, follow_noise=SETTINGS), RATE_HZ)
    chain.begin()
    for frame in street(ROARING_DBFS, 10):
        chain.toward_far_end(frame)
        chain.toward_loudspeaker(bytes(2 * SAMPLES))
    tone = array("h", [1000, -1000] * (SAMPLES // 2)).tobytes()
    for _ in range(2):
        after = chain.toward_loudspeaker(tone)
    assert max(array("h", after)) == 1000


def test_without_a_limiter_nothing_follows_the_street() -> None:
    unlimited = SoundProcessing(speaker_limit_dbfs=0.0, follow_noise=SETTINGS)
    assert played_peak(unlimited, in_call=True) == 1000


def test_the_limit_stands_whatever_the_street_does() -> None:
    chain = make_chain(
        SoundProcessing(speaker_gain_db=10.0, speaker_limit_dbfs=-6.0, follow_noise=SETTINGS), RATE_HZ
    )
    chain.begin()
    loud = array("h", [20000, -20000] * (SAMPLES // 2)).tobytes()
    for place, frame in enumerate(street(ROARING_DBFS, 10)):
        chain.toward_far_end(frame)
        heard = array("h", chain.toward_loudspeaker(loud if place > 450 else bytes(2 * SAMPLES)))
        assert max(*heard, -min(heard)) <= 32768 * share(-6.0)


def test_another_gain_by_night_counts_from_the_next_frame_on() -> None:
    limiter = Limiter(RATE_HZ, 0.0, -1.0)
    tone = array("h", [1000, -1000] * (SAMPLES // 2)).tobytes()
    limiter.set_gain(-20.0)
    limiter.limited(tone)
    assert max(array("h", limiter.limited(tone))) == 100
    night = SoundProcessing(speaker_gain_varies=True)
    assert needed(night)
    chain = make_chain(night, RATE_HZ)
    chain.set_speaker_gain(-20.0)
    chain.toward_loudspeaker(tone)
    assert max(array("h", chain.toward_loudspeaker(tone))) == 100
