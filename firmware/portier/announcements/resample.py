"""Mono sound at another rate, by a windowed sinc (J. O. Smith, Digital Audio Resampling, section 1)."""

from __future__ import annotations

import math
from array import array
from operator import mul

_CROSSINGS = 8
_ROLL_OFF = 0.92


def resampled(pcm: array[int], from_hz: int, to_hz: int) -> array[int]:
    """Signed 16 bit at `from_hz` as signed 16 bit at `to_hz`, in place in time."""
    if from_hz == to_hz or not pcm:
        return array("h", pcm)
    common = math.gcd(from_hz, to_hz)
    step, phases = from_hz // common, to_hz // common
    # Below the lower rate's half, with room for the filter to fall.
    cutoff = _ROLL_OFF * min(1.0, to_hz / from_hz)
    reach = math.ceil(_CROSSINGS / cutoff)
    padded = [0] * (reach - 1) + pcm.tolist() + [0] * (reach + 1)
    made = array("h", bytes(2 * -(-len(pcm) * to_hz // from_hz)))
    for phase in range(min(phases, len(made))):
        # All samples of a phase stand equally far behind one of the old ones: one filter does for them.
        first, behind = divmod(phase * step, phases)
        weights = _filter(behind / phases, cutoff, reach)
        for at in range(phase, len(made), phases):
            total = round(sum(map(mul, weights, padded[first : first + 2 * reach])))
            made[at] = max(-32768, min(32767, total))
            first += step
    return made


def mixed(channels: int, samples: array[int]) -> array[int]:
    """Interleaved channels (1 or 2) as one."""
    if channels == 1:
        return samples
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return array("h", [(left + right) >> 1 for left, right in pairs])


def _filter(behind: float, cutoff: float, reach: int) -> list[float]:
    """Weights of the old samples around a moment `behind` one of them; they sum to one."""
    weights = [_weight(tap - behind, cutoff, reach) for tap in range(1 - reach, reach + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def _weight(distance: float, cutoff: float, reach: int) -> float:
    if abs(distance) >= reach:
        return 0.0
    window = 0.5 + 0.5 * math.cos(math.pi * distance / reach)
    turn = math.pi * distance * cutoff
    return window * (math.sin(turn) / turn if turn else 1.0)
