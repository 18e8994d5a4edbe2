"""What was heard at each end, and which frequencies were in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .echo import Echo

_WINDOW_S = 0.032
_WINDOWS_A_COLUMN = 6
FLOOR_DBFS = -90.0
TOP_DBFS = -20.0
_SHADES = 24
_NARROW_HZ = 4000
_WIDE_FROM_HZ = 4500
_SILENT_DBFS = -75.0
_CLICKS_SHARE = 0.05
"""A click has every frequency, for a moment."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Sound as one end heard it: mono S16 in native order, its first sample `start_s` after the press."""

    pcm: bytes
    rate_hz: int
    start_s: float

    @property
    def end_s(self) -> float:
        """The moment after its last sample."""
        return self.start_s + (len(self.pcm) // 2) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Sounds:
    """What was heard in a call, where the bench has it: a station keeps no sound.

    `echo_missing`: none was pretended, as echo cancellation is not installed.
    """

    phone_heard: Heard | None = None
    door_heard: Heard | None = None
    echo: Echo | None = None
    echo_missing: bool = False


def spectrum(
    heard: Heard, start_s: float, end_s: float, columns: int, rows: int, top_hz: float
) -> NDArray[np.float64]:
    """Power in dBFS as `rows` bands from 0 to `top_hz` (low first) by `columns` from `start_s` to `end_s`.

    `top_hz` is half the sound's rate at the most. Each column is the loudest of several windows of 32 ms
    (Hann) in it, rounded to 24 shades between -90 and -20 dBFS, so that it becomes a small image.
    """
    import numpy as np

    size = max(16, round(_WINDOW_S * heard.rate_hz))
    window = np.hanning(size) / (size / 4) / 32768
    padded = np.pad(_samples(heard), size)
    edges = np.linspace(start_s, end_s, columns * _WINDOWS_A_COLUMN, endpoint=False)
    begins = np.round((edges - heard.start_s) * heard.rate_hz).astype(np.int64) + size // 2
    begins = np.clip(begins, 0, len(padded) - size)
    last = max(1, round(top_hz / heard.rate_hz * size))
    firsts = np.linspace(0, last, rows, endpoint=False).astype(np.int64)
    power = np.empty((columns, rows))
    for column, at in enumerate(begins.reshape(columns, _WINDOWS_A_COLUMN)):
        pieces = padded[at[:, np.newaxis] + np.arange(size)] * window
        loudest = np.max(np.abs(np.fft.rfft(pieces)) ** 2, axis=0)[:last]
        power[column] = np.maximum.reduceat(loudest, firsts)
    dbfs = np.clip(10 * np.log10(power.T + 1e-12), FLOOR_DBFS, TOP_DBFS)
    step = (TOP_DBFS - FLOOR_DBFS) / _SHADES
    return np.asarray(np.round((dbfs - FLOOR_DBFS) / step) * step + FLOOR_DBFS)


def top_hz(sounds: Sounds) -> float:
    """How far up both spectrograms go: 4 kHz, or 8 where one of them has something above that."""
    import numpy as np

    for heard in (sounds.phone_heard, sounds.door_heard):
        if heard is None or heard.rate_hz / 2 <= _WIDE_FROM_HZ or heard.end_s <= heard.start_s:
            continue
        half_hz = heard.rate_hz / 2
        bands = spectrum(heard, heard.start_s, heard.end_s, 200, 32, half_hz)
        upper = bands[int(np.ceil(_WIDE_FROM_HZ / half_hz * 32)) :]
        if np.mean(upper.max(axis=0) > _SILENT_DBFS) > _CLICKS_SHARE:
            return 2.0 * _NARROW_HZ
    return float(_NARROW_HZ)


def _samples(heard: Heard) -> NDArray[np.int16]:
    import numpy as np

    return np.frombuffer(heard.pcm[: len(heard.pcm) // 2 * 2], dtype=np.int16)
