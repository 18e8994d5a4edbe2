"""The way from a loudspeaker to the microphone beside it: later, weaker, and by the walls a little more."""

from __future__ import annotations

import random
from array import array

DIRECT_MS = 30.0
LOSS_DB = 4.0
# How much later than the direct sound, and which share of it; a wall may turn its sign.
_WALLS = ((0.0, 1.0), (0.9, 0.45), (3.1, -0.4), (6.7, 0.3), (11.2, -0.22), (19.0, 0.15), (31.0, -0.1))
_NOISE_PEAK = 3
"""-83 dBFS: no microphone is silent."""


class EchoPath:
    """Frames are mono S16 of one length; what is played in one is heard at the earliest in the next."""

    def __init__(self, rate_hz: int, direct_ms: float = DIRECT_MS, loss_db: float = LOSS_DB) -> None:
        direct = 10 ** (-loss_db / 20)
        taps = [
            (round((direct_ms + later_ms) * rate_hz / 1000), direct * share) for later_ms, share in _WALLS
        ]
        self._taps = taps
        self._before = [0] * (max(late for late, _ in taps))
        self._coming: list[float] = []
        chance = random.Random(5)
        self._noise = [chance.randint(-_NOISE_PEAK, _NOISE_PEAK) for _ in range(rate_hz)]
        self._at = 0

    def played(self, frame: bytes) -> None:
        """Play a frame."""
        samples = [*self._before, *array("h", frame)]
        first, end = len(self._before), len(samples)
        coming = [0.0] * (end - first)
        for late, share in self._taps:
            if late < len(coming):
                # It would be heard while it is played: the card has no way to tell.
                raise ValueError(f"a way of {late} samples is shorter than a frame of {len(coming)}")
            part = samples[first - late + len(coming) : end - late + len(coming)]
            coming = [now + share * one for now, one in zip(coming, part, strict=True)]
        self._coming = coming
        self._before = samples[-len(self._before) :]

    def over(self, frame: bytes) -> bytes:
        """The microphone's next frame, with the echo in it."""
        samples = array("h", frame)
        echo = self._coming or [0.0] * len(samples)
        self._coming = []
        if self._at + len(samples) > len(self._noise):
            self._at = 0
        noise = self._noise[self._at : self._at + len(samples)]
        self._at += len(samples)
        heard = (round(a + b) + c for a, b, c in zip(samples, echo, noise, strict=True))
        return array("h", [max(-32768, min(32767, one)) for one in heard]).tobytes()
