"""One visit at a synthetic door: the far end speaks alone, then both, then the visitor alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .quality import level_db, score, speech_lost_db
from .rooms import AtMicrophone, Scene, at_microphone
from .speech import FAR_VOICES, NEAR_VOICES, Samples, speech

PART_S = 6.0
SETTLED_S = 2.0

Cancel = Callable[[bytes, bytes], bytes]
"""A captured frame, and the one played last: what the far end hears."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What was said and heard at a door, from -1 to 1 at `rate_hz`; `far` is what the loudspeaker played."""

    rate_hz: int
    far: Samples
    at: AtMicrophone

    def heard_by_far_end(self, cancel: Cancel, frame_samples: int | None = None) -> Samples:
        """What the far end hears, frame by frame of 20 ms, if not told otherwise."""
        frame = frame_samples or self.rate_hz // 50
        captured, played = whole(self.at.echo + self.at.near + self.at.noise), whole(self.far)
        out = [
            np.frombuffer(
                cancel(captured[at : at + frame].tobytes(), played[at : at + frame].tobytes()), np.int16
            )
            for at in range(0, len(captured) - frame + 1, frame)
        ]
        return np.concatenate(out).astype(np.float64) / 32768

    def echo_left_db(self, heard: Samples) -> float:
        """How loud the echo is beside what the microphone heard of it, from 2 s on: below 0."""
        part = slice(round(SETTLED_S * self.rate_hz), round(PART_S * self.rate_hz))
        return level_db(heard[part]) - level_db(self.at.echo[part])

    def lost_in_double_talk_db(self, heard: Samples) -> float:
        """How much of the visitor is lost while both speak."""
        return speech_lost_db(*self._both(heard), self.rate_hz)

    def score_in_double_talk(self, heard: Samples) -> float:
        """The same by PESQ."""
        return score(*self._both(heard), self.rate_hz)

    def lost_alone_db(self, heard: Samples) -> float:
        """How much of the visitor is lost while he speaks alone."""
        part = slice(round(2 * PART_S * self.rate_hz), len(heard))
        return speech_lost_db(heard[part], self.at.near[: len(heard)][part], self.rate_hz)

    def _both(self, heard: Samples) -> tuple[Samples, Samples]:
        part = slice(round(PART_S * self.rate_hz), round(2 * PART_S * self.rate_hz))
        return heard[part], self.at.near[part]


def visit(scene: Scene, rate_hz: int) -> Visit:
    """A visit at this door."""
    part = round(PART_S * rate_hz)
    far = speech(FAR_VOICES, 0, 3 * PART_S, rate_hz)
    near = speech(NEAR_VOICES, 1, 3 * PART_S, rate_hz)
    far[2 * part :] = 0
    near[:part] = 0
    return Visit(rate_hz, far, at_microphone(scene, far, near, rate_hz))


def whole(sound: Samples) -> NDArray[np.int16]:
    """As a card has it."""
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
