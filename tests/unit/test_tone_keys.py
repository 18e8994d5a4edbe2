"""Keys in the sound, within the limits of ITU-T Q.23 and Q.24; and what must never be taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.tones import HIGH_HZ, LOW_HZ, PAD, Samples, coded, heard, keys, placed, silence, tone

from portier.bench.line.g711 import Law
from portier.bench.voice import voice
from portier.keys_heard import Stage

RATES_HZ = (8000, 16000)
LAWS = (Law.A, Law.MU)


def pressed(rate_hz: int, law: Law | None, sound: Samples, *, chance: np.random.Generator) -> str:
    """Which keys are heard of a sound that begins anywhere in a frame, in a little noise."""
    lead = silence(rate_hz, 0.1 + chance.uniform(0, 0.02))
    whole = np.concatenate((lead, sound, silence(rate_hz, 0.1)))
    return keys(heard(rate_hz, coded(whole + chance.normal(0, 4, len(whole)), rate_hz, law)))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    ("weaker_dbm0", "twist_db", "beside"),
    [
        (-12.0, 0.0, (0.0, 0.0)),
        (0.0, 0.0, (0.0, 0.0)),
        (-25.0, 0.0, (0.0, 0.0)),
        (-20.0, 4.0, (0.0, 0.0)),
        (-20.0, -8.0, (0.0, 0.0)),
        (-12.0, 0.0, (0.015, 0.015)),
        (-12.0, 0.0, (-0.015, -0.015)),
        (-20.0, -8.0, (0.015, -0.015)),
        (-25.0, 4.0, (-0.015, 0.015)),
    ],
)
def test_every_key_of_40_ms_is_heard_at_all_levels_twists_and_frequencies_of_q24(
    rate_hz: int, weaker_dbm0: float, twist_db: float, beside: tuple[float, float]
) -> None:
    chance = np.random.default_rng(24)
    for key in PAD:
        for law in LAWS:
            one = tone(
                key,
                rate_hz,
                0.04,
                weaker_dbm0=weaker_dbm0,
                twist_db=twist_db,
                beside=beside,
                phase=chance.uniform(0, 6),
            )
            assert pressed(rate_hz, law, one, chance=chance) == key


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    ("length_s", "weaker_dbm0", "twist_db", "beside"),
    [
        (0.023, -12.0, 0.0, (0.0, 0.0)),
        (0.1, -12.0, 0.0, (0.035, 0.0)),
        (0.1, -12.0, 0.0, (0.0, -0.035)),
        (0.1, -12.0, 0.0, (-0.035, 0.035)),
        (0.1, -45.0, 0.0, (0.0, 0.0)),
        (0.1, -25.0, 12.0, (0.0, 0.0)),
        (0.1, -25.0, -14.0, (0.0, 0.0)),
    ],
)
def test_what_is_outside_the_limits_is_no_key(
    rate_hz: int, length_s: float, weaker_dbm0: float, twist_db: float, beside: tuple[float, float]
) -> None:
    chance = np.random.default_rng(25)
    for key in PAD:
        one = tone(
            key,
            rate_hz,
            length_s,
            weaker_dbm0=weaker_dbm0,
            twist_db=twist_db,
            beside=beside,
            phase=chance.uniform(0, 6),
        )
        assert pressed(rate_hz, Law.A, one, chance=chance) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_one_tone_alone_is_no_key(rate_hz: int) -> None:
    chance = np.random.default_rng(26)
    at_s = np.arange(rate_hz // 10) / rate_hz
    for hz in (*LOW_HZ, *HIGH_HZ, 425.0, 440.0):
        assert pressed(rate_hz, Law.A, 6000 * np.sin(2 * np.pi * hz * at_s), chance=chance) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_keys_are_heard_in_noise_of_12_db(rate_hz: int) -> None:
    chance = np.random.default_rng(27)
    missed = 0
    for key in PAD * 4:
        one = tone(key, rate_hz, 0.06, phase=chance.uniform(0, 6))
        noise = chance.normal(0, np.sqrt(np.mean(one**2) / 10**1.2), len(one))
        missed += pressed(rate_hz, Law.A, one + noise, chance=chance) != key
    assert missed == 0


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_noise_chords_and_a_generated_voice_are_no_keys(rate_hz: int) -> None:
    chance = np.random.default_rng(28)
    assert keys(heard(rate_hz, chance.normal(0, 4000, 20 * rate_hz))) == ""
    at_s = np.arange(rate_hz // 2) / rate_hz
    for root in range(24):
        chord = silence(rate_hz, 0.5)
        for step in (0, 4 if root % 2 else 3, 7):
            for overtone in range(1, 5):
                hz = 220 * 2 ** ((root + step) / 12) * overtone
                chord += 3000 / overtone * np.sin(2 * np.pi * hz * at_s + chance.uniform(0, 6)) * (hz < 3600)
        assert pressed(rate_hz, Law.A, chord, chance=chance) == ""
    for speaker in ("door", "phone"):
        spoken = np.frombuffer(voice(speaker, rate_hz, 20.0), np.int16).astype(np.float64)
        assert keys(heard(rate_hz, coded(spoken, rate_hz, Law.A))) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("on_s", "off_s", "count"), [(0.04, 0.04, 2), (0.05, 0.043, 2), (0.1, 0.01, 1)])
def test_a_pause_of_40_ms_divides_keys_and_an_interruption_of_10_ms_does_not(
    rate_hz: int, on_s: float, off_s: float, count: int
) -> None:
    chance = np.random.default_rng(29)
    for key in PAD:
        one = tone(key, rate_hz, on_s)
        twice = np.concatenate((one, silence(rate_hz, off_s), one))
        assert pressed(rate_hz, Law.A, twice, chance=chance) == key * count


def test_a_held_key_goes_down_once_is_told_to_be_held_and_comes_up() -> None:
    told = heard(8000, placed(8000, 6.0, (0.2, tone("7", 8000, 5.0))))
    stages = [stage for _, stage, _ in told]
    assert (stages[0], stages[-1]) == (Stage.DOWN, Stage.UP)
    assert stages[1:-1] == [Stage.HELD] * 24
    assert told[-1][2] == pytest.approx(5.0, abs=0.03)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_what_the_street_plays_and_the_far_phone_gives_back_is_no_key(rate_hz: int) -> None:
    """Louder or weaker, soon or late, short or long, once or often, and beside a hiss above 4 kHz."""
    chance = np.random.default_rng(30)
    for n in range(60):
        key, length_s = PAD[n % 16], chance.choice([0.04, 0.06, 0.2, 1.0])
        played = tone(key, rate_hz, length_s, weaker_dbm0=-14, twist_db=chance.uniform(-5, 3))
        late_s = chance.uniform(0.06, 2.8)
        street = placed(rate_hz, 4.5, (0.2, played * 10 ** (chance.uniform(-20, 20) / 20)))
        if rate_hz == 16000 and n % 2:
            hiss = chance.normal(0, 6000, len(street))
            street += hiss - np.convolve(hiss, np.sinc(np.arange(-30, 31) / 2) * np.hanning(61) / 2, "same")
        far = placed(rate_hz, 4.5, (0.2 + late_s, played))
        assert keys(heard(rate_hz, coded(far, rate_hz, Law.A), street)) == ""
    for late_s in (0.1, 0.35, 0.8):
        bursts = [(0.2 * n, tone("5", rate_hz, 0.06)) for n in range(12)]
        street = placed(rate_hz, 4.0, *bursts)
        assert (
            keys(heard(rate_hz, placed(rate_hz, 4.0, *((at + late_s, one) for at, one in bursts)), street))
            == ""
        )


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("twist_db", [-24, -20, -17, 17, 24])
def test_a_pair_that_the_way_back_makes_even_is_no_key(rate_hz: int, twist_db: int) -> None:
    """The street plays one tone far louder than the other; a small loudspeaker weakens that one."""
    chance = np.random.default_rng(33)
    for key in PAD:
        length_s = chance.choice([0.06, 0.2])
        played = tone(key, rate_hz, length_s, weaker_dbm0=-35, twist_db=twist_db)
        back = tone(key, rate_hz, length_s, weaker_dbm0=-25)
        street = placed(rate_hz, 1.5, (0.2, played)) + chance.normal(0, 8, round(1.5 * rate_hz))
        far = placed(rate_hz, 1.5, (0.2 + chance.uniform(0.06, 0.9), back))
        assert keys(heard(rate_hz, coded(far, rate_hz, Law.A), street)) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("masks_hz", [(605,), (640,), (1750,), (1790,), (1070,), (605, 1790), (640, 1070)])
def test_a_pair_behind_louder_tones_that_do_not_come_back_is_no_key(
    rate_hz: int, masks_hz: tuple[float, ...]
) -> None:
    """One or two beside it, 3 or 15 dB louder, that the way back weakens by 20 dB more."""
    chance = np.random.default_rng(34)
    for n, key in enumerate(PAD):
        pair = tone(key, rate_hz, 0.1, weaker_dbm0=-20)
        at_s = np.arange(len(pair)) / rate_hz
        mask = silence(rate_hz, 0.1)
        for hz in masks_hz:
            peak = 32768 * 10 ** ((-23.14 + (3, 15)[n % 2]) / 20)
            mask += peak * np.sin(2 * np.pi * hz * at_s + chance.uniform(0, 6))
        street = placed(rate_hz, 1.5, (0.2 + chance.uniform(0, 0.02), pair + mask))
        far = placed(rate_hz, 1.5, (0.6, pair + mask / 10 / (1, 4)[n % 2]))
        assert keys(heard(rate_hz, coded(far, rate_hz, Law.A), street)) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_short_pair_between_noise_that_does_not_come_back_is_no_key(rate_hz: int) -> None:
    chance = np.random.default_rng(35)
    for key in PAD * 2:
        pair = tone(key, rate_hz, 0.032, weaker_dbm0=-33)
        street = chance.normal(0, np.sqrt(np.mean(pair**2) * 1000), round(1.5 * rate_hz))
        at = round((0.2 + chance.uniform(0, 0.02)) * rate_hz)
        street[at : at + len(pair)] = pair
        far = placed(rate_hz, 1.5, (0.6 + chance.uniform(0, 0.02), pair * 4))
        assert keys(heard(rate_hz, far, street)) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_keys_that_come_back_from_our_own_loudspeaker_are_the_phone_s_all_the_same(rate_hz: int) -> None:
    chance = np.random.default_rng(31)
    for typed in ("5555", "1221", "#*#*", "0007"):
        for on_s, off_s in ((0.05, 0.045), (0.1, 0.1), (0.2, 0.4)):
            sent = [(0.1 + n * (on_s + off_s), tone(key, rate_hz, on_s)) for n, key in enumerate(typed)]
            late_s, louder = chance.uniform(0.06, 0.3), 10 ** (chance.uniform(-20, 10) / 20)
            captured = placed(rate_hz, 4.0, *((at_s + late_s, one * louder) for at_s, one in sent))
            assert keys(heard(rate_hz, placed(rate_hz, 4.0, *sent), captured)) == typed


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_key_that_makes_the_whole_round_by_loudspeaker_and_microphone_is_one(rate_hz: int) -> None:
    """The telephone hears it again from the door, and sends it back by its own microphone."""
    chance = np.random.default_rng(36)
    for typed in ("5", "17", "7#0"):
        for round_db in (-12, -18, -26):
            sent = [(0.1 + n * 0.5, tone(key, rate_hz, 0.12, weaker_dbm0=-6)) for n, key in enumerate(typed)]
            there_s, back_s = chance.uniform(0.06, 0.2, 2)
            captured = placed(rate_hz, 3.0, *((at_s + there_s, one / 3) for at_s, one in sent))
            again = [(at_s + there_s + back_s, one * 10 ** (round_db / 20)) for at_s, one in sent]
            assert keys(heard(rate_hz, placed(rate_hz, 3.0, *sent, *again), captured)) == typed


def test_a_weaker_repetition_that_did_not_come_from_the_door_is_another_key() -> None:
    one = tone("5", 8000, 0.12, weaker_dbm0=-6)
    assert keys(heard(8000, placed(8000, 2.0, (0.1, one), (0.5, one / 5)))) == "55"


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_visitor_who_speaks_and_a_loud_street_hide_no_key(rate_hz: int) -> None:
    chance = np.random.default_rng(32)
    spoken = np.frombuffer(voice("door", rate_hz, 20.0), np.int16).astype(np.float64)
    for n, key in enumerate(PAD * 2):
        at = int(chance.integers(0, len(spoken) - 2 * rate_hz))
        street = chance.normal(0, 3000, 2 * rate_hz) if n % 2 else spoken[at : at + 2 * rate_hz] * 2
        far = placed(rate_hz, 2.0, (1.3, tone(key, rate_hz, 0.1)))
        assert keys(heard(rate_hz, coded(far, rate_hz, Law.A), street)) == key


def test_a_call_that_begins_forgets_the_one_before() -> None:
    from portier.adapters.audio.tone_keys import ToneKeys

    told: list[str] = []
    listener = ToneKeys(8000, lambda key, stage, *_: told.append(key) if stage is Stage.DOWN else None)
    sound = tone("5", 8000, 0.1).astype(np.int16).tobytes()
    frames = [sound[at : at + 320] for at in range(0, len(sound), 320)]
    for frame in frames:
        listener.hear(frame, None, 0.0)
    listener.begin()
    for frame in frames:
        listener.hear(bytes(320), frame, 0.0)
    assert told == ["5"]
