"""What is done to the sound of a call, in the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portier.sound_settings import SoundProcessing, VoiceSwitchSettings

from .base import Section
from .texts import allowed


def _a_level(suppression_db: int) -> int:
    if suppression_db not in _LEVELS_DB:
        raise ValueError("is no level of noise suppression")
    return suppression_db


_LEVELS_DB = (0, 6, 12, 18, 21)
Suppression = Annotated[int, AfterValidator(_a_level), allowed("0, 6, 12, 18 or 21")]


class SoundKeys(Section):
    """Delay, echo, noise and levels of a call: a part of [audio]."""

    latency: Literal["normal", "low"] = Field(
        "normal",
        description="How soon each side is heard: low works on 10 ms of sound at a time in place of 20, for "
        "5 to 15 ms less of delay there and back and up to half as much CPU again. On a busy machine the "
        "loudspeaker may run dry (an xrun), and the delay grow by 10 ms. A simulated card has normal.",
    )
    echo: Literal["auto", "aec3", "half-duplex", "off"] = Field(
        "auto",
        description="What keeps the far end from hearing itself: aec3 cancels the echo, half-duplex turns "
        "the microphone down while the far end speaks. auto: aec3 where pywebrtc-audio is installed, else "
        "half-duplex. A simulated card has no echo: auto leaves its sound as it is.",
    )
    half_duplex_threshold_dbfs: float = Field(
        -40.0, ge=-70, le=-6, description="From which peak on the far end has the line, by half-duplex."
    )
    half_duplex_hang_over_ms: int = Field(
        250, ge=20, le=2000, description="For how long after its last word it has it."
    )
    half_duplex_depth_db: float = Field(
        30.0, ge=6, le=60, description="How far the microphone is turned down meanwhile."
    )
    noise_suppression_db: Suppression = Field(
        0, description="How far the street's steady noise is turned down; 0 for not at all. It takes 6 ms."
    )
    gain_control_most_db: float = Field(
        0.0, ge=0, le=30, description="How much a quiet visitor is made louder at most; 0 for not at all."
    )
    high_pass: bool = Field(
        True, description="Whether what is below 100 Hz is left out of the microphone: wind, traffic, hum."
    )
    microphone_gain_db: float = Field(
        0.0, ge=-20, le=20, description="How much louder the visitor is sent than the card hears him."
    )
    speaker_gain_db: float = Field(
        0.0, ge=-40, le=20, description="How much louder everything is played than it comes."
    )
    speaker_limit_dbfs: float = Field(
        -1.0, ge=-30, le=0, description="What no sample at the loudspeaker is ever above."
    )


def frame_ms(keys: SoundKeys, card: str) -> int:
    """How much sound is worked on at a time."""
    return 10 if keys.latency == "low" and card == "alsa" else 20


def processing(keys: SoundKeys, *, simulated: bool) -> SoundProcessing:
    """Say it to the media thread. A simulated card is left alone, unless the keys say otherwise."""
    alone = simulated and keys.echo == "auto"
    return SoundProcessing(
        echo="off" if alone else keys.echo,
        voice_switch=VoiceSwitchSettings(
            keys.half_duplex_threshold_dbfs, keys.half_duplex_hang_over_ms, keys.half_duplex_depth_db
        ),
        noise_suppression_db=keys.noise_suppression_db,
        gain_control_most_db=keys.gain_control_most_db,
        high_pass=keys.high_pass and not alone,
        microphone_gain_db=keys.microphone_gain_db,
        speaker_gain_db=keys.speaker_gain_db,
        speaker_limit_dbfs=0.0 if alone else keys.speaker_limit_dbfs,
    )
