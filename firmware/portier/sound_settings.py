"""How the sound of a call is worked on, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Telephony = Literal["french", "european"]
"""Whose ringing and busy tones the visitor hears."""

EchoChoice = Literal["auto", "aec3", "half-duplex", "off"]


@dataclass(frozen=True, slots=True)
class VoiceSwitchSettings:
    """When the far end takes the line from the visitor, for how long after its last word, and how far.

    `threshold_dbfs` is of peaks.
    """

    threshold_dbfs: float = -40.0
    hang_over_ms: int = 250
    depth_db: float = 30.0


@dataclass(frozen=True, slots=True)
class NoiseFollowing:
    """From which noise of the street on the loudspeaker is louder (effective value), and how much at most."""

    from_dbfs: float
    most_db: float


@dataclass(frozen=True, slots=True)
class SoundProcessing:
    """What is done to both ways of a call. 0 dB of suppression or of automatic gain: none.

    `speaker_gain_varies`: the gain will be another one at other times. `follow_noise` None: the street
    changes nothing.

    The defaults are those of a bench, which has no echo; a station's come from its configuration.
    """

    echo: EchoChoice = "off"
    voice_switch: VoiceSwitchSettings = field(default_factory=VoiceSwitchSettings)
    noise_suppression_db: int = 0
    gain_control_most_db: float = 0.0
    high_pass: bool = False
    microphone_gain_db: float = 0.0
    speaker_gain_db: float = 0.0
    speaker_limit_dbfs: float = 0.0
    speaker_gain_varies: bool = False
    follow_noise: NoiseFollowing | None = None
