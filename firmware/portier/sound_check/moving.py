"""Plays and records at once, frame by frame, on an open card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portier.errors import AudioError
from portier.ports import Card

_SILENT_LIMIT_READS = 3


def moved(card: Card, frames: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Play frames; each with what was captured before it. Raises AudioError; closes the card at its end."""
    sound = card.open()
    try:
        for frame in frames:
            for _ in range(_SILENT_LIMIT_READS):
                captured = sound.read()
                if captured is not None:
                    break
            else:
                raise AudioError(
                    "audio: the card is open but gave no sound for 0.6 s: look whether it is still plugged in"
                )
            sound.write(frame)
            yield frame, captured
    finally:
        sound.close()
