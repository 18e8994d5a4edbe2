"""G.711, RTP, telephone events, the recording and the sound files of the line."""

from __future__ import annotations

import math
import socket
import time
import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from portier.bench.line import Instant, KeyShape, Law, MessageError, g711, sound
from portier.bench.line.leg import KeyWay, Leg
from portier.bench.line.packets import (
    KEYS,
    KeyEvent,
    Packet,
    event_steps,
    pack,
    pack_event,
    unpack,
    unpack_event,
)
from portier.bench.line.recording import Recording
from portier.bench.line.sdp import Choice, Format
from portier.errors import PortierError

FRAME_NS = 20_000_000


def test_each_code_is_its_own_sample() -> None:
    codes = bytes(range(256))
    for law in Law:
        again = g711.encode(law, g711.decode(law, codes))
        # Mu-law has two zeros: the negative one comes back as the positive.
        assert again == (codes if law is Law.A else codes.replace(b"\x7f", b"\xff"))


def test_known_codes_of_the_recommendation() -> None:
    samples = array("h", [0, 32767, -32768, 8, -8]).tobytes()
    assert g711.encode(Law.A, samples) == bytes([0xD5, 0xAA, 0x2A, 0xD5, 0x55])
    assert g711.encode(Law.MU, samples) == bytes([0xFF, 0x80, 0x00, 0xFE, 0x7E])
    assert g711.silence(Law.A) == 0xD5
    assert array("h", g711.decode(Law.A, b"\xaa\x2a")).tolist() == [32256, -32256]
    assert array("h", g711.decode(Law.MU, b"\x80\x00\xff")).tolist() == [32124, -32124, 0]


@pytest.mark.parametrize("law", Law)
def test_the_error_stays_under_half_a_step(law: Law) -> None:
    samples = array("h", range(-32768, 32768))
    back = array("h", g711.decode(law, g711.encode(law, samples.tobytes())))
    # A step is a 16th of its segment (and at least 16): half of it, and what lies beyond the last level.
    beyond = 32767 - back[-1]
    assert all(
        abs(a - b) <= max(16, (abs(a) + 132) / 32 + 4, beyond if abs(a) > back[-1] else 0)
        for a, b in zip(samples, back, strict=True)
    )


packets = st.builds(
    Packet,
    payload_type=st.integers(0, 127),
    sequence=st.integers(0, 65535),
    timestamp=st.integers(0, 2**32 - 1),
    source=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=40),
    marker=st.booleans(),
)


@given(packets)
def test_packets_are_read_as_they_were_written(packet: Packet) -> None:
    assert unpack(pack(packet)) == packet


@given(st.binary(max_size=60))
def test_any_bytes_are_a_packet_or_refused(data: bytes) -> None:
    for head in (b"", b"\xb1\x08"):
        try:
            unpack(head + data)
            unpack_event(data)
        except MessageError:
            pass


def test_extension_contributors_and_padding_are_left_out() -> None:
    head = bytes([0xB1, 8]) + bytes(10) + bytes(4) + b"\xbe\xde\x00\x01" + bytes(4)
    assert unpack(head + b"sound" + b"\x00\x00\x03").payload == b"sound"


def test_an_event_is_four_bytes() -> None:
    assert pack_event(KeyEvent(11, True, 10, 800)) == bytes([11, 0x8A, 0x03, 0x20])
    assert unpack_event(bytes([11, 0x8A, 0x03, 0x20])) == KeyEvent(11, True, 10, 800)


def test_a_key_has_one_marker_growing_durations_and_three_ends() -> None:
    steps = event_steps("#", KeyShape(duration_ms=100))
    events = [unpack_event(step.payload or b"") for step in steps]
    assert [step.marker for step in steps] == [True] + [False] * 6
    assert [event.duration for event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event.end for event in events] == [False] * 4 + [True] * 3
    assert {event.code for event in events} == {KEYS.index("#")} == {11}


def test_packets_of_a_key_can_get_lost() -> None:
    steps = event_steps("1", KeyShape(duration_ms=60, lost=frozenset({0, 4})))
    assert [step.payload is None for step in steps] == [True, False, False, False, True]


def at(frame: float) -> Instant:
    return Instant(round(frame * FRAME_NS), round(frame * FRAME_NS))


def heard(*come: tuple[float, int, int], source: int = 1) -> Recording:
    """A recording of packets: arrival in frames, sequence number, timestamp in frames; the payload says."""
    recording = Recording()
    for when, sequence, frame in come:
        timestamp = (4294967000 + 160 * frame) % 2**32
        packet = Packet(8, sequence % 65536, timestamp, source, bytes([frame % 256]) * 160)
        recording.add(packet, at(when), lambda payload: payload * 2)
    return recording


def test_packets_lie_where_their_timestamps_say() -> None:
    recording = heard((0, 65534, 0), (1, 65535, 1), (2.5, 1, 3), (2.6, 0, 2), (5, 3, 5), (5.1, 3, 5))
    samples = recording.samples()
    assert [samples[320 * n] for n in range(6)] == [0, 1, 2, 3, 0, 5]
    counters = recording.counters
    assert (counters.received, counters.lost, counters.late, counters.doubled) == (6, 1, 1, 1)
    assert counters.longest_gap_ms == pytest.approx(48)
    assert recording.first_at == at(0)


def test_the_jitter_of_a_steady_stream_is_nothing() -> None:
    assert heard(*((n, n, n) for n in range(50))).counters.jitter_ms == 0
    uneven = heard(*((n + (0.5 if n % 2 else 0), n, n) for n in range(400)))
    assert uneven.counters.jitter_ms == pytest.approx(10, abs=0.1)


def test_a_wild_timestamp_does_not_fill_the_memory() -> None:
    recording = heard((0, 0, 0), (1, 1, 1), (2, 2, 10_000_000), (3, 3, 10_000_001))
    assert len(recording.samples()) == 4 * 320


def test_a_new_source_goes_where_the_clock_stands() -> None:
    recording = heard((0, 0, 0))
    recording.add(Packet(8, 9, 77, 2, b"\x07" * 160), at(3), lambda payload: payload * 2)
    assert len(recording.samples()) == 4 * 320
    assert recording.counters.sources == 2
    assert recording.counters.lost == 0


def power(samples: bytes, hz: float, rate_hz: int = 8000) -> float:
    values = array("h", samples)
    step = 2 * math.pi * hz / rate_hz
    real = sum(value * math.cos(step * n) for n, value in enumerate(values))
    imaginary = sum(value * math.sin(step * n) for n, value in enumerate(values))
    return 2 * math.hypot(real, imaginary) / max(1, len(values))


def test_a_voice_of_16_khz_is_halved_without_its_upper_band(tmp_path: Path) -> None:
    values = [
        6000 * math.sin(2 * math.pi * 1000 * n / 16000) + 6000 * math.sin(2 * math.pi * 6500 * n / 16000)
        for n in range(3200)
    ]
    path = tmp_path / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(array("h", map(round, values)).tobytes())
    voice = sound.load(path)
    assert len(voice) == 2 * 1600
    assert power(voice, 1000) == pytest.approx(6000, rel=0.05)
    assert power(voice, 1500) < 60


def test_a_recording_is_saved_and_read_again(tmp_path: Path) -> None:
    tone = sound.sine(440, 0.1)
    assert sound.save(tmp_path / "tone.wav", tone) == 800
    assert sound.load(tmp_path / "tone.wav") == tone
    (tmp_path / "none.wav").write_bytes(b"RIFF")
    for name in ("none.wav", "missing.wav"):
        with pytest.raises(PortierError, match=name):
            sound.load(tmp_path / name)


def test_a_key_tone_is_two_tones() -> None:
    tone = sound.key_tone("5", 0.2)
    assert power(tone, 770) == pytest.approx(6000, rel=0.1)
    assert power(tone, 1336) == pytest.approx(6000, rel=0.1)
    assert power(tone, 941) < 300


def test_a_key_whose_timestamp_creeps_keeps_its_own_step_though_the_machine_sleeps() -> None:
    """Else it leaps past its own duration, and is another key."""
    choice = Choice(Format(8, "PCMA"), 101)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5.0)
        leg = Leg("127.0.0.1", b"", lambda _: None)
        try:
            leg.speak(ear.getsockname(), choice)
            assert leg.press("9", KeyWay.EVENT, KeyShape(creeps=True), lambda _: time.sleep(0.3))
            came = [one for _ in range(60) if (one := unpack(ear.recv(2048))).payload_type == 101]
        finally:
            leg.close()
    assert [(one.timestamp - came[0].timestamp) % 2**32 for one in came] == [160 * n for n in range(7)]
