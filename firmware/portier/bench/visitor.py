"""Somebody at the door who begins to speak when told, and then says the same again and again."""

from __future__ import annotations

import time


class Visitor:
    """A `card.Microphone`: silent at first. `voice` is mono S16 in frames of `frame_bytes`."""

    def __init__(self, voice: bytes, frame_bytes: int) -> None:
        self._frames = [
            voice[at : at + frame_bytes] for at in range(0, len(voice) - frame_bytes + 1, frame_bytes)
        ]
        self._silent = bytes(frame_bytes)
        self._wanted = False
        self._first: int | None = None
        self.speaks_from_s: float | None = None

    def speak(self) -> None:
        """Begin with the next frame; the monotonic moment is noted."""
        self.speaks_from_s = time.monotonic()
        self._wanted = True

    def __call__(self, number: int) -> bytes:
        """The microphone's frame of that number."""
        if not self._wanted:
            return self._silent
        if self._first is None:
            self._first = number
        return self._frames[(number - self._first) % len(self._frames)]
