"""The echo of a call: what the microphone heard of it, what was sent of that, and how much less that is."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

from .hearing import Series
from .sound import Heard

_AUDIBLE_PEAK = 100
"""-50 dBFS."""

_LEARNS_S = 2.0
_PEAK_S = 0.02
_SHORTEST_S = 0.5
_PAUSE_S = 0.6
_HEARD_RMS = 33.0
"""-60 dBFS: of less than that nothing can be said."""

_ROUNDED = 1 / 12
"""What rounding to whole numbers leaves of a sound that is quite gone, as power."""


@dataclass(frozen=True, slots=True)
class Echo:
    """Three recordings that begin at one moment, what worked on them, and when the visitor began to speak."""

    microphone: Heard
    sent: Heard
    played: Heard
    by: str
    visitor_from_s: float | None = None

    @property
    def far_s(self) -> list[tuple[float, float]]:
        """The stretches in which something is played, over pauses between words: from, until."""
        found: list[tuple[float, float]] = []
        for at_s, peak in peaks(self.played):
            if peak <= _AUDIBLE_PEAK:
                continue
            begins = found.pop()[0] if found and at_s - found[-1][1] < _PAUSE_S else at_s
            found.append((begins, at_s + _PEAK_S))
        return found

    @property
    def erle_db(self) -> float | None:
        """Echo return loss enhancement while the loudspeaker sounds alone, from 2 s after its first sound on.

        None where that is less than half a second, or nothing of it is heard (ITU-T G.168 has the term).
        """
        stretches = self.far_s
        if not stretches:
            return None
        begins_s, ends_s = stretches[0]
        from_s = begins_s + _LEARNS_S
        end_s = ends_s if self.visitor_from_s is None else min(ends_s, self.visitor_from_s)
        if end_s - from_s < _SHORTEST_S:
            return None
        heard, left = (_power(one, from_s, end_s) for one in (self.microphone, self.sent))
        if heard < _HEARD_RMS**2:
            return None
        return 10 * math.log10((heard + _ROUNDED) / (left + _ROUNDED))


def peaks(heard: Heard) -> Series:
    """The peak of each 20 ms, with its moment."""
    samples, step = array("h", heard.pcm[: len(heard.pcm) // 2 * 2]), round(_PEAK_S * heard.rate_hz)
    return [
        (heard.start_s + at / heard.rate_hz, min(32767, max(map(abs, samples[at : at + step]))))
        for at in range(0, len(samples) - step + 1, step)
    ]


def _power(heard: Heard, from_s: float, until_s: float) -> float:
    """The mean square of a stretch."""
    first, end = (max(0, round((at_s - heard.start_s) * heard.rate_hz)) for at_s in (from_s, until_s))
    samples = array("h", heard.pcm[2 * first : 2 * end])
    return sum(one * one for one in samples) / max(1, len(samples))
