"""How loud both ways of a call are, as numbers: peaks, and the moment the far end is first heard."""

from __future__ import annotations

from portier.adapters.audio.tones import FRAME_MS
from portier.facts import FirstSound, SoundReading
from portier.ports import Tell

_EVERY_MS = 100
_PEAKS_A_READING = 10
FULL_SCALE = 32767
_HEARD_PEAK = 64
"""-54 dBFS: above what a codec makes of silence."""


class Meter:
    """Looks at a frame each 100 ms, and tells a reading each second. For one thread only."""

    def __init__(self, tell: Tell, frame_ms: int = FRAME_MS) -> None:
        self._report = tell
        self._every_frames = _EVERY_MS // frame_ms
        self._captured: list[int] = []
        self._far: list[int] = []
        self._frames = 0
        self._xruns = 0
        self._heard = False

    def begin(self) -> None:
        """A call begins."""
        self._captured, self._far = [], []
        self._frames = self._xruns = 0
        self._heard = False

    def take(self, captured: bytes, far: bytes | None, at_s: float) -> None:
        """Look at what was captured and what the far end gave in this frame (S16)."""
        self._frames += 1
        counted = self._frames % self._every_frames == 0
        if self._heard and not counted:
            return
        if not self._heard and far is not None and peak(far) >= _HEARD_PEAK:
            self._heard = True
            self._report(FirstSound(at_s=at_s))
        if not counted:
            return
        self._captured.append(peak(captured))
        self._far.append(0 if far is None else peak(far))
        if len(self._far) == _PEAKS_A_READING:
            self._tell(at_s)

    def xrun(self) -> None:
        """The card had run dry."""
        self._xruns += 1

    def end(self, at_s: float) -> None:
        """The call, or the card, is over: tell what is left."""
        if self._frames:
            self._tell(at_s)

    def _tell(self, at_s: float) -> None:
        every_s = _EVERY_MS / 1000
        self._report(SoundReading(every_s, tuple(self._captured), tuple(self._far), self._xruns, at_s=at_s))
        self._captured, self._far = [], []


def peak(frame: bytes) -> int:
    """The greatest sample of a frame (S16), without its sign."""
    samples = memoryview(frame).cast("h")
    return min(FULL_SCALE, max(*samples, -min(samples)))
