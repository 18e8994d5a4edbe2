"""`portier audio test`: every fault, made of synthetic sound, is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from portier.doctor.finding import Finding, Severity
from portier.sound_check.judge import findings
from portier.sound_check.measure import Measured, measure
from portier.sound_check.signal import PERIOD_S, SILENCE_S, Samples, begins, signal

RATES = (8000, 16000)
Curve = NDArray[np.float64]


def _noise(count: int, dbfs: float, seed: int = 1) -> Curve:
    return np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), count)


def _room(rate_hz: int, loss_db: float = 20.0, delay_s: float = 0.06, noise_dbfs: float = -60.0) -> Curve:
    """What a microphone hears of the signal: late, weaker, with an echo of the wall, and noise."""
    played = signal(rate_hz).astype(np.float64)
    out = _noise(len(played), noise_dbfs)
    for later_s, weaker in ((0.0, 1.0), (0.007, 0.3)):
        shift = round((delay_s + later_s) * rate_hz)
        out[shift:] += weaker * 10 ** (-loss_db / 20) * played[: len(played) - shift]
    return out


def _heard(sound: Curve) -> Samples:
    return np.asarray(np.clip(np.round(sound), -32768, 32767), np.int16)


def _judged(sound: Curve, rate_hz: int = 16000) -> list[Finding]:
    return list(findings(measure(_heard(sound), rate_hz)))


def _wrong(sound: Curve, rate_hz: int = 16000) -> list[str]:
    return [one.text for one in _judged(sound, rate_hz) if one.severity > Severity.NOTE]


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("delay_s", "loss_db"), [(0.02, 6.0), (0.06, 20.0), (0.15, 35.0)])
def test_a_good_pair_has_no_fault_and_its_delay_and_loss_are_right(
    rate_hz: int, delay_s: float, loss_db: float
) -> None:
    sound = _room(rate_hz, loss_db, delay_s)
    assert _wrong(sound, rate_hz) == []
    measured = measure(_heard(sound), rate_hz)
    assert measured.delay_ms == pytest.approx(1000 * delay_s, abs=1.0)
    assert measured.loss_db == pytest.approx(loss_db, abs=1.5)
    assert measured.noise_dbfs == pytest.approx(-60, abs=1.0)
    assert measured.heard == 5


def test_the_noise_of_the_place_is_not_taken_for_echo() -> None:
    measured = measure(_heard(_room(16000, loss_db=35.0, noise_dbfs=-50.0)), 16000)
    assert measured.loss_db == pytest.approx(35.0, abs=1.5)


def test_a_microphone_that_gives_nothing_is_told_and_nothing_more() -> None:
    rng = np.random.default_rng(1)
    silent = np.zeros(len(signal(16000)))
    for sound in (silent, silent + 40, rng.integers(-1, 2, len(silent)).astype(np.float64)):
        (told,) = _wrong(sound)
        assert told == "nothing comes from the microphone, not even noise"


@pytest.mark.parametrize("noise_dbfs", [-70.0, -50.0, -30.0])
def test_a_loudspeaker_that_is_not_heard_is_told_whatever_the_noise(noise_dbfs: float) -> None:
    (told,) = _wrong(_noise(len(signal(16000)), noise_dbfs))
    assert told.startswith("the microphone did not hear what was played")


def test_a_street_is_no_loudspeaker() -> None:
    count = len(signal(16000))
    swells = 1 + np.sin(np.arange(count) / 16000 * 2 * np.pi * 0.4)
    for seed in range(20):
        (told,) = _wrong(_noise(count, -40.0, seed) * swells)
        assert told.startswith("the microphone did not hear what was played")


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_weak_echo_in_noise_is_heard(rate_hz: int) -> None:
    assert _wrong(_room(rate_hz, loss_db=35.0, noise_dbfs=-50.0), rate_hz) == []


def test_clipping_while_it_sounds_is_told_with_its_share() -> None:
    (told, *_) = _wrong(_room(16000, loss_db=-16.0))
    assert told.startswith("it clips while the loudspeaker sounds (")


def test_clipping_in_silence_is_told() -> None:
    assert "it clips though nothing is played" in _wrong(_noise(len(signal(16000)), 3.0))


def test_loud_is_not_clipping() -> None:
    told = _wrong(_room(16000, loss_db=-9.0))
    assert not [one for one in told if "clips" in one]


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("mains", [50, 100])
def test_hum_is_told_by_its_frequency_and_level(rate_hz: int, mains: int) -> None:
    sound = _room(rate_hz)
    sound += (
        32768 * 10 ** (-40 / 20) * np.sqrt(2) * np.sin(2 * np.pi * mains * np.arange(len(sound)) / rate_hz)
    )
    assert _wrong(sound, rate_hz) == [f"it hums at {mains} Hz (-40 dBFS)"]


def test_a_rumble_that_is_not_the_mains_is_no_hum() -> None:
    sound = _room(16000)
    white = _noise(len(sound), -20.0, 2)
    rumble = np.convolve(white, np.ones(160) / 160, "same")
    assert not [one for one in _wrong(sound + rumble) if "hums" in one]


def test_an_echo_that_is_louder_than_what_is_played_is_told() -> None:
    assert _wrong(_room(16000, loss_db=-6.0)) == ["comes 60 ms after it was played, 6 dB stronger"]


def test_a_delay_that_jumps_is_told() -> None:
    sound = _room(16000)
    third = begins(16000)[2]
    # The card lost 40 ms.
    cut = np.concatenate([sound[: third - 3200], sound[third - 3200 + 640 :], np.zeros(640)])
    (told,) = _wrong(cut)
    assert told.endswith("at moments that differ by 40 ms")


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("lost_ms", [40, 80, 100, 160, 320])
def test_lost_sound_is_no_fault_of_the_loudspeaker_however_much_more_than_the_delay(
    rate_hz: int, lost_ms: int
) -> None:
    (told,) = _wrong(_lost(_room(rate_hz), rate_hz, 2.5, lost_ms), rate_hz)
    assert told == (
        f"comes 60 ms after it was played, 20 dB weaker, and at moments that differ by {lost_ms} ms"
    )
    measured = measure(_heard(_lost(_room(rate_hz), rate_hz, 2.5, lost_ms)), rate_hz)
    assert measured.heard == 5


def test_sound_that_is_lost_before_the_first_sweep_is_told() -> None:
    (told,) = _wrong(_lost(_room(16000), 16000, 0.8, 160))
    assert told == "is heard 100 ms before it was played: sound is missing, and 20 dB weaker"


def test_a_sweep_that_comes_early_and_clips_is_not_clipping_in_silence() -> None:
    told = _wrong(_lost(_room(16000, loss_db=-16.0), 16000, 2.5, 160))
    assert told[0].startswith("it clips while the loudspeaker sounds (")


def _lost(sound: Curve, rate_hz: int, at_s: float, lost_ms: int) -> Curve:
    """The same, but the card has lost a piece of it."""
    cut, count = round(at_s * rate_hz), rate_hz * lost_ms // 1000
    rest = _noise(count, -60.0, 3)
    return np.concatenate([sound[:cut], sound[cut + count :], rest])


def test_half_a_frame_that_the_station_put_in_itself_is_no_fault() -> None:
    sound = _room(16000)
    third = begins(16000)[2] - 3200
    assert _wrong(np.concatenate([sound[:third], np.zeros(160), sound[third:-160]])) == []


def test_an_echo_that_is_too_late_is_told() -> None:
    (told,) = _wrong(_room(16000, delay_s=0.3))
    assert told == "comes 300 ms after it was played, 20 dB weaker: too late to be cancelled well"


def test_swapped_devices_are_told_alone() -> None:
    deaf = measure(_heard(_noise(len(signal(16000)), -60.0)), 16000)
    (told,) = findings(deaf, measure(_heard(_room(16000)), 16000))
    assert told.text.startswith("microphone and loudspeaker are swapped")
    assert told.advice == "exchange audio.capture and audio.playback"
    assert [one.text for one in findings(deaf, deaf)] == [one.text for one in findings(deaf)]


def test_a_recording_that_was_cut_short_is_no_fault_of_the_program() -> None:
    for count in (0, 1, 100, 16000):
        assert measure(np.zeros(count, np.int16), 16000).heard == 0


def test_a_loud_place_is_a_note() -> None:
    measured: Measured = replace(measure(_heard(_room(16000)), 16000), noise_dbfs=-30.0)
    (first, *_) = findings(measured)
    assert first.severity is Severity.NOTE


def test_the_signal_is_silent_before_and_leaves_room_between() -> None:
    for rate_hz in RATES:
        played = signal(rate_hz)
        assert not played[: begins(rate_hz)[0]].any()
        assert begins(rate_hz)[0] >= SILENCE_S * rate_hz
        assert len(played) - begins(rate_hz)[-1] == round(PERIOD_S * rate_hz)
        assert abs(played.astype(int)).max() < 8300
