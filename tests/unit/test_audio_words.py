"""Words behind tones: when they are said, who hears them, what interrupts them, and how loud all of it is."""

from __future__ import annotations

import time
from array import array
from itertools import islice

import pytest
from tests.unit.test_audio_line import RATE_HZ, RecordingFarEnd, until

from portier.adapters.audio import line as line_module
from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.tones import fade_out, frames_of, mix, quieter
from portier.adapters.audio.track import AFTER_WORDS_FRAMES, PAUSE_FRAMES, TonePlayer, ToneTrack
from portier.announcements.words import LONGEST_TALK_NOW_S
from portier.bench.card import SimulatedCard
from portier.core.effects import Tone

SILENT = bytes(640)
SAID = [array("h", [500 + number] * 320).tobytes() for number in range(40)]
SPEECH = b"".join(SAID)
FAR = array("h", [1000] * 320).tobytes()
FOR_BOTH_SIDES = (Tone.ENDING, Tone.FIRE, Tone.BLOCKED)


def sounding(tone: Tone) -> list[bytes]:
    """A tone's frames without the rest at its end."""
    frames = list(frames_of(tone, RATE_HZ))
    while frames[-1] == SILENT:
        frames.pop()
    return frames


def track(**words: bytes) -> ToneTrack:
    return ToneTrack(RATE_HZ, {Tone[name]: pcm for name, pcm in words.items()})


def all_of(one: ToneTrack) -> list[bytes]:
    """What is heard until it is silent."""
    return [frame or SILENT for frame in iter(lambda: one.over(None), None)]


def test_words_follow_their_tone_after_a_pause() -> None:
    words = track(GRANTED=SPEECH)
    words.play(Tone.GRANTED)
    assert all_of(words) == [*sounding(Tone.GRANTED), *[SILENT] * PAUSE_FRAMES, *SAID]
    assert not words.sounds


def test_a_last_piece_of_words_is_filled_with_silence() -> None:
    assert list(TonePlayer(Tone.DENIED, RATE_HZ, SPEECH[:700]))[-1] == SPEECH[640:700] + bytes(580)


def test_ringback_speaks_once_and_rings_on() -> None:
    heard = list(islice(TonePlayer(Tone.RINGBACK, RATE_HZ, SPEECH), 1000))
    ring = sounding(Tone.RINGBACK)
    once = [*ring, *[SILENT] * PAUSE_FRAMES, *SAID, *[SILENT] * AFTER_WORDS_FRAMES]
    assert heard[: len(once)] == once
    again = frames_of(Tone.RINGBACK, RATE_HZ)
    assert tuple(heard[len(once) : len(once) + 250]) == again
    assert heard.count(SAID[0]) == 1


@pytest.mark.parametrize("tone", Tone)
def test_the_far_end_is_never_sent_a_word(tone: Tone) -> None:
    words = ToneTrack(RATE_HZ, dict.fromkeys(Tone, SPEECH))
    words.play(tone)
    for _ in range(400):
        toward = words.toward_far_end(FAR)
        if tone not in FOR_BOTH_SIDES:
            assert toward is FAR
        words.over(None)
        assert toward not in [mix(FAR, frame) for frame in SAID]


@pytest.mark.parametrize("tone", FOR_BOTH_SIDES)
def test_the_far_end_hears_the_tone_alone_of_what_the_visitor_hears_with_words(tone: Tone) -> None:
    words = track(**{tone.name: SPEECH})
    words.play(tone)
    pairs = []
    while words.sounds:
        toward = words.toward_far_end(FAR)
        pairs.append((toward, words.over(None)))
    ring = sounding(tone)
    assert [toward for toward, _ in pairs[: len(ring)]] == [mix(FAR, frame) for frame in ring]
    assert {toward for toward, _ in pairs[len(ring) :]} == {FAR}
    assert [heard for _, heard in pairs[-1 - len(SAID) : -1]] == SAID


def test_a_talk_cuts_words_short_at_once_and_begins_within_its_limit() -> None:
    words = track(RINGBACK=SPEECH)
    words.play(Tone.RINGBACK)
    for _ in range(len(sounding(Tone.RINGBACK)) + PAUSE_FRAMES + 5):
        words.over(None)
    words.silence()
    words.play(Tone.TALK_NOW)
    beep = frames_of(Tone.TALK_NOW, RATE_HZ)
    assert words.over(None) == mix(fade_out(SAID[5]), beep[0])
    assert tuple(all_of(words)) == beep[1:]
    assert len(beep) * 0.02 <= LONGEST_TALK_NOW_S


def test_a_word_may_stand_in_place_of_the_tone_that_begins_a_talk() -> None:
    words = track(TALK_NOW=SPEECH[: 35 * 640])
    words.play(Tone.TALK_NOW)
    assert all_of(words) == SAID[:35]


def test_the_first_words_of_a_talk_are_heard_beside_its_signal() -> None:
    words = track()
    words.play(Tone.TALK_NOW)
    assert words.over(FAR) == mix(FAR, frames_of(Tone.TALK_NOW, RATE_HZ)[0])


def test_a_ringback_that_was_interrupted_in_a_word_rings_on_without_it() -> None:
    words = track(RINGBACK=SPEECH)
    words.play(Tone.RINGBACK)
    for _ in range(len(sounding(Tone.RINGBACK)) + PAUSE_FRAMES + 5):
        words.over(None)
    words.play(Tone.IN_USE)
    heard = [words.over(None) for _ in range(400)]
    assert not set(SAID) & set(heard)
    ring = frames_of(Tone.RINGBACK, RATE_HZ)
    first = len(frames_of(Tone.IN_USE, RATE_HZ))
    assert heard[first + 1 : first + 251] == list(ring)


def test_volume_is_for_the_visitor_alone() -> None:
    quiet = track(GRANTED=SPEECH)
    quiet.set_volume(-12.0)
    quiet.play(Tone.ENDING)
    frame = frames_of(Tone.ENDING, RATE_HZ)[0]
    assert quiet.toward_far_end(SILENT) == frame
    assert quiet.over(None) == quieter(frame, 10 ** (-12 / 20))
    assert quiet.over(FAR) == mix(FAR, quieter(frames_of(Tone.ENDING, RATE_HZ)[1], 10 ** (-12 / 20)))


def test_volume_holds_for_words_and_for_what_fades() -> None:
    quiet = track(DENIED=SPEECH)
    quiet.set_volume(-6.0)
    quiet.play(Tone.DENIED)
    heard = all_of(quiet)
    assert heard[-1] == quieter(SAID[-1], 10 ** (-6 / 20))
    quiet.play(Tone.BUSY)
    quiet.over(None)
    quiet.silence()
    faded = quiet.over(None)
    assert faded == quieter(fade_out(frames_of(Tone.BUSY, RATE_HZ)[1]), 10 ** (-6 / 20))


def test_12_db_less_is_a_quarter() -> None:
    assert array("h", quieter(array("h", [32767, -32768, 0]).tobytes(), 10 ** (-12 / 20))).tolist() == [
        8230,
        -8231,
        0,
    ]


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> SimulatedCard:
    monkeypatch.setattr(line_module, "_ask_for_realtime", lambda: None)
    return SimulatedCard(RATE_HZ, microphone=b"\x01\x00" * 320)


def test_a_line_says_words_to_the_door_lets_the_card_go_and_sends_none_to_a_call(card: SimulatedCard) -> None:
    far_end = RecordingFarEnd()
    line = MediaLine(card, far_end, lambda _: None, words={Tone.DENIED: SPEECH})
    line.start()
    try:
        until(lambda: card.heard and not card.is_open)
        began = len(card.heard)
        line.play(Tone.DENIED)
        until(lambda: card.is_open)
        until(lambda: not card.is_open)
        heard = card.heard[began:]
        assert SPEECH in heard
        assert len(heard) / 640 < len(frames_of(Tone.DENIED, RATE_HZ)) + PAUSE_FRAMES + len(SAID) + 15
        began = len(card.heard)
        line.open()
        line.play(Tone.DENIED)
        until(lambda: b"".join(mix(frame, b"\x10\x00" * 320) for frame in SAID[:30]) in card.heard[began:])
        assert set(far_end.captured) == {b"\x01\x00" * 320}, "the microphone, and nothing else"
        line.set_volume(-20.0)
        line.play(Tone.DENIED)
        quiet = quieter(frames_of(Tone.DENIED, RATE_HZ)[1], 0.1)
        until(lambda: mix(quiet, b"\x10\x00" * 320) in card.heard[began:])
        line.close()
        line.silence()
        until(lambda: not card.is_open)
    finally:
        assert line.stop(1.0)


def test_a_frame_is_made_quieter_in_a_small_part_of_its_time() -> None:
    def once_s() -> float:
        start_s = time.perf_counter()
        quieter(FAR, 0.25)
        return time.perf_counter() - start_s

    assert min(once_s() for _ in range(50)) < 0.001
