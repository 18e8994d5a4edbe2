"""Each tone has the pitch and the rhythm that its source gives it, in the sound itself.

France: ITU-T E.180, supplement 2. Europe: ETSI TR 101 041. Three rising notes: ITU-T E.180, 6.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.test_config_signals import HEAD, SIMULATED

from portier.adapters.audio.tones import frames_of
from portier.adapters.audio.track import ToneTrack
from portier.config import load, planned
from portier.core.effects import Tone
from portier.errors import ConfigError
from portier.sound_settings import Telephony

Part = tuple[float, float]
"""Hertz of the strongest partial (0: silence), seconds."""

_INFORMATION: list[Part] = [(950, 0.33), (1400, 0.33), (1800, 0.33), (0, 0.5)]
TONES: dict[Tone, list[Part]] = {
    Tone.RINGBACK: [(440, 1.5), (0, 3.5)],
    Tone.BUSY: [(440, 0.5), (0, 0.5)] * 3,
    Tone.NOT_AVAILABLE: _INFORMATION * 2,
    Tone.IN_USE: [(880, 0.1), (0, 0.1), (880, 0.1)],
    Tone.GRANTED: [(659.26, 0.18), (880, 0.5)],
    Tone.DENIED: [(150, 0.45)],
    Tone.INCOMING: [(523.25, 0.3), (659.26, 0.3), (523.25, 0.3)],
    Tone.ENDING: [(1000, 0.15), (0, 0.15)] * 3,
    Tone.TALK_NOW: [(1200, 0.25)],
    Tone.HELD_OPEN: [(740, 0.12), (0, 0.38)] * 4,
    Tone.BLOCKED: [(150, 0.15), (0, 0.1)] * 3,
    Tone.FIRE: [(554, 0.1), (440, 0.4)] * 6,
}
EUROPEAN: dict[Tone, list[Part]] = TONES | {
    Tone.RINGBACK: [(425, 1.0), (0, 4.0)],
    Tone.BUSY: [(425, 0.5), (0, 0.5)] * 3,
}
CASES: list[tuple[Telephony, Tone, list[Part]]] = [
    *(("french", tone, parts) for tone, parts in TONES.items()),
    *(("european", tone, parts) for tone, parts in EUROPEAN.items()),
]
_EDGE_S = 0.012


def _hertz(part: np.ndarray[tuple[int], np.dtype[np.float64]], rate_hz: int) -> float:
    """The strongest partial, to a hertz."""
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 4 * rate_hz))
    return float(np.argmax(spectrum)) / 4


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize(("telephony", "tone", "parts"), CASES)
def test_a_tone_has_its_pitch_and_its_rhythm(
    telephony: Telephony, tone: Tone, parts: list[Part], rate_hz: int
) -> None:
    pcm = np.frombuffer(b"".join(frames_of(tone, rate_hz, telephony)), np.int16).astype(np.float64)
    assert len(pcm) / rate_hz == pytest.approx(sum(length_s for _, length_s in parts), abs=0.02)
    at_s = 0.0
    for hz, length_s in parts:
        first, end = (round((at_s + one_s) * rate_hz) for one_s in (0.0, length_s))
        part, edge = pcm[first:end], round(_EDGE_S * rate_hz)
        if hz:
            assert _hertz(part[edge:-edge], rate_hz) == pytest.approx(hz, abs=3)
            assert np.abs(part[edge : 2 * edge]).max() > 1000, "it begins"
            assert np.abs(part[-2 * edge : -edge]).max() > 300, "and lasts"
        else:
            assert not part[2:].any(), "silence"
        at_s += length_s


def test_every_tone_is_looked_at() -> None:
    assert set(TONES) == set(Tone)


@pytest.mark.parametrize(("chosen", "telephony"), [("", "french"), ('tones = "european"', "european")])
def test_the_configuration_says_whose_tones_they_are(chosen: str, telephony: Telephony) -> None:
    plan = planned.plan(load.from_text(f"{HEAD}{SIMULATED}[announcements]\n{chosen}\n"))
    assert plan.sound.telephony == telephony


def test_tones_of_nobody_are_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        load.from_text(f'{HEAD}{SIMULATED}[announcements]\ntones = "american"\n')
    assert 'announcements.tones: "american" is not known' in str(refused.value.problems)


def test_what_sounds_is_what_was_chosen_in_every_round_of_a_ringback() -> None:
    track, frames = ToneTrack(16000, telephony="european"), frames_of(Tone.RINGBACK, 16000, "european")
    track.play(Tone.RINGBACK)
    assert [track.over(None) for _ in range(2 * len(frames))] == 2 * list(frames)
