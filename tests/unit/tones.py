"""Sound for tests of keys in the sound: tone pairs of every kind, and what a telephone line makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portier.adapters.audio.tone_keys import ToneKeys
from portier.bench.line import g711
from portier.keys_heard import Stage

Samples = NDArray[np.float64]
PAD = "123A456B789C*0#D"
LOW_HZ, HIGH_HZ = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)


def tone(
    key: str,
    rate_hz: int,
    length_s: float,
    *,
    weaker_dbm0: float = -12.0,
    twist_db: float = 0.0,
    beside: tuple[float, float] = (0.0, 0.0),
    phase: float = 0.0,
) -> Samples:
    """A key's pair. `twist_db` is how much louder the higher one is; `beside` by what shares they are off."""
    row, column = divmod(PAD.index(key), 4)
    at_s = np.arange(round(length_s * rate_hz)) / rate_hz
    peak = 32768 * 10 ** ((weaker_dbm0 - 3.14) / 20)
    low = peak * 10 ** (max(0.0, -twist_db) / 20)
    high = peak * 10 ** (max(0.0, twist_db) / 20)
    return np.asarray(
        low * np.sin(2 * np.pi * LOW_HZ[row] * (1 + beside[0]) * at_s + phase)
        + high * np.sin(2 * np.pi * HIGH_HZ[column] * (1 + beside[1]) * at_s + 2.3 * phase)
    )


def silence(rate_hz: int, length_s: float) -> Samples:
    """Nothing."""
    return np.zeros(round(length_s * rate_hz))


def placed(rate_hz: int, length_s: float, *parts: tuple[float, Samples]) -> Samples:
    """Sounds, each at its moment."""
    whole = silence(rate_hz, length_s)
    for at_s, part in parts:
        at = round(at_s * rate_hz)
        whole[at : at + len(part)] += part[: len(whole) - at]
    return whole


def coded(sound: Samples, rate_hz: int, law: g711.Law | None) -> Samples:
    """As it comes through G.711: at 16 kHz by way of 8 kHz, as the far end's frames do."""
    if law is None:
        return sound
    narrow = sound if rate_hz == 8000 else _resampled(sound, len(sound) // 2)
    through = g711.decode(law, g711.encode(law, _s16(narrow)))
    back = np.frombuffer(through, np.int16).astype(np.float64)
    return back if rate_hz == 8000 else _resampled(back, len(sound))


def heard(rate_hz: int, far: Samples, captured: Samples | None = None) -> list[tuple[str, Stage, float]]:
    """What is told of a call: the key, the stage and for how long so far, in s."""
    told: list[tuple[str, Stage, float]] = []
    listener = ToneKeys(rate_hz, lambda key, stage, _, lasted_s: told.append((key, stage, lasted_s)))
    frame = rate_hz // 50
    count = len(far) // frame + 6
    theirs, ours = (
        np.zeros(count * frame)
        if one is None
        else np.pad(one[: count * frame], (0, max(0, count * frame - len(one))))
        for one in (far, captured)
    )
    for at in range(0, count * frame, frame):
        listener.hear(_s16(ours[at : at + frame]), _s16(theirs[at : at + frame]), at / rate_hz)
    return told


def keys(told: list[tuple[str, Stage, float]]) -> str:
    """Which keys went down."""
    return "".join(key for key, stage, _ in told if stage is Stage.DOWN)


def _s16(sound: Samples) -> bytes:
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16).tobytes()


def _resampled(sound: Samples, count: int) -> Samples:
    spectrum = np.fft.rfft(sound)
    bins = count // 2 + 1
    kept = np.zeros(bins, np.complex128)
    both = min(bins, len(spectrum))
    kept[:both] = spectrum[:both]
    return np.asarray(np.fft.irfft(kept, count) * count / len(sound))
