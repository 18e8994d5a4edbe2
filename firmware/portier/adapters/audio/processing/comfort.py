"""What the far end hears of a muted microphone: noise as loud as the street was, and nothing else."""

from __future__ import annotations

import random
from array import array

from portier.adapters.audio.tones import FRAME_MS

from .levels import scaled, share
from .street_noise import NoiseFloor

_MADE_S = 2.0
_MADE_DBFS = -30.0
_LOWPASS = 0.6
_SEED = 1
_UNKNOWN_DBFS, _LEAST_DBFS, _MOST_DBFS = -60.0, -70.0, -45.0
"""Before the street was heard; and what is never passed: dead silence sounds like a call that is over."""


class ComfortNoise:
    """Frames of `frame_ms`, mono S16 at `rate_hz`. For one thread only.

    The level is what was sent never fell below for 4 s; while muted it stays, and what is sent depends on
    nothing that the microphone hears.
    """

    def __init__(self, rate_hz: int, frame_ms: int = FRAME_MS) -> None:
        self._random = random.Random(_SEED)  # noqa: S311 -- noise
        self._frame_samples = rate_hz * frame_ms // 1000
        self._frame_s = frame_ms / 1000
        self._noise = self._made(round(rate_hz * _MADE_S))
        self.begin()

    def begin(self) -> None:
        """A call begins: nothing is known of the street."""
        self._floor = NoiseFloor(self._frame_s)

    def heard(self, sent: bytes) -> None:
        """Take a frame that the far end was sent of the microphone."""
        self._floor.take(sent)

    def frame(self) -> bytes:
        """The next frame in place of the microphone's."""
        self._floor.forget_block()
        known_dbfs = _UNKNOWN_DBFS if self._floor.dbfs is None else self._floor.dbfs
        gain = share(max(_LEAST_DBFS, min(known_dbfs, _MOST_DBFS)) - _MADE_DBFS)
        begins = self._random.randrange(len(self._noise) - self._frame_samples)
        return scaled(self._noise[begins : begins + self._frame_samples].tobytes(), gain, gain)

    def _made(self, samples: int) -> array[int]:
        """Noise with fewer highs than lows, as a street's is."""
        last, drawn = 0.0, []
        for _ in range(samples):
            last = _LOWPASS * last + self._random.gauss(0.0, 1.0)
            drawn.append(last)
        size = 32768 * share(_MADE_DBFS) * (1 - _LOWPASS**2) ** 0.5
        return array("h", [max(-32768, min(32767, round(size * one))) for one in drawn])
