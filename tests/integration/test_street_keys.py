"""Tones that the street plays into the microphone, and the far phone gives back, open nothing."""

from __future__ import annotations

import time
from pathlib import Path

from tests.integration.test_keys_in_sound import TONE, heard_once, listening, watching

from portier.bench.card import SimulatedCard
from portier.bench.line import sound
from portier.bench.line.leg import KeyWay

STREET_KEY = "5"


def test_a_tone_that_the_street_plays_and_the_far_phone_gives_back_opens_nothing(tmp_path: Path) -> None:
    """Every 0.5 s, 0.1 s of the release digit at the microphone."""
    street = sound.key_tone(STREET_KEY, 0.1, 3000) + bytes(2 * 3200)
    listener = listening(tmp_path, '"PCMU", "PCMA"')
    listener.card = SimulatedCard(listener.rate_hz, street)
    with listener as station:
        keys = watching(station)
        since_s = station.talk()
        time.sleep(1.2)
        for _ in range(4):
            station.line.press(STREET_KEY, KeyWay.TONE, TONE)
            time.sleep(0.35)
        assert keys.pressed == ""
        heard_once(station, keys, ("7", TONE))
        assert station.releases(since_s) == 0
        # By its other ways the same key is the phone's own.
        station.line.press(STREET_KEY)
        station.until(lambda: station.releases(since_s) > 0, "released")
        station.end_call()
