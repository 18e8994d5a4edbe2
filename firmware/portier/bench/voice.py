"""A voice that nobody spoke: syllables from pulses and resonators, the same each time.

It is not meant to be understood. It has what a check of sound needs: the band, the rhythm and the pauses
of speech, and two speakers who never say the same thing.
"""

from __future__ import annotations

import itertools
import math
import random
from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from portier.errors import AudioError

from .wav import RATES_HZ, halve_rate

Speaker = Literal["door", "phone"]

FULL_RATE_HZ = 16000
LEVEL_DBFS = -20.0
"""Root mean square of the syllables."""


@dataclass(frozen=True, slots=True)
class _Throat:
    seed: int
    pitch_hz: float
    size: float


_THROATS: dict[Speaker, _Throat] = {
    "door": _Throat(seed=20, pitch_hz=110.0, size=1.0),
    "phone": _Throat(seed=71, pitch_hz=210.0, size=1.17),
}
# First to fourth resonance in hertz of a, e, i, o, u and a neutral vowel, for a low voice.
_VOWELS = (
    (730.0, 1090.0, 2440.0, 3400.0),
    (530.0, 1840.0, 2480.0, 3500.0),
    (270.0, 2290.0, 3010.0, 3600.0),
    (570.0, 840.0, 2410.0, 3300.0),
    (300.0, 870.0, 2240.0, 3200.0),
    (490.0, 1350.0, 1690.0, 3300.0),
)
_WIDTHS_HZ = (80.0, 100.0, 140.0, 220.0)


def voice(speaker: Speaker, rate_hz: int, length_s: float) -> bytes:
    """The voice of one of two speakers from its beginning: mono S16, the same bytes each time.

    At 8000 Hz it is the lower half of the same sound at 16000 Hz, sample for sample in place.
    """
    if rate_hz not in RATES_HZ:
        raise AudioError(f"bench: a voice has 8000 or 16000 Hz, not {rate_hz}")
    full = _speak(speaker, round(length_s * FULL_RATE_HZ))
    return full if rate_hz == FULL_RATE_HZ else halve_rate(full)


@lru_cache(maxsize=8)
def _speak(speaker: Speaker, samples: int) -> bytes:
    throat = _THROATS[speaker]
    chance = random.Random(throat.seed)
    pcm = array("h")
    left_in_word = 0
    while len(pcm) < samples:
        if left_in_word == 0:
            pcm.extend(_silence(chance.uniform(0.12, 0.3)))
            left_in_word = chance.randint(2, 6)
        pcm.extend(_syllable(throat, chance))
        pcm.extend(_silence(chance.uniform(0.02, 0.06)))
        left_in_word -= 1
    return pcm[:samples].tobytes()


def _silence(length_s: float) -> list[int]:
    return [0] * round(length_s * FULL_RATE_HZ)


def _syllable(throat: _Throat, chance: random.Random) -> list[int]:
    """A consonant of noise, then a vowel that glides into another."""
    hiss_count = round(chance.uniform(0.02, 0.06) * FULL_RATE_HZ)
    vowel_count = round(chance.uniform(0.14, 0.24) * FULL_RATE_HZ)
    begin, end = chance.choice(_VOWELS), chance.choice(_VOWELS)
    vowel = _resonate(_pulses(vowel_count, throat.pitch_hz, chance), begin, end, throat.size)
    power = sum(s * s for s in vowel) / len(vowel)
    sound = _hiss(hiss_count, math.sqrt(power) * chance.uniform(0.1, 0.5), chance) + vowel
    stress_db = chance.uniform(-2.0, 2.0)
    scale = 32767 * 10 ** ((LEVEL_DBFS + stress_db) / 20) / math.sqrt(power)
    return [max(-32768, min(32767, round(s * scale))) for s in _shape(sound)]


def _hiss(count: int, level: float, chance: random.Random) -> list[float]:
    """Noise that rises with frequency, as in s and f."""
    noise = [chance.uniform(-level, level) for _ in range(count + 1)]
    return [b - a for a, b in itertools.pairwise(noise)]


def _pulses(count: int, pitch_hz: float, chance: random.Random) -> list[float]:
    """One pulse for each opening of the glottis, the pitch gliding, with a little breath."""
    step = pitch_hz * chance.uniform(0.9, 1.15) / FULL_RATE_HZ
    glide = chance.uniform(-0.25, 0.15) / count
    phase, smooth = 0.0, 0.0
    source = []
    for i in range(count):
        phase += step * (1.0 + glide * i)
        pulse = 0.0
        if phase >= 1.0:
            phase -= 1.0
            pulse = 1.0
        smooth = 0.85 * smooth + pulse
        source.append(smooth - 0.1 + chance.random() * 0.02)
    return source


def _resonate(
    source: list[float], begin: tuple[float, ...], end: tuple[float, ...], size: float
) -> list[float]:
    """The source through four two-pole resonators in a row, which move towards the second vowel half-way."""
    half = len(source) // 2
    for first_hz, second_hz, width_hz in zip(begin, end, _WIDTHS_HZ, strict=True):
        radius = math.exp(-math.pi * width_hz / FULL_RATE_HZ)
        y1 = y2 = 0.0
        out: list[float] = []
        for part, hz in ((source[:half], first_hz), (source[half:], (first_hz + second_hz) / 2)):
            turn = 2 * math.pi * hz * size / FULL_RATE_HZ
            a1, a2 = 2 * radius * math.cos(turn), -radius * radius
            gain = 1 - a1 - a2
            for sample in part:
                y = gain * sample + a1 * y1 + a2 * y2
                y2, y1 = y1, y
                out.append(y)
        source = out
    return source


def _shape(sound: list[float]) -> list[float]:
    """No direct current, and soft edges."""
    mean = sum(sound) / len(sound)
    edge = FULL_RATE_HZ // 100
    count = len(sound)
    return [(s - mean) * min(1.0, i / edge, (count - 1 - i) / edge) for i, s in enumerate(sound)]
