"""A hearing loop at the second channel: a level of its own, and whole frames of both channels at the card."""

from __future__ import annotations

import os
import time
from array import array

import pytest
from tests.unit.test_audio_card import SAMPLES, FakePcm, FakePlayback
from tests.unit.test_config_signals import HEAD, SIMULATED, problems

from portier.adapters.audio.card import OpenAlsaCard
from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.processing.loop import HearingLoop
from portier.bench.card import SimulatedCard
from portier.config import load, planned
from portier.core.effects import Tone

ALSA = '[audio]\ncard = "alsa"\ncapture = "plughw:CARD=Device"\nplayback = "plughw:CARD=Device"\n'


def square(peak: int, samples: int = SAMPLES) -> bytes:
    return array("h", [peak, -peak] * (samples // 2)).tobytes()


def test_the_loop_has_its_gain_and_the_loudspeaker_is_not_touched() -> None:
    both = array("h", HearingLoop(16000, 6.0).beside(square(100), square(4000)))
    assert len(both) == 2 * SAMPLES
    assert both[0::2] == array("h", square(100))
    assert max(both[1::2]) == pytest.approx(4000 * 10 ** (6 / 20), abs=2)


def test_the_loop_is_limited() -> None:
    both = array("h", HearingLoop(16000, 20.0).beside(square(100), square(30000)))
    assert max(both[1::2]) <= 32768 * 10 ** (-1 / 20)


def test_a_card_of_two_channels_is_given_whole_frames_of_both() -> None:
    ready = os.eventfd(1)
    playback = FakePlayback(ready)
    playback.facts["channels"] = 2
    card = OpenAlsaCard(FakePcm(ready), playback, SAMPLES, channels=2)
    assert playback.written == [bytes(4 * SAMPLES * 2)], "the reserve"
    frame = HearingLoop(16000, 0.0).beside(square(100), square(4000))
    playback.written.clear()
    assert card.write(frame)
    assert playback.written == [frame]
    card._playback._too_much = True
    quiet = HearingLoop(16000, 0.0).beside(square(100), square(100))
    assert card.write(quiet)
    assert playback.written[-1] == quiet[len(quiet) // 2 :], "half a frame, of both channels"
    os.close(ready)


def test_the_line_gives_both_channels_where_there_is_a_loop() -> None:
    card = SimulatedCard(16000)
    line = MediaLine(card, None, lambda _: None, loop=HearingLoop(16000, 0.0))
    line.start()
    try:
        line.play(Tone.GRANTED)
        give_up_s = time.monotonic() + 5
        while not any(card.heard):
            assert time.monotonic() < give_up_s
            time.sleep(0.02)
    finally:
        assert line.stop(2.0)
    both = array("h", bytes(card.heard))
    assert both[0::2] == both[1::2]


def test_it_is_in_the_plan_where_it_is_configured_alone() -> None:
    assert planned.plan(load.from_text(HEAD + ALSA)).sound.loop_gain_db is None
    assert planned.plan(load.from_text(HEAD + ALSA + "loop_gain_db = -3\n")).sound.loop_gain_db == -3


def test_a_card_without_two_channels_is_told() -> None:
    told = problems(HEAD + SIMULATED + "loop_gain_db = -3\n")
    assert any('audio.loop_gain_db: needs card = "alsa"' in line for line in told), told
