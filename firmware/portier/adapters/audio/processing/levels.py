"""Gain, limiter and high-pass of frames (mono S16), in plain Python: they are there without numpy, too."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from typing import NamedTuple

from portier.adapters.audio.meter import peak

FULL_SCALE = 32767
Scale = Callable[[bytes, float, float, int], bytes]
"""What `scaled` does."""

_ATTACK_S = 0.002
_RECOVERS_DB_A_FRAME = 0.5


def share(db: float) -> float:
    """A number of decibels as a factor."""
    return float(10 ** (db / 20))


def scaled(frame: bytes, begins: float, ends: float, limit: int = FULL_SCALE) -> bytes:
    """The same frame with a gain that goes evenly from `begins` to `ends`; no sample is beyond the limit."""
    samples = memoryview(frame).cast("h")
    if begins == ends:
        louder = [int(sample * ends) for sample in samples]
    else:
        step = (ends - begins) / len(samples)
        louder = [int(sample * (begins + step * place)) for place, sample in enumerate(samples, 1)]
    return array("h", held(louder, limit)).tobytes()


def held(samples: list[int], limit: int = FULL_SCALE) -> list[int]:
    """The same samples, none beyond the limit."""
    if max(samples) <= limit and min(samples) >= -limit:
        return samples
    return [limit if one > limit else -limit if one < -limit else one for one in samples]


class Arithmetic(NamedTuple):
    """The two things that are computed of every frame: `scaled`, and its greatest sample without its sign."""

    scaled: Scale
    loudest: Callable[[bytes], int]


PLAIN = Arithmetic(scaled, peak)


class Limiter:
    """A gain, and a limit that no sample ever passes.

    Down within 2 ms of a frame that is too loud, up again by half a decibel a frame. For one thread only.
    """

    def __init__(
        self,
        rate_hz: int,
        gain_db: float,
        limit_dbfs: float,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        self._gain = self._now = share(gain_db)
        self._limit = min(FULL_SCALE, int((FULL_SCALE + 1) * share(limit_dbfs)))
        self._attack_bytes = 2 * max(1, round(rate_hz * _ATTACK_S))
        self._recovers = share(_RECOVERS_DB_A_FRAME)
        self._whole_bytes = 2 * rate_hz // 50
        self._scale, self._loudest = arithmetic or PLAIN

    def set_gain(self, gain_db: float) -> None:
        """Another gain from the next frame on."""
        self._gain = share(gain_db)

    def limited(self, frame: bytes) -> bytes:
        """The next frame as it may be played."""
        loudest = self._loudest(frame)
        wanted = self._gain if loudest * self._gain <= self._limit else self._limit / loudest
        begins, ends = self._now, min(wanted, self._now * self._recovers ** (len(frame) / self._whole_bytes))
        self._now = ends
        if begins == ends == 1.0:
            return frame
        if ends >= begins:
            return self._scale(frame, begins, ends, self._limit)
        attack, rest = frame[: self._attack_bytes], frame[self._attack_bytes :]
        return self._scale(attack, begins, ends, self._limit) + self._scale(rest, ends, ends, self._limit)


class HighPass:
    """A Butterworth filter of second order (R. Bristow-Johnson, Audio EQ Cookbook). For one thread only."""

    def __init__(self, rate_hz: int, corner_hz: float) -> None:
        turn = 2 * math.pi * corner_hz / rate_hz
        alpha, cosine = math.sin(turn) / math.sqrt(2), math.cos(turn)
        self._b = (1 + cosine) / 2 / (1 + alpha)
        self._a1, self._a2 = -2 * cosine / (1 + alpha), (1 - alpha) / (1 + alpha)
        self._one = self._two = 0.0

    def passed(self, frame: bytes) -> bytes:
        """The next frame without what is below the corner."""
        b, a1, a2, one, two = self._b, self._a1, self._a2, self._one, self._two
        out = []
        for sample in memoryview(frame).cast("h"):
            whole = b * sample
            value = whole + one
            one = two - 2 * whole - a1 * value
            two = whole - a2 * value
            out.append(int(value))
        # A filter that rings on towards nothing would compute with ever smaller numbers, which is slow.
        self._one, self._two = (one, two) if abs(one) + abs(two) > 1e-6 else (0.0, 0.0)
        return array("h", held(out)).tobytes()
