"""What the visitor sees and hears of a real call on loopback: tones, words and lamps, and how soon."""

from __future__ import annotations

import math
import time
from array import array
from pathlib import Path

import numpy as np
import pytest
from tests.integration.live import STRIKE_PIN, LiveStation
from tests.integration.test_limits import share_at

from portier.adapters import wall_clock
from portier.announcements.choice import Choice
from portier.announcements.words import Language
from portier.bench.line.behaviour import RING_ONLY, Answer, Behaviour, refuse
from portier.bench.wav import write_wav
from portier.core.effects import Tone

SPEAKS = 'language = "en"'
LAMPS = "status = 23\ncalling = 17\ntalking = 24\nreleased = 12\nfailure = 13"
TALKING_LAMP, RELEASED_LAMP, FAILURE_LAMP = 24, 12, 13
ALIKE = 0.4
_FRAME_BYTES = 320
"""20 ms at the phone, which records 8 kHz."""

WITHIN_S = 1.0
"""How soon after its cause a state is to be seen and heard: a bound, far above what it takes."""


def likeness(tone: Tone, heard: bytes, rate_hz: int) -> float:
    """How much of what was heard at some moment is the words of a tone: 1 with nothing beside them."""
    words = Choice(Language.ENGLISH).sounds(rate_hz)[tone]
    signal, piece = (np.frombuffer(pcm, np.int16).astype(float) for pcm in (heard, words))
    size = 1 << (len(signal) + len(piece)).bit_length()
    spectrum = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(piece, size))
    products = np.fft.irfft(spectrum, size)[: len(signal) - len(piece) + 1]
    energy = np.cumsum(np.concatenate([[0.0], signal**2]))
    local = np.maximum(energy[len(piece) :] - energy[: -len(piece)], 1.0)
    return float(np.max(products / np.sqrt(local * np.sum(piece**2))))


def said(heard: bytes, rate_hz: int) -> set[Tone]:
    """Whose words were said, beside a voice from inside or alone."""
    found = {tone: likeness(tone, heard, rate_hz) for tone in Choice(Language.ENGLISH).sounds(rate_hz)}
    print({tone.value: round(one, 2) for tone, one in found.items()})
    return {tone for tone, one in found.items() if one > ALIKE}


def tone(hz: float, rate_hz: int, length_s: float) -> bytes:
    count = round(length_s * rate_hz)
    turn = 2 * math.pi * hz / rate_hz
    return array("h", [round(8000 * math.sin(turn * at)) for at in range(count)]).tobytes()


def peak(pcm: bytes) -> int:
    return max(map(abs, array("h", pcm)), default=0)


@pytest.mark.parametrize("codecs", ['"PCMA"', '"G722", "PCMA"'])
def test_a_visitor_is_told_in_words_and_the_telephone_hears_none_of_them(tmp_path: Path, codecs: str) -> None:
    behaviour = Behaviour(answer=Answer(ring_s=4.0))
    sip = f"codecs = [{codecs}]"
    with LiveStation(tmp_path, behaviour, announcements=SPEAKS, lamps=LAMPS, sip=sip) as station:
        station.card.mute_microphone = True
        rate_hz, pressed_s = station.rate_hz, station.talk()
        ringing = station.card.heard_between(pressed_s, time.monotonic())
        assert said(ringing, rate_hz) == {Tone.RINGBACK}
        time.sleep(1.0)
        digit_s = time.monotonic()
        station.line.press("5")
        station.until_released(digit_s)
        station.until(lambda: station.pins.energised(RELEASED_LAMP), "seen", WITHIN_S)
        time.sleep(4.0)
        at_door = station.card.heard_between(digit_s, time.monotonic())
        assert said(at_door, rate_hz) == {Tone.GRANTED}
        # Its microphone is mute: of what follows the key, the two notes alone, which take 0.7 s, and no word.
        at_phone = station.line.recording()
        loud = [
            at for at in range(0, len(at_phone), _FRAME_BYTES) if peak(at_phone[at : at + _FRAME_BYTES]) > 300
        ]
        assert 0.4 < len(loud) * 0.02 < 1.0
        assert Tone.GRANTED not in said(at_phone, 8000)
        assert not station.faults


def test_an_answer_cuts_words_off_and_is_seen_and_heard_at_once(tmp_path: Path) -> None:
    """Words of an installer that would last for 8 s, made of one pitch."""
    pitch_hz, pcm = 700, tone(700, 16000, 8.0)
    write_wav(tmp_path / "ringback.wav", pcm, 16000)
    with LiveStation(
        tmp_path, Behaviour(answer=Answer(ring_s=3.0)), announcements=f'folder = "{tmp_path}"', lamps=LAMPS
    ) as station:
        pressed_s = station.talk()
        answered_s = time.monotonic()
        station.until(lambda: station.pins.energised(TALKING_LAMP), "seen", WITHIN_S)
        time.sleep(2.0)
        before = station.card.heard_between(pressed_s, answered_s - 0.2)
        after = station.card.heard_between(answered_s - 0.2, time.monotonic())
    assert sum(share > 0.8 for share in share_at(pitch_hz, before, station.rate_hz)) > 10
    begun = [at for at, share in enumerate(share_at(1200, after, station.rate_hz)) if share > 0.6]
    assert begun, "the beep of a talk"
    assert begun[0] * 0.05 < WITHIN_S
    still = [at for at, share in enumerate(share_at(pitch_hz, after, station.rate_hz)) if share > 0.6]
    # The voice from inside comes upon that pitch for a moment; words would have it for two seconds.
    assert sum(at > begun[0] for at in still) < 5, "no word after the beep"


def test_nobody_reached_and_busy_are_told_apart_in_words_and_by_lamp(tmp_path: Path) -> None:
    with LiveStation(tmp_path, announcements=SPEAKS, lamps=LAMPS) as station:
        for status, tone in ((486, Tone.BUSY), (404, Tone.NOT_AVAILABLE)):
            station.line.behaviour = Behaviour(answer=refuse(status))
            since_s = station.press()
            station.until(lambda: station.pins.energised(FAILURE_LAMP), "seen", WITHIN_S)
            time.sleep(5.5)
            heard = station.card.heard_between(since_s, time.monotonic())
            assert said(heard, station.rate_hz) == {tone}
            station.until(lambda: not station.card.is_open, "the card was let go", 2.0)
            station.until(lambda: not station.state.call_failed, "shown long enough", 8.0)


def test_by_night_tones_are_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_clock, "follows_something_right", lambda _: True)
    night = 'volume_by_profile = [{ profile = "always", volume_db = -20 }]\n[profiles.always]'
    with LiveStation(tmp_path, Behaviour(answer=RING_ONLY), audio=night, lamps=LAMPS) as station:
        station.until(lambda: station.state.profiles == ("always",), "the clock was told")
        since_s = station.press()
        time.sleep(1.0)
        heard = peak(station.card.heard_between(since_s, time.monotonic()))
        assert 700 < heard < 900, "a tenth of 8231"


def test_the_lamp_of_a_release_stays_for_all_of_it(tmp_path: Path) -> None:
    doors = "release_s = 2.0"
    with LiveStation(
        tmp_path, lamps=LAMPS, doors_front=f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\n{doors}'
    ) as station:
        station.talk()
        station.line.press("5")
        station.until_released()
        station.end_call()
        station.until_locked_again()
        station.until(lambda: not station.pins.energised(RELEASED_LAMP), "dark again", WITHIN_S)
        relay, lamp = station.pins.pin(STRIKE_PIN), station.pins.pin(RELEASED_LAMP)
        lit_s = lamp.times(level=False)[-1] - lamp.times(level=True)[-1]
        released_s = relay.times(level=False)[-1] - relay.times(level=True)[-1]
        assert abs(lit_s - released_s) < 0.3
        assert released_s > 1.9
