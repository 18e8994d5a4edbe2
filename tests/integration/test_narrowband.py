"""A telephone that speaks G.711 alone, at a station whose card and clock are wideband."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from tests.integration.live import LiveStation

_CARRIED_HZ = 4000
_ALIAS_DB = 30.0


def test_what_a_narrowband_telephone_says_is_not_mirrored_above_4_khz(tmp_path: Path) -> None:
    with LiveStation(tmp_path, sip='codecs = ["G722", "PCMA"]') as station:
        assert station.card.rate_hz == 16000
        station.talk()
        answered_s = time.monotonic()
        time.sleep(2.8)
        # The chime, which is wideband, is over by then.
        heard = station.card.heard_between(answered_s + 0.8, time.monotonic())
        station.end_call()
    samples = np.frombuffer(heard, np.int16).astype(np.float64)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 16000)
    carried, above = power[hertz < _CARRIED_HZ].sum(), power[hertz >= 1.05 * _CARRIED_HZ].sum()
    print(f"above 4 kHz {10 * np.log10(above / carried):.1f} dB")
    assert carried > 0
    assert 10 * np.log10(carried / max(1e-9, above)) > _ALIAS_DB
