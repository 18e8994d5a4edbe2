"""Sound of the line: mono at 8 kHz, signed 16 bit native order, from and to WAV files."""

from __future__ import annotations

import math
import sys
import wave
from array import array
from operator import mul
from pathlib import Path

from portier.errors import PortierError

RATE_HZ = 8000
FRAME_SAMPLES = 160
"""20 ms."""

# RFC 4733, table 3, and ITU-T Q.23: the two tones of each key.
_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
_KEYPAD = "123A456B789C*0#D"


def load(path: Path) -> bytes:
    """Read a mono 16-bit WAV of 8 or 16 kHz; PortierError where it is another."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise PortierError(f"{path}: not a WAV file that can be read ({error})") from error
    if shape not in {(1, 2, 8000), (1, 2, 16000)}:
        raise PortierError(f"{path}: a voice is mono, 16 bit, 8000 or 16000 Hz")
    samples = array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    return (halved(samples) if shape[2] == 16000 else samples).tobytes()


def save(path: Path, samples: bytes) -> int:
    """Write samples as a WAV of 8 kHz; returns how many there were."""
    data = array("h", samples)
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(data.tobytes())
    return len(data)


def halved(samples: array[int]) -> array[int]:
    """16 kHz to 8 kHz, in phase: a half-band low-pass (windowed sinc), then every second sample."""
    half = 15
    taps = [_tap(n, half) for n in range(-half, half + 1)]
    scale = sum(taps)
    padded = [0] * half + list(samples) + [0] * half
    filtered = (
        sum(map(mul, taps, padded[start : start + len(taps)])) / scale for start in range(0, len(samples), 2)
    )
    return array("h", (max(-32768, min(32767, round(value))) for value in filtered))


def _tap(n: int, half: int) -> float:
    window = 0.54 + 0.46 * math.cos(math.pi * n / (half + 1))
    return window * (0.5 if n == 0 else math.sin(math.pi * n / 2) / (math.pi * n))


def sine(hz: float, duration_s: float, level: int = 8000) -> bytes:
    """A tone whose peak is `level`, at 8 kHz."""
    step = 2 * math.pi * hz / RATE_HZ
    return array(
        "h", (round(level * math.sin(step * n)) for n in range(round(duration_s * RATE_HZ)))
    ).tobytes()


def key_tone(key: str, duration_s: float, level: int = 6000) -> bytes:
    """A key's two tones, each with its peak at `level` (RFC 4733, section 3.2)."""
    row, column = divmod(_KEYPAD.index(key), 4)
    low = array("h", sine(_LOW_HZ[row], duration_s, level))
    high = array("h", sine(_HIGH_HZ[column], duration_s, level))
    return array("h", map(sum, zip(low, high, strict=True))).tobytes()
