"""How loud the loudspeaker is by night, and in a noisy street, in the configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from portier.core.rules import SpeakerGainByProfile
from portier.sound_settings import NoiseFollowing, SoundProcessing

from .base import Section
from .texts import Name, allowed

MOST_DB = 10.0


class SpeakerGainByProfileConfig(Section):
    """How much louder everything is played while a profile applies."""

    profile: Name = Field(description="The time profile.")
    gain_db: float = Field(ge=-40, le=20, description="How much louder everything is played then.")


class LoudnessKeys(Section):
    """Day, night and the street: a part of [audio]."""

    speaker_gain_by_profile: Annotated[
        tuple[SpeakerGainByProfileConfig, ...],
        Field(strict=False, max_length=16),
        allowed('a list: [{ profile = "night", gain_db = -12 }]'),
    ] = Field((), description="What speaker_gain_db is instead while a time profile applies; the first wins.")
    follow_noise_from_dbfs: float | None = Field(
        None,
        ge=-80,
        le=-10,
        description="From which level of the street's noise at the microphone (effective value) everything "
        "is played louder, in calls alone: a decibel for a decibel. Left out: the street changes nothing.",
    )
    follow_noise_most_db: float = Field(
        MOST_DB, ge=1, le=20, description="How much louder for it at most; never above speaker_limit_dbfs."
    )
    loop_gain_db: float | None = Field(
        None,
        ge=-40,
        le=20,
        description="How much louder the card's right channel plays, which then feeds a hearing loop's "
        "amplifier; the loudspeaker has the left. Left out: both play the same.",
    )


def gains(keys: LoudnessKeys) -> tuple[SpeakerGainByProfile, ...]:
    """Say it to the core."""
    return tuple(SpeakerGainByProfile(one.profile, one.gain_db) for one in keys.speaker_gain_by_profile)


def added(to: SoundProcessing, keys: LoudnessKeys, speaker_limit_dbfs: float) -> SoundProcessing:
    """Say it to the media thread."""
    from_dbfs = keys.follow_noise_from_dbfs
    if from_dbfs is None:
        return replace(to, speaker_gain_varies=bool(keys.speaker_gain_by_profile))
    return replace(
        to,
        speaker_gain_varies=bool(keys.speaker_gain_by_profile),
        follow_noise=NoiseFollowing(from_dbfs, keys.follow_noise_most_db),
        # A simulated card has none otherwise, and nothing follows the street without one.
        speaker_limit_dbfs=speaker_limit_dbfs,
    )
