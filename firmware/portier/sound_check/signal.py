"""What a test plays: silence, then sweeps that nothing else in a street sounds like. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Curve = NDArray[np.float64]

SETTLES_S = 0.3
"""A card that has just been opened may click."""

SILENCE_S = 1.0
SWEEP_S = 0.25
PERIOD_S = 0.9
SWEEPS = 5
LEVEL_DBFS = -12.0
FROM_HZ, TO_HZ = 300.0, 3000.0
_EDGE_S = 0.02


def sweep(rate_hz: int) -> Curve:
    """One sweep at full scale, 300 to 3000 Hz: what a telephone carries and a small loudspeaker gives."""
    at_s = np.arange(round(SWEEP_S * rate_hz)) / rate_hz
    turns = FROM_HZ * at_s + (TO_HZ - FROM_HZ) / (2 * SWEEP_S) * at_s**2
    edge = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / _EDGE_S)
    return np.asarray(np.sin(2 * np.pi * turns) * edge, np.float64)


def begins(rate_hz: int) -> tuple[int, ...]:
    """At which samples the sweeps begin."""
    first_s = SETTLES_S + SILENCE_S
    return tuple(round((first_s + number * PERIOD_S) * rate_hz) for number in range(SWEEPS))


def signal(rate_hz: int) -> Samples:
    """All that is played, about six seconds."""
    starts = begins(rate_hz)
    out = np.zeros(starts[-1] + round(PERIOD_S * rate_hz))
    one = sweep(rate_hz) * 32767 * 10 ** (LEVEL_DBFS / 20)
    for start in starts:
        out[start : start + len(one)] = one
    return np.asarray(np.round(out), np.int16)
