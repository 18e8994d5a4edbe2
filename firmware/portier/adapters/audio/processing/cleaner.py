"""Noise suppression, automatic gain and high-pass by WebRTC, of pywebrtc-audio; gains by numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pywebrtc_audio import AudioProcessor

from .levels import Arithmetic

_LEVELS_DB = (6, 12, 18, 21)


class Cleaner:
    """Works on the microphone's sound once the echo is out of it. For one thread only.

    `suppression_db` is 0 (off), 6, 12, 18 or 21; `most_gain_db` is how much may be added to a quiet voice, 0
    for nothing.
    """

    def __init__(self, rate_hz: int, high_pass: bool, suppression_db: int, most_gain_db: float) -> None:
        self._processor = AudioProcessor(
            sample_rate=rate_hz,
            high_pass_filter=high_pass,
            noise_suppression=suppression_db > 0,
            ns_level=_LEVELS_DB.index(suppression_db) if suppression_db else 0,
            auto_gain_control=most_gain_db > 0,
            agc_max_gain_db=most_gain_db,
        )
        self.cleaned(bytes(2 * (rate_hz // 50)))
        self._processor.reset()

    def cleaned(self, frame: bytes) -> bytes:
        """The next frame."""
        return self._processor.process(np.frombuffer(frame, np.int16)).tobytes()


def _scaled(frame: bytes, begins: float, ends: float, limit: int) -> bytes:
    """What `levels.scaled` does, in a tenth of the time."""
    samples = np.frombuffer(frame, np.int16)
    if begins == ends:
        louder = samples * np.float32(ends)
    else:
        louder = samples * (np.float32(ends - begins) * _ramp(len(samples)) + np.float32(begins))
    # Both of these take a fraction of what np.clip takes.
    np.minimum(louder, limit, out=louder)
    np.maximum(louder, -limit, out=louder)
    return louder.astype(np.int16).tobytes()


@lru_cache(maxsize=8)
def _ramp(count: int) -> NDArray[np.float32]:
    """Evenly up to 1 with the last sample."""
    return np.arange(1, count + 1, dtype=np.float32) / np.float32(count)


def _loudest(frame: bytes) -> int:
    """What `meter.peak` does, in a quarter of the time."""
    samples = np.frombuffer(frame, np.int16)
    return min(32767, max(int(samples.max()), -int(samples.min())))


FAST = Arithmetic(_scaled, _loudest)
"""By numpy."""
