"""The preset `low`: 10 ms of sound at a time, through every part that cares how long a frame is."""

from __future__ import annotations

from array import array

import pytest

from portier.adapters import pjsip_library
from portier.adapters.audio.joined import Joined
from portier.adapters.audio.meter import Meter
from portier.adapters.audio.processing.making import make_chain
from portier.adapters.audio.tones import frames_of
from portier.adapters.audio.track import ToneTrack
from portier.config.sound import SoundKeys, frame_ms
from portier.core.effects import Tone
from portier.facts import Fact, SoundReading
from portier.sound_settings import EchoChoice, SoundProcessing

RATE_HZ = 16000
FRAME_BYTES = 320
FRAME_MS = 10


@pytest.mark.parametrize(
    ("latency", "card", "length_ms"),
    [("normal", "alsa", 20), ("low", "alsa", 10), ("low", "simulated", 20), ("low", "none", 20)],
)
def test_only_a_real_card_works_on_short_frames(latency: str, card: str, length_ms: int) -> None:
    assert frame_ms(SoundKeys.model_validate({"latency": latency}), card) == length_ms


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_sounds_the_same(tone: Tone) -> None:
    long = b"".join(frames_of(tone, RATE_HZ))
    frames = frames_of(tone, RATE_HZ, frame_ms=FRAME_MS)
    assert {len(one) for one in frames} == {FRAME_BYTES}
    assert b"".join(frames) == long[: sum(map(len, frames))]
    assert not any(long[sum(map(len, frames)) :])


def test_words_follow_after_the_same_pause() -> None:
    words = {Tone.GRANTED: b"\x11\x11" * RATE_HZ}
    heard = []
    for length_ms in (20, FRAME_MS):
        track = ToneTrack(RATE_HZ, words, frame_ms=length_ms)
        track.play(Tone.GRANTED)
        heard.append(b"".join(iter(lambda track=track: track.over(None) or b"", b"")))  # type: ignore[misc]
    assert heard[0].rstrip(b"\0") == heard[1].rstrip(b"\0")


def test_a_second_of_sound_is_one_reading() -> None:
    told: list[Fact] = []
    meter = Meter(told.append, FRAME_MS)
    frame = array("h", [1000] * 160).tobytes()
    for number in range(100):
        meter.take(frame, frame, number / 100)
    (reading,) = (one for one in told if isinstance(one, SoundReading))
    assert (reading.every_s, len(reading.captured_peaks)) == (0.1, 10)


@pytest.mark.parametrize("echo", ["aec3", "half-duplex", "off"])
def test_what_is_done_to_the_sound_takes_short_frames(echo: EchoChoice) -> None:
    chain = make_chain(SoundProcessing(echo, noise_suppression_db=12, high_pass=True), RATE_HZ, FRAME_MS)
    chain.begin()
    assert "fail" not in chain.words
    for _ in range(100):
        assert len(chain.toward_far_end(bytes(FRAME_BYTES))) == FRAME_BYTES
        assert len(chain.toward_loudspeaker(bytes(FRAME_BYTES))) == FRAME_BYTES
    assert "fail" not in chain.words


class _Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, bytes | None, float]] = []
        self.calls = 0

    def begin(self) -> None:
        self.calls += 1

    def hear(self, captured: bytes, far: bytes | None, at_s: float) -> None:
        self.heard.append((captured, far, at_s))


def test_who_listens_for_keys_hears_whole_frames() -> None:
    listener = _Listener()
    joined = Joined(listener, 2)
    for number, far in enumerate((None, None, b"ab", None, b"cd")):
        joined.hear(bytes([number, number]), far, float(number))
    assert listener.heard == [(b"\0\0\1\1", None, 1.0), (b"\2\2\3\3", b"ab\0\0", 3.0)]
    joined.begin()
    joined.hear(b"xx", None, 9.0)
    joined.hear(b"yy", None, 10.0)
    assert (listener.calls, listener.heard[-1]) == (1, (b"xxyy", None, 10.0))


def test_pjsip_knows_what_packets_are_made_of() -> None:
    """A binding takes an attribute it does not have, and nothing comes of it."""
    pj = pjsip_library.load()
    assert hasattr(pj.CodecParamSetting(), "frmPerPkt")
    assert hasattr(pj.CodecParamInfo(), "frameLen")
