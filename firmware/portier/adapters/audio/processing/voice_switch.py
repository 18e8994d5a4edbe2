"""Half-duplex: while the far end speaks the microphone is turned down. Pure, and needs nothing."""

from __future__ import annotations

import math

from portier.sound_settings import VoiceSwitchSettings

_ABOVE_NOISE_DB = 9.0
_NOISE_RISES_DB_A_S = 2.0
_OPENS_MS = 60
_SILENT_DBFS = -96.0


class VoiceSwitch:
    """Who has the line, frame by frame; `frame_ms` is how long one is.

    The far end has it while it is above the threshold and 9 dB above its own noise, which may be what a
    telephone on a street sends all the time; and for the hang-over after that, as the room goes on sounding.
    """

    def __init__(self, settings: VoiceSwitchSettings, frame_ms: int) -> None:
        self._threshold_dbfs = settings.threshold_dbfs
        self._hang_over_frames = math.ceil(settings.hang_over_ms / frame_ms)
        self._closed = 10 ** (-settings.depth_db / 20)
        self._opens_a_frame = (1 - self._closed) * frame_ms / _OPENS_MS
        self._noise_rises_db = _NOISE_RISES_DB_A_S * frame_ms / 1000
        self.begin()

    def begin(self) -> None:
        """A call begins."""
        self._noise_dbfs = _SILENT_DBFS
        self._hangs_frames = 0
        self._gain = 1.0

    def microphone_gains(self, far_peak: int) -> tuple[float, float]:
        """The microphone's gain at the beginning and at the end of a frame, from the far end's peak (S16)."""
        far_dbfs = 20 * math.log10(far_peak / 32768) if far_peak else _SILENT_DBFS
        speaks = far_dbfs > self._threshold_dbfs and far_dbfs > self._noise_dbfs + _ABOVE_NOISE_DB
        self._noise_dbfs = min(far_dbfs, self._noise_dbfs + self._noise_rises_db)
        self._hangs_frames = self._hang_over_frames if speaks else max(0, self._hangs_frames - 1)
        begins = self._gain
        if speaks or self._hangs_frames:
            self._gain = self._closed
        else:
            self._gain = min(1.0, self._gain + self._opens_a_frame)
        return begins, self._gain
