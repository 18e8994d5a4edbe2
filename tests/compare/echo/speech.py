"""Speech to measure with, by espeak-ng: the same for every run with the same version of it."""

from __future__ import annotations

import io
import math
import subprocess
import wave
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

FAR_VOICES, NEAR_VOICES = ("en-gb+m3", "fr-fr+f2", "de+m1"), ("fr-fr+m4", "en-us+f4", "de+f1")
_PAUSE_S = 0.25
_LIMIT_S = 20.0
_TEXTS = {
    "en": (
        "Good morning, who is there? Please come up to the third floor, the lift is on your left.",
        "I have a parcel for the people upstairs, and nobody seems to be at home today.",
    ),
    "fr": (
        "Bonjour, qui est là ? Montez au troisième étage, l'ascenseur se trouve à gauche.",
        "J'ai un colis pour la famille du deuxième, mais personne ne répond aujourd'hui.",
    ),
    "de": (
        "Guten Tag, wer ist da? Kommen Sie in den dritten Stock, der Aufzug ist links.",
        "Ich habe ein Paket für die Leute oben, und heute scheint niemand zu Hause zu sein.",
    ),
}


def speech(voices: Iterable[str], text: int, seconds: float, rate_hz: int) -> Samples:
    """The voices one after the other until so many seconds are full, at an RMS of 0.1 while they speak."""
    spoken = [_spoken(voice, _TEXTS[voice[:2]][text], rate_hz) for voice in voices]
    pause = np.zeros(round(_PAUSE_S * rate_hz))
    once = np.concatenate([part for one in spoken for part in (one, pause)])
    count = round(seconds * rate_hz)
    return np.tile(once, math.ceil(count / len(once)))[:count]


def _spoken(voice: str, text: str, rate_hz: int) -> Samples:
    ran = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", "165", "--stdout", text],
        stdout=subprocess.PIPE,
        check=True,
        timeout=_LIMIT_S,
    )
    with wave.open(io.BytesIO(ran.stdout)) as sound:
        given_hz = sound.getframerate()
        # Written to a pipe, its header cannot know the length.
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float64)
    resampled = resample(samples, given_hz, rate_hz)
    loud = np.abs(resampled) > 0.02 * np.abs(resampled).max()
    return resampled * (0.1 / math.sqrt(float(np.mean(resampled[loud] ** 2))))


def resample(sound: Samples, given_hz: int, rate_hz: int) -> Samples:
    """The same sound at another rate, by its spectrum."""
    count = round(len(sound) * rate_hz / given_hz)
    spectrum = np.fft.rfft(sound)
    kept = np.zeros(count // 2 + 1, np.complex128)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.fft.irfft(kept, count) * (count / len(sound))
