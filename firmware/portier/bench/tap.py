"""Keeps a call's sound on both sides of what works on it: for the bench alone, a station keeps none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from portier.adapters.audio.tones import FRAME_MS
from portier.ports import Processing


@dataclass(frozen=True, slots=True)
class Tapped:
    """Three recordings of one call, mono S16, sample for sample at the same time.

    The first samples are of `from_s`, a monotonic moment.
    """

    captured: bytes
    sent: bytes
    played: bytes
    from_s: float


class Tap:
    """Fulfils `ports.Processing` by another one, and keeps the last call that was worked on."""

    def __init__(self, processing: Processing, clock: Callable[[], float] = time.monotonic) -> None:
        self._processing = processing
        self._clock = clock
        self._from_s: float | None = None
        self._frames: list[list[bytes]] = []

    @property
    def words(self) -> str:
        """What keeps the far end from hearing itself."""
        return self._processing.words

    @property
    def kept(self) -> Tapped | None:
        """The last call; None before the first one."""
        whole = [frame for frame in list(self._frames) if len(frame) == 3]
        if self._from_s is None or not whole:
            return None
        captured, sent, played = (b"".join(part) for part in zip(*whole, strict=True))
        return Tapped(captured, sent, played, self._from_s)

    def begin(self) -> None:
        """Another call begins."""
        self._from_s, self._frames = None, []
        self._processing.begin()

    def opened(self) -> None:
        """The card was opened."""
        self._processing.opened()

    def toward_far_end(self, captured: bytes, heard: bytes | None = None) -> bytes:
        """What the far end is to hear."""
        if self._from_s is None:
            self._from_s = self._clock() - FRAME_MS / 1000
        sent = self._processing.toward_far_end(captured, heard)
        self._frames.append([captured, sent])
        return sent

    def toward_loudspeaker(self, frame: bytes) -> bytes:
        """What is to be played; of what is played in no call, nothing is kept."""
        played = self._processing.toward_loudspeaker(frame)
        if self._frames and len(self._frames[-1]) == 2:
            self._frames[-1].append(played)
        return played

    def set_speaker_gain(self, gain_db: float) -> None:
        """Play everything with another gain."""
        self._processing.set_speaker_gain(gain_db)
