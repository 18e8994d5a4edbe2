"""Sound in files and at another rate: mono, signed 16 bit, 8000 or 16000 Hz."""

from __future__ import annotations

import math
import sys
import wave
from array import array
from pathlib import Path

from portier.errors import AudioError

RATES_HZ = (8000, 16000)
_TAPS = 16


def read_wav(path: Path, rate_hz: int) -> bytes:
    """A WAV file as mono S16 at `rate_hz`, 8000 or 16000; either rate is made from the other.

    Raises AudioError for a file that cannot be read, has another format or another rate.
    """
    if rate_hz not in RATES_HZ:
        raise AudioError(f"sound: {path} can be given at 8000 or 16000 Hz, not at {rate_hz}")
    try:
        with path.open("rb") as raw, wave.open(raw, "rb") as file:
            channels, width, given_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            pcm = array("h") if width != 2 else array("h", file.readframes(file.getnframes()))
    except (OSError, EOFError, wave.Error) as error:
        why = str(error) or "it ends too soon"
        raise AudioError(f"sound: cannot read {path}: {why}. A WAV file with PCM is needed") from error
    if (channels, width) != (1, 2) or given_hz not in RATES_HZ:
        raise AudioError(
            f"sound: {path} has {channels} channel(s), {8 * width} bit, {given_hz} Hz. Needed: 1 channel, "
            f"16 bit, 8000 or 16000 Hz, as in: sox {path.name} -c 1 -b 16 -r {rate_hz} new.wav"
        )
    if sys.byteorder == "big":
        pcm.byteswap()
    if given_hz == rate_hz:
        return pcm.tobytes()
    return halve_rate(pcm.tobytes()) if given_hz > rate_hz else double_rate(pcm.tobytes())


def write_wav(path: Path, pcm: bytes, rate_hz: int) -> None:
    """Write mono S16 as a WAV file; AudioError when it cannot be written."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    try:
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(samples.tobytes())
    except OSError as error:
        raise AudioError(f"sound: cannot write {path}: {error}") from error


def halve_rate(pcm: bytes) -> bytes:
    """16000 to 8000 Hz, in place in time (S16)."""
    samples = array("h", pcm)
    odd = _between(samples, doubled=False)
    return _to_pcm([0.5 * s + o for s, o in zip(samples[::2], odd, strict=True)])


def double_rate(pcm: bytes) -> bytes:
    """8000 to 16000 Hz, in place in time (S16)."""
    samples = array("h", pcm)
    full = [0.0] * (2 * len(samples))
    full[::2] = samples
    full[1::2] = [2 * s for s in _between(samples, doubled=True)]
    return _to_pcm(full)


def _to_pcm(samples: list[float]) -> bytes:
    return array("h", [max(-32768, min(32767, round(s))) for s in samples]).tobytes()


def _half_band() -> list[float]:
    """The odd half of a symmetric half-band low pass: weights at distance 1, 3, 5 ... from the middle."""
    weights = []
    for k in range(_TAPS):
        at = 2 * k + 1
        window = 0.54 + 0.46 * math.cos(math.pi * at / (2 * _TAPS + 1))
        weights.append(math.sin(math.pi * at / 2) / (math.pi * at) * window)
    scale = 0.25 / sum(weights)
    return [w * scale for w in weights]


def _between(samples: array[int], doubled: bool) -> list[float]:
    """The half-band filter's sum over the neighbours at odd distances of each sample to be."""
    weights = _half_band()
    reach = 2 * len(weights)
    padded = [0] * reach + samples.tolist() + [0] * reach
    step = 1 if doubled else 2
    count = len(samples) if doubled else (len(samples) + 1) // 2
    total = [0.0] * count
    for k, weight in enumerate(weights):
        near = reach - k if doubled else reach - 2 * k - 1
        far = reach + k + 1 if doubled else reach + 2 * k + 1
        left = padded[near : near + step * count : step]
        right = padded[far : far + step * count : step]
        total = [t + weight * (a + b) for t, a, b in zip(total, left, right, strict=True)]
    return total
