"""The loudspeaker by night and in a noisy street, in the configuration: what is taken, what is refused."""

from __future__ import annotations

import pytest
from tests.unit.test_config_signals import HEAD, SIMULATED, problems

from portier.config import load, planned
from portier.config.effective import effective
from portier.core.rules import SpeakerGainByProfile
from portier.sound_settings import NoiseFollowing, SoundProcessing

NIGHT = '[profiles.night]\nhours = ["22:00-06:00"]\n'
BY_NIGHT = 'speaker_gain_by_profile = [{ profile = "night", gain_db = -12 }]\n'


def test_what_is_left_out_costs_nothing() -> None:
    plan = planned.plan(load.from_text(HEAD + SIMULATED))
    assert plan.sound.processing == SoundProcessing()
    assert plan.rules.speaker_gain_by_profile == ()


def test_the_night_reaches_the_core_and_the_media_thread() -> None:
    config = load.from_text(HEAD + SIMULATED + "speaker_gain_db = 3\n" + BY_NIGHT + NIGHT)
    plan = planned.plan(config)
    assert plan.rules.speaker_gain_db == 3
    assert plan.rules.speaker_gain_by_profile == (SpeakerGainByProfile("night", -12),)
    assert plan.sound.processing.speaker_gain_varies
    assert load.from_text(effective(config)) == config


def test_the_street_is_followed_with_a_limiter_on_a_simulated_card_too() -> None:
    follow = "follow_noise_from_dbfs = -50\nfollow_noise_most_db = 6\n"
    processing = planned.plan(load.from_text(HEAD + SIMULATED + follow)).sound.processing
    assert processing.follow_noise == NoiseFollowing(-50, 6)
    assert processing.speaker_limit_dbfs == -1.0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SIMULATED + BY_NIGHT + "[profiles.nigth]\n", "audio.speaker_gain_by_profile.1.profile: "),
        (SIMULATED + "follow_noise_most_db = 6\n", "audio.follow_noise_most_db: does nothing without"),
        (
            SIMULATED + "follow_noise_from_dbfs = -50\nspeaker_limit_dbfs = 0\n",
            "audio.follow_noise_from_dbfs: needs a speaker_limit_dbfs below 0",
        ),
        (
            '[audio]\ncard = "none"\nfollow_noise_from_dbfs = -50\n',
            'audio.follow_noise_from_dbfs: does nothing with card = "none"',
        ),
        (
            '[audio]\ncard = "none"\n' + BY_NIGHT + NIGHT,
            'audio.speaker_gain_by_profile: does nothing with card = "none"',
        ),
    ],
)
def test_what_does_nothing_or_would_clip_is_told(text: str, problem: str) -> None:
    told = problems(HEAD + text)
    assert any(problem in line for line in told), told
