"""Tones: their length, level and edges, and how they are laid over a voice."""

from __future__ import annotations

import time
from array import array
from itertools import islice, pairwise

import pytest

from portier.adapters.audio.tones import PEAK, fade_out, frames_of, mix
from portier.adapters.audio.track import TonePlayer, ToneTrack
from portier.core.effects import Tone

RATES_HZ = (8000, 16000)


def pcm_of(tone: Tone, rate_hz: int) -> array[int]:
    return array("h", b"".join(frames_of(tone, rate_hz)))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("tone", Tone)
def test_every_frame_has_20_ms(tone: Tone, rate_hz: int) -> None:
    assert {len(frame) for frame in frames_of(tone, rate_hz)} == {rate_hz * 2 // 50}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("tone", Tone)
def test_peak_is_12_db_below_full_scale(tone: Tone, rate_hz: int) -> None:
    assert PEAK == 8231
    peak = max(map(abs, pcm_of(tone, rate_hz)))
    assert 0.85 * PEAK < peak <= PEAK


@pytest.mark.parametrize("tone", Tone)
def test_no_click_at_any_edge(tone: Tone) -> None:
    pcm = pcm_of(tone, 16000)
    assert abs(pcm[0]) < 100
    assert abs(pcm[-1]) < 100
    # 1800 Hz, the highest, moves at most 0.65 of its peak from one sample to the next.
    assert max(abs(b - a) for a, b in pairwise(pcm)) < 0.75 * PEAK
    starts = [i for i in range(160, len(pcm)) if pcm[i] and not any(pcm[i - 160 : i])]
    assert all(abs(pcm[i]) < 200 for i in starts)


@pytest.mark.parametrize(
    ("tone", "length_s"),
    [(Tone.RINGBACK, 5.0), (Tone.BUSY, 3.0), (Tone.NOT_AVAILABLE, 2.98), (Tone.IN_USE, 0.3)],
)
def test_lengths(tone: Tone, length_s: float) -> None:
    assert len(frames_of(tone, 16000)) * 0.02 == pytest.approx(length_s, abs=0.021)


def test_ringback_sounds_a_second_and_a_half_and_rests() -> None:
    pcm = pcm_of(Tone.RINGBACK, 8000)
    assert any(pcm[int(1.4 * 8000) : int(1.49 * 8000)])
    assert not any(pcm[int(1.5 * 8000) :])


def test_ringback_never_ends_and_busy_does() -> None:
    assert len(list(islice(TonePlayer(Tone.RINGBACK, 8000), 600))) == 600
    assert len(list(TonePlayer(Tone.BUSY, 8000))) == 150
    assert TonePlayer(Tone.RINGBACK, 8000).loops
    assert not TonePlayer(Tone.BUSY, 8000).loops


def test_mix_adds_and_stops_at_the_limits() -> None:
    a = array("h", [1, -1, 30000, -30000, 32767, -32768]).tobytes()
    b = array("h", [2, -2, 30000, -30000, 0, -1]).tobytes()
    assert array("h", mix(a, b)).tolist() == [3, -3, 32767, -32768, 32767, -32768]
    assert mix(b, a) == mix(a, b)
    assert mix(b"", b"") == b""


def test_mix_refuses_frames_of_two_lengths() -> None:
    with pytest.raises(ValueError, match="shorter"):
        mix(bytes(640), bytes(320))


def test_mix_takes_a_small_part_of_a_frame() -> None:
    loud = array("h", [30000, -30000] * 160).tobytes()

    def once_s() -> float:
        start_s = time.perf_counter()
        mix(loud, loud)
        return time.perf_counter() - start_s

    assert min(once_s() for _ in range(50)) < 0.001


def test_fade_out_begins_as_it_was_and_ends_silent() -> None:
    faded = array("h", fade_out(array("h", [8000] * 320).tobytes()))
    assert faded[0] == 8000
    assert abs(faded[-1]) <= 25
    assert list(faded) == sorted(faded, reverse=True)


def test_a_track_without_a_tone_passes_the_far_end() -> None:
    track = ToneTrack(16000)
    assert track.over(None) is None
    assert track.over(b"\1\0" * 320) == b"\1\0" * 320
    assert not track.sounds


def test_a_track_lays_its_tone_over_the_far_end() -> None:
    track = ToneTrack(16000)
    track.play(Tone.GRANTED)
    first, second = frames_of(Tone.GRANTED, 16000)[:2]
    far = array("h", [1000] * 320).tobytes()
    assert track.over(None) == first
    assert track.over(far) == mix(far, second)


def test_a_replaced_tone_fades_into_the_next() -> None:
    track = ToneTrack(16000)
    track.play(Tone.BUSY)
    track.over(None)
    track.play(Tone.DENIED)
    busy, denied = frames_of(Tone.BUSY, 16000)[1], frames_of(Tone.DENIED, 16000)
    assert track.over(None) == mix(fade_out(busy), denied[0])
    assert track.over(None) == denied[1]


def test_a_stopped_tone_fades_once() -> None:
    track = ToneTrack(16000)
    track.play(Tone.RINGBACK)
    track.over(None)
    track.silence()
    track.silence()
    assert not track.sounds
    assert track.over(None) == fade_out(frames_of(Tone.RINGBACK, 16000)[1])
    assert track.over(None) is None


def test_a_tone_stopped_while_no_card_was_open_does_not_fade_later() -> None:
    track = ToneTrack(16000)
    track.play(Tone.RINGBACK)
    track.silence()
    track.forget_cut()
    assert track.over(None) is None


@pytest.mark.parametrize("tone", [one for one in Tone if one is not Tone.RINGBACK])
def test_the_ringback_is_heard_again_after_any_short_tones(tone: Tone) -> None:
    """Keys at the keypad, the exit button and a fire alarm sound while it rings, and do not end that."""
    track = ToneTrack(16000)
    track.play(Tone.RINGBACK)
    for _ in range(10):
        track.over(None)
    track.play(tone)
    track.over(None)
    track.play(tone)
    for _ in frames_of(tone, 16000):
        track.over(None)
    period = frames_of(Tone.RINGBACK, 16000)
    heard = [track.over(None) for _ in range(len(period) + 1)]
    assert all(frame in heard for frame in period)
    assert track.sounds
    track.end_loops()
    assert not track.sounds


@pytest.mark.parametrize("tone", [None, *Tone])
def test_the_far_end_gets_its_frame_untouched_unless_a_tone_is_for_both_sides(tone: Tone | None) -> None:
    """The very same object: what does not sound costs nothing."""
    track, captured = ToneTrack(16000), array("h", [1000] * 320).tobytes()
    if tone is not None:
        track.play(tone)
    toward = track.toward_far_end(captured)
    if tone in (Tone.ENDING, Tone.FIRE, Tone.BLOCKED):
        assert toward == mix(captured, frames_of(tone, 16000)[0])
    else:
        assert toward is captured


def test_the_far_end_hears_a_tone_for_both_sides_once_and_to_its_end() -> None:
    track = ToneTrack(16000)
    track.play(Tone.ENDING)
    captured = bytes(640)
    heard = []
    while track.sounds:
        heard.append(track.toward_far_end(captured))
        track.over(None)
    frames = list(frames_of(Tone.ENDING, 16000))
    assert heard[: len(frames)] == frames
    assert all(frame is captured for frame in heard[len(frames) :])
