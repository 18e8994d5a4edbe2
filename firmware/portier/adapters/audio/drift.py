"""Two cards that drift apart: when a frame is played a sample longer or shorter, and how. Pure."""

from __future__ import annotations

from array import array
from itertools import pairwise

RESERVE_S = 0.008
"""What a loudspeaker keeps, however short a frame is: a thread beside one that computes was 3 ms late."""

_ADDED_S = 0.001
"""How much is put in at a time."""


class Drift:
    """How many samples the loudspeaker's queue is to gain or lose, a sample of each channel a frame.

    That follows 3,000 parts in a million at 16 kHz; two cards are 100 apart, and bad ones 1000.
    """

    def __init__(self, rate_hz: int, channels: int = 1) -> None:
        self._channels = channels
        self._low_samples = round(RESERVE_S * rate_hz)
        self._added_samples = round(_ADDED_S * rate_hz)
        self._owed_samples = 0

    def seen(self, depth_samples: int) -> None:
        """What waits was looked at, just before a frame is written."""
        if depth_samples < self._low_samples:
            self._owed_samples = self._added_samples

    def spare(self, samples: int) -> None:
        """So much less may wait from now on."""
        self._owed_samples = -samples

    def suited(self, frame: bytes) -> bytes:
        """The frame (S16) as it is to be played."""
        if self._owed_samples > 0:
            self._owed_samples -= 1
            return longer(frame, self._channels)
        if self._owed_samples < 0:
            self._owed_samples += 1
            return shorter(frame, self._channels)
        return frame


def longer(frame: bytes, channels: int = 1) -> bytes:
    """A frame (S16, interleaved) with one sample more of each channel, where its wave is flattest."""
    samples = array("h", frame)
    after = channels * (_flattest(samples, channels) + 1)
    samples[after:after] = _between(samples, after, channels)
    return samples.tobytes()


def shorter(frame: bytes, channels: int = 1) -> bytes:
    """A frame (S16, interleaved) with one sample less of each channel, where its wave is flattest."""
    samples = array("h", frame)
    after = channels * (_flattest(samples, channels) + 1)
    samples[after - channels : after + channels] = _between(samples, after, channels)
    return samples.tobytes()


def _flattest(samples: array[int], channels: int) -> int:
    """Looked for in the first channel."""
    steps = [abs(after - before) for before, after in pairwise(samples[::channels])]
    return steps.index(min(steps))


def _between(samples: array[int], after: int, channels: int) -> array[int]:
    return array("h", [(samples[at - channels] + samples[at]) // 2 for at in range(after, after + channels)])
