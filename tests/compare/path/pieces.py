"""Speech that was said and speech that was heard: where it begins, and its PESQ, piece by piece."""

from __future__ import annotations

import numpy as np
from tests.compare.echo.quality import score
from tests.compare.echo.speech import Samples, resample

PIECE_S = 8.0
"""P.862 is made for eight to twelve seconds at a time."""

LONGEST_DELAY_S = 1.5
_EARLY_S = 0.05
_FULL_RATE_HZ = 16000


def begins_at(heard: Samples, said: Samples, rate_hz: int) -> int:
    """The sample of `heard` at which `said` begins, up to a second and a half in; ValueError for silence."""
    if not heard.any():
        raise ValueError("nothing was heard")
    size = 1 << (len(heard) + len(said)).bit_length()
    together = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    return int(together[: round(LONGEST_DELAY_S * rate_hz)].argmax())


def scores(heard: Samples, said: Samples, rate_hz: int) -> list[float]:
    """PESQ of every piece of eight seconds, both sounds at 16 kHz; the narrow-band one at `rate_hz` 8000.

    ValueError where less than one piece was heard.
    """
    begins = begins_at(heard, said, _FULL_RATE_HZ)
    piece, early = round(PIECE_S * _FULL_RATE_HZ), round(_EARLY_S * _FULL_RATE_HZ)
    found = []
    for start in range(0, len(said) - piece + 1, piece):
        # A line that has become quicker since the beginning must not cut off the first syllable.
        first = max(0, begins + start - early)
        late = heard[first : first + piece]
        if len(late) < piece:
            break
        came = resample(late, _FULL_RATE_HZ, rate_hz)
        went = resample(said[start : start + piece], _FULL_RATE_HZ, rate_hz)
        found.append(score(came, went, rate_hz))
    if not found:
        raise ValueError(f"only {len(heard) / _FULL_RATE_HZ:.1f} s were heard")
    return found
