"""Two cards that drift apart: when a frame is played a sample longer or shorter, and how. Pure."""

from __future__ import annotations

from array import array
from itertools import pairwise

_LOW_FRAMES = 0.3
_ADDED_S = 0.001
"""How much is put in at a time."""


class Drift:
    """How many samples the loudspeaker's queue is to gain or lose, a sample a frame.

    That follows 3,000 parts in a million at 16 kHz; two cards are 100 apart, and bad ones 1000.
    """

    def __init__(self, frame_samples: int, rate_hz: int) -> None:
        self._low_samples = round(_LOW_FRAMES * frame_samples)
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
            return longer(frame)
        if self._owed_samples < 0:
            self._owed_samples += 1
            return shorter(frame)
        return frame


def longer(frame: bytes) -> bytes:
    """A frame (S16) with one sample more, where its wave is flattest: that is not heard."""
    samples = array("h", frame)
    at = _flattest(samples)
    samples.insert(at + 1, (samples[at] + samples[at + 1]) // 2)
    return samples.tobytes()


def shorter(frame: bytes) -> bytes:
    """A frame (S16) with one sample less, where its wave is flattest."""
    samples = array("h", frame)
    at = _flattest(samples)
    samples[at : at + 2] = array("h", [(samples[at] + samples[at + 1]) // 2])
    return samples.tobytes()


def _flattest(samples: array[int]) -> int:
    steps = [abs(after - before) for before, after in pairwise(samples)]
    return steps.index(min(steps))
