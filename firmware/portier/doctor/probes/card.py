"""Child: does the sound card open, both ways, with this rate, frame and channels, as the station opens it?"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from portier.doctor import probes


@dataclass(frozen=True, slots=True)
class Opened:
    """Whether the open card also gives sound."""

    sound: bool


def open_card(capture: str, playback: str, rate_hz: int, frame_ms: int, channels: int) -> Opened:
    """Open a card, wait for one frame, close it. Raises AudioError."""
    from portier.adapters.audio.card import AlsaCard

    card = AlsaCard(capture, playback, rate_hz, frame_ms=frame_ms, playback_channels=channels).open()
    try:
        return Opened(card.read() is not None)
    finally:
        card.close()


if __name__ == "__main__":
    sys.exit(probes.answer(lambda: open_card(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))))
