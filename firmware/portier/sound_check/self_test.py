"""Whether a card's microphone hears its loudspeaker, while no station runs."""

from __future__ import annotations

from portier.adapters.audio.tone_test import SelfTest, frames_of_test, judged
from portier.ports import Card

from .moving import moved


def self_test(card: Card) -> SelfTest:
    """Play the tone for half a second, and listen. Raises AudioError. Nothing is kept."""
    heard = [captured for _, captured in moved(card, frames_of_test(card.rate_hz))]
    return judged(heard, card.rate_hz)
