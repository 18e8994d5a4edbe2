"""A short tone through the loudspeaker, heard by the microphone: whether both work. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .tones import EDGE_S, FRAME_MS

TONE_HZ = 1000
LEVEL_DBFS = -20.0
"""Capped: nobody at the door, or asleep above it, is to be startled."""

_BEFORE_FRAMES, _TONE_FRAMES, _AFTER_FRAMES = 30, 25, 15
_SETTLES_FRAMES = 10
_PIECE_FRAMES = 5
_STANDS_OUT_DB = 9.0
_SILENT_DBFS = -96.0


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The tone at the microphone, and what is there of its frequency without it, in dBFS (RMS)."""

    tone_dbfs: float
    before_dbfs: float

    @property
    def passed(self) -> bool:
        """Whether the microphone heard the tone."""
        return self.tone_dbfs - self.before_dbfs >= _STANDS_OUT_DB

    @property
    def words(self) -> str:
        """What came of it, for people."""
        figures = f"{self.tone_dbfs:.0f} dBFS, {self.before_dbfs:.0f} before it"
        if self.passed:
            return f"passed: the microphone heard the loudspeaker's tone ({figures})"
        return f"failed: the microphone did not hear the loudspeaker's tone ({figures})"


class RunningTest:
    """A test as it goes, frame by frame of `frame_ms`; for one thread only."""

    def __init__(self, number: int, rate_hz: int, frame_ms: int = FRAME_MS) -> None:
        self.number = number
        self._rate_hz = rate_hz
        self._frames = _cut(b"".join(frames_of_test(rate_hz)), rate_hz, frame_ms)
        self._heard: list[bytes] = []

    def exchange(self, captured: bytes) -> bytes | None:
        """Take what was heard, and give what is to be played; None at its end."""
        if (frame := next(self._frames, None)) is not None:
            self._heard.append(captured)
        return frame

    @property
    def result(self) -> SelfTest:
        """What came of it."""
        return judged(list(_cut(b"".join(self._heard), self._rate_hz, FRAME_MS)), self._rate_hz)


def _cut(pcm: bytes, rate_hz: int, frame_ms: int) -> Iterator[bytes]:
    size = 2 * (rate_hz * frame_ms // 1000)
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


def judged(heard: list[bytes], rate_hz: int) -> SelfTest:
    """Judge the frames that were heard while the self-test's were played.

    The tone has to be there for long: of the time in which it may come, the loudest fifth of a second counts,
    by the weaker of its halves; of the time before, the loudest tenth.
    """
    before = _levels(heard[_SETTLES_FRAMES:_BEFORE_FRAMES], rate_hz)
    during = _levels(heard[_BEFORE_FRAMES:], rate_hz)
    pairs = [min(pair) for pair in pairwise(during)]
    return SelfTest(max(pairs, default=_SILENT_DBFS), max(before, default=_SILENT_DBFS))


def frames_of_test(rate_hz: int) -> Iterator[bytes]:
    """All that a test plays: silence, the tone, silence."""
    size = rate_hz * FRAME_MS // 1000
    count = size * _TONE_FRAMES
    loudest = 32767 * 10 ** (LEVEL_DBFS / 20)
    edge = EDGE_S * rate_hz
    turn = 2 * math.pi * TONE_HZ / rate_hz
    tone = array(
        "h",
        [
            round(loudest * min(1.0, i / edge, (count - 1 - i) / edge) * math.sin(turn * i))
            for i in range(count)
        ],
    )
    silent = bytes(2 * size)
    yield from [silent] * _BEFORE_FRAMES
    for start in range(0, count, size):
        yield tone[start : start + size].tobytes()
    yield from [silent] * _AFTER_FRAMES


def _levels(frames: list[bytes], rate_hz: int) -> list[float]:
    """The tone's level in each tenth of a second."""
    whole = len(frames) // _PIECE_FRAMES * _PIECE_FRAMES
    return [
        _level(b"".join(frames[start : start + _PIECE_FRAMES]), rate_hz)
        for start in range(0, whole, _PIECE_FRAMES)
    ]


def _level(piece: bytes, rate_hz: int) -> float:
    """The level of the tone's frequency (Goertzel)."""
    samples = memoryview(piece).cast("h")
    twice = 2 * math.cos(2 * math.pi * TONE_HZ / rate_hz)
    one = two = 0.0
    for sample in samples:
        one, two = sample + twice * one - two, one
    power = max(0.0, one * one + two * two - twice * one * two) * 2 / len(samples) ** 2
    return max(_SILENT_DBFS, 10 * math.log10(power / 32768**2)) if power > 0 else _SILENT_DBFS
