"""How loud the street is, and how much louder the loudspeaker is to be for it. Pure, and needs nothing."""

from __future__ import annotations

import math
from collections import deque
from operator import mul

from portier.adapters.audio.meter import peak
from portier.sound_settings import NoiseFollowing

SILENT_DBFS = -96.0

_BLOCK_S = 0.1
_WINDOW_S = 4.0
"""Speech pauses within this time: what is never less loud for so long is no voice."""

_SOUNDS_PEAK = 33
"""-60 dBFS: from here on the loudspeaker is heard by the microphone beside it."""

_FAR_BELOW = 10
"""20 dB below what the microphone hears, the loudspeaker is no part of it."""

_FORGOTTEN_S = 15.0
"""A far end that is never quiet for so long hides the street: nothing is known of it any more."""

_ROOM_S = 0.4
"""For how long it is still heard after that, with what the card holds."""

_SLEW_DB_A_S = 3.0


def level_dbfs(frame: bytes) -> float:
    """The level of a frame (S16) as its effective value, without what is constant in it."""
    samples = memoryview(frame).cast("h")
    count = len(samples)
    mean = sum(samples) / count
    power = sum(map(mul, samples, samples)) / count - mean * mean
    return max(SILENT_DBFS, 10 * math.log10(max(power, 1e-9)) - 20 * math.log10(32768))


class NoiseFloor:
    """What a sound never falls below for 4 s, in dBFS; None before so much of it was heard.

    The least of the loudest frames of 0.1 s each: less at once, more only after 4 s. `frame_s` is how long a
    frame is.
    """

    def __init__(self, frame_s: float) -> None:
        self._block_frames = max(1, round(_BLOCK_S / frame_s))
        self._blocks: deque[float] = deque(maxlen=round(_WINDOW_S / _BLOCK_S))
        self._block: list[float] = []
        self.dbfs: float | None = None

    def take(self, frame: bytes) -> None:
        """Hear the next frame."""
        self._block.append(level_dbfs(frame))
        if len(self._block) < self._block_frames:
            return
        self._blocks.append(max(self._block))
        self._block.clear()
        least_dbfs = min(self._blocks)
        if len(self._blocks) == self._blocks.maxlen or (self.dbfs is not None and least_dbfs < self.dbfs):
            self.dbfs = least_dbfs

    def forget_block(self) -> None:
        """Something else was to be heard in the frames before."""
        self._block.clear()


class StreetFollower:
    """The loudspeaker's gain for the street's noise, 0 dB up to the ceiling, in one call.

    A decibel for each decibel of noise above the threshold, at most 3 dB a second either way. Noise is taken
    from the microphone only while the loudspeaker has been quiet for 0.4 s, or far below what is heard, so
    that it never follows itself. Where that does not come for 15 s, it goes back to nothing.
    """

    def __init__(self, settings: NoiseFollowing, frame_s: float) -> None:
        self._settings = settings
        self._frame_s = frame_s
        self._step_db = _SLEW_DB_A_S * frame_s
        self._room_frames = math.ceil(_ROOM_S / frame_s)
        self._forgotten_frames = round(_FORGOTTEN_S / frame_s)
        self.begin()

    def begin(self) -> None:
        """A call begins: nothing is known of the street."""
        self._floor = NoiseFloor(self._frame_s)
        self._sounds_frames = self._room_frames
        self._hidden_frames = 0
        self.gain_db = 0.0

    def take(self, captured: bytes, played_peak: int) -> float:
        """The gain after the next frame of a call; `played_peak` (S16) is of what was played before it."""
        sounds = played_peak >= _SOUNDS_PEAK and _FAR_BELOW * played_peak > peak(captured)
        self._sounds_frames = self._room_frames if sounds else self._sounds_frames - 1
        if self._sounds_frames > 0:
            self._floor.forget_block()
            self._hidden_frames += 1
        else:
            self._floor.take(captured)
            self._hidden_frames = 0
        wanted_db = self._wanted_db()
        self.gain_db += max(-self._step_db, min(self._step_db, wanted_db - self.gain_db))
        return self.gain_db

    def _wanted_db(self) -> float:
        if self._floor.dbfs is None or self._hidden_frames > self._forgotten_frames:
            return 0.0
        above_db = self._floor.dbfs - self._settings.from_dbfs
        return max(0.0, min(above_db, self._settings.most_db))
