"""The ALSA card, with devices that misbehave in every way real ones were seen to."""

from __future__ import annotations

import errno
import os
import select
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from portier.adapters.audio import card as card_module
from portier.adapters.audio.card import AlsaCard, OpenAlsaCard
from portier.adapters.audio.playback import Playback
from portier.errors import AudioError
from portier.ports import Card

SAMPLES = 320
FRAME = b"\x05\x00" * SAMPLES
SILENCE = bytes(2 * SAMPLES)
DRY = -errno.EPIPE


class DeviceError(Exception):
    """Stands for alsaaudio.ALSAAudioError."""


@dataclass
class FakePcm:
    """One direction of a card: what it is to answer, and what it was asked."""

    descriptor: int
    to_read: deque[tuple[int, bytes] | Exception] = field(default_factory=deque)
    to_answer: deque[int | Exception] = field(default_factory=deque)
    written: list[bytes] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    free_samples: int = 3 * SAMPLES
    waiting_samples: int | Exception = 0
    reads: int = 0
    facts: dict[str, Any] = field(
        default_factory=lambda: {
            "rate": 16000,
            "channels": 1,
            "format_name": "S16_LE",
            "period_size": SAMPLES,
            "buffer_size": 4 * SAMPLES,
        }
    )

    def polldescriptors(self) -> list[tuple[int, int]]:
        return [(self.descriptor, select.POLLIN)]

    def polldescriptors_revents(self, descriptors: list[tuple[int, int]]) -> int:
        assert [fd for fd, _ in descriptors] == [self.descriptor]
        return descriptors[0][1]

    def info(self) -> dict[str, Any]:
        return self.facts

    def read(self) -> tuple[int, bytes]:
        self.reads += 1
        answer: tuple[int, bytes] | Exception = self.to_read.popleft() if self.to_read else (0, b"")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def write(self, pcm: bytes) -> int:
        answer = self.to_answer.popleft() if self.to_answer else len(pcm) // 2
        if isinstance(answer, Exception):
            raise answer
        self.written.append(pcm)
        return answer

    def avail(self) -> int:
        waiting = self.waiting_samples
        if isinstance(waiting, Exception):
            raise waiting
        return waiting

    def drop(self) -> None:
        self.calls.append("drop")

    def close(self) -> None:
        self.calls.append("close")


class FakePlayback(FakePcm):
    def avail(self) -> int:
        return self.free_samples


@dataclass
class Devices:
    capture: FakePcm
    playback: FakePlayback

    def open(self) -> OpenAlsaCard:
        card = OpenAlsaCard(self.capture, self.playback, SAMPLES)
        self.playback.written.clear()
        return card


@pytest.fixture
def devices() -> Iterator[Devices]:
    ready = os.eventfd(1)
    yield Devices(FakePcm(ready), FakePlayback(ready))
    os.close(ready)


def test_it_starts_with_two_periods_of_silence_and_a_first_read(devices: Devices) -> None:
    OpenAlsaCard(devices.capture, devices.playback, SAMPLES)
    assert devices.playback.written == [SILENCE * 2]
    assert devices.capture.reads == 1


def test_parts_become_whole_frames(devices: Devices) -> None:
    card = devices.open()
    stream = bytes(range(256)) * 10
    for start, count in ((0, 100), (100, 320), (420, 220)):
        devices.capture.to_read.append((count, stream[2 * start : 2 * (start + count)]))
    assert card.read() == stream[:640]
    assert card.read() == stream[640:1280]


def test_an_overrun_loses_sound_and_goes_on(devices: Devices) -> None:
    card = devices.open()
    devices.capture.to_read.extend([(DRY, b""), (0, b""), (SAMPLES, FRAME)])
    assert card.read() == FRAME


def test_no_frame_within_200_ms(devices: Devices) -> None:
    card = devices.open()
    start_s = time.monotonic()
    assert card.read() is None
    assert 0.19 < time.monotonic() - start_s < 0.4


def test_a_frame_is_asked_for_when_it_is_due_and_the_device_is_not_polled_for_it(devices: Devices) -> None:
    polled: list[int] = []

    class Polled(FakePcm):
        def polldescriptors_revents(self, descriptors: list[tuple[int, int]]) -> int:
            polled.append(1)
            self.to_read.append((SAMPLES, FRAME))
            return descriptors[0][1]

    devices.capture = Polled(devices.capture.descriptor)
    card = devices.open()
    assert card.read() == FRAME
    first_s = time.monotonic()
    assert len(polled) == 1
    devices.capture.to_read.extend([(SAMPLES, FRAME)] * 20)
    for _ in range(20):
        assert card.read() == FRAME
    assert len(polled) == 1
    assert time.monotonic() - first_s >= 0.39, "each waited for its moment"


def test_a_device_that_falls_behind_our_clock_is_waited_for(devices: Devices) -> None:
    class Late(FakePcm):
        def polldescriptors_revents(self, descriptors: list[tuple[int, int]]) -> int:
            self.to_read.append((SAMPLES, FRAME))
            return descriptors[0][1]

    devices.capture = Late(devices.capture.descriptor)
    card = devices.open()
    for _ in range(5):
        assert card.read() == FRAME


def test_a_frame_that_the_device_is_silent_about_is_found(devices: Devices) -> None:
    """ALSA's jack plugin now and then wakes nobody for a frame, only for the next."""
    silent = os.eventfd(0)
    there_s = time.monotonic() + 0.005

    class Silent(FakePcm):
        def read(self) -> tuple[int, bytes]:
            return (SAMPLES, FRAME) if time.monotonic() >= there_s else (0, b"")

    devices.capture = Silent(silent)
    assert devices.open().read() == FRAME
    os.close(silent)
    assert time.monotonic() - there_s < 0.15, "not found before the device is given up"


def test_what_piled_up_in_a_stall_is_read_without_waiting(devices: Devices) -> None:
    card = devices.open()
    devices.capture.to_read.extend([(SAMPLES, FRAME)] * 10)
    start_s = time.monotonic()
    for _ in range(10):
        assert card.read() == FRAME
    assert time.monotonic() - start_s < 0.15


def test_a_device_that_is_always_ready_and_never_gives_is_not_asked_all_the_time(devices: Devices) -> None:
    card = devices.open()
    devices.capture.reads = 0
    assert card.read() is None
    assert devices.capture.reads < 60


def test_a_frame_is_written_as_it_is(devices: Devices) -> None:
    assert devices.open().write(FRAME)
    assert devices.playback.written == [FRAME]


def test_a_dry_loudspeaker_is_told_and_filled_up(devices: Devices) -> None:
    card = devices.open()
    devices.playback.to_answer.append(DRY)
    assert not card.write(FRAME)
    assert devices.playback.written == [FRAME, SILENCE, FRAME]
    assert card.write(FRAME)


def test_a_short_write_is_a_full_buffer_and_no_fault(devices: Devices) -> None:
    card = devices.open()
    devices.playback.to_answer.extend([100, 0])
    assert card.write(FRAME)
    assert card.write(FRAME)


def test_a_loudspeaker_that_takes_nothing_for_half_a_second_is_gone(devices: Devices) -> None:
    card = devices.open()
    devices.playback.to_answer.extend([0] * 24 + [100] + [0] * 25)
    for _ in range(49):
        card.write(FRAME)
    with pytest.raises(AudioError, match=r"open but took no sound for 0\.5 s"):
        card.write(FRAME)


@pytest.mark.parametrize(("free", "waiting"), [(SAMPLES, 0), (2 * SAMPLES, SAMPLES)])
def test_a_frame_is_left_out_when_the_delay_grows(devices: Devices, free: int, waiting: int) -> None:
    card = devices.open()
    devices.playback.free_samples = free
    devices.capture.waiting_samples = waiting
    assert card.write(FRAME)
    assert devices.playback.written == []


def test_silence_is_put_in_before_it_runs_dry(devices: Devices) -> None:
    card = devices.open()
    devices.playback.free_samples = 4 * SAMPLES - 40
    assert card.write(FRAME)
    assert devices.playback.written == [SILENCE[:SAMPLES], FRAME]


def _writes(card: OpenAlsaCard, frames: int, frame: bytes = FRAME) -> None:
    for _ in range(frames):
        assert card.write(frame)


def test_delay_that_nobody_needs_is_taken_out_of_a_quiet_moment(devices: Devices) -> None:
    card = devices.open()
    devices.playback.free_samples = 3 * SAMPLES  # 20 ms wait at each write, which is twice what is needed
    loud = b"\x00\x40" * SAMPLES
    _writes(card, 101, loud)
    assert devices.playback.written[:95] == [loud] * 95
    assert {len(one) for one in devices.playback.written[95:]} == {2 * SAMPLES - 2}, (
        "by samples while it is loud"
    )
    _writes(card, 2)
    assert [len(one) for one in devices.playback.written[101:]] == [SAMPLES, 2 * SAMPLES]


def test_delay_that_is_needed_now_and_then_stays(devices: Devices) -> None:
    card = devices.open()
    for number in range(300):
        devices.playback.free_samples = 3 * SAMPLES + (160 if number % 50 == 0 else 0)
        assert card.write(FRAME)
    assert all(len(one) == 2 * SAMPLES for one in devices.playback.written)


@pytest.mark.parametrize("frame_ms", [20, 10])
def test_what_is_taken_out_leaves_as_much_as_drift_keeps(frame_ms: int) -> None:
    """8 ms: what one rule takes out the other must not put in again, nor a late frame find it dry."""
    samples = 16 * frame_ms
    ready = os.eventfd(1)
    pcm = FakePlayback(ready)
    pcm.facts |= {"period_size": samples, "buffer_size": 4 * samples}
    playback = Playback(pcm, samples)
    pcm.free_samples = 4 * samples - samples // 2 - 120
    for _ in range(500):
        playback.write(bytes(2 * samples), lambda: 0)
    os.close(ready)
    assert {len(one) for one in pcm.written} == {2 * samples}


def test_after_an_xrun_it_waits_longer_before_it_shortens_the_delay_again(devices: Devices) -> None:
    card = devices.open()
    devices.playback.to_answer.append(DRY)
    assert not card.write(FRAME)
    _writes(card, 150)
    assert all(len(one) == 2 * SAMPLES for one in devices.playback.written)
    _writes(card, 100)
    assert any(len(one) == SAMPLES for one in devices.playback.written)


def test_late_is_not_dry(devices: Devices) -> None:
    card = devices.open()
    devices.playback.free_samples = 4 * SAMPLES - 40
    devices.capture.waiting_samples = 300
    assert card.write(FRAME)
    assert devices.playback.written == [FRAME]


@pytest.mark.parametrize("answer", [DRY, DeviceError("Broken pipe")])
def test_an_xrun_that_hides_the_depth(devices: Devices, answer: int | Exception) -> None:
    card = devices.open()
    devices.capture.waiting_samples = answer
    assert card.write(FRAME)
    assert devices.playback.written == [FRAME]


def test_a_dry_loudspeaker_hides_the_depth_and_is_filled_up(devices: Devices) -> None:
    card = devices.open()
    devices.playback.free_samples = DRY
    devices.playback.to_answer.append(DRY)
    assert not card.write(FRAME)
    assert devices.playback.written == [FRAME, SILENCE, FRAME]


def test_a_device_that_is_gone(devices: Devices) -> None:
    card = devices.open()
    devices.capture.to_read.append(DeviceError("No such device [jk]"))
    with pytest.raises(AudioError, match=r"capture device stopped: No such device \[jk\]"):
        card.read()
    devices.playback.to_answer.append(DeviceError("Input/output error [jk]"))
    with pytest.raises(AudioError, match="playback device stopped: Input/output error"):
        card.write(FRAME)


def test_close_drops_what_is_queued_and_never_fails(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = devices.open()

    def refuse() -> None:
        raise DeviceError("No such device")

    monkeypatch.setattr(devices.playback, "drop", refuse)
    monkeypatch.setattr(devices.playback, "close", refuse)
    card.close()
    assert devices.capture.calls == ["drop", "close"]


@dataclass
class FakeAlsa:
    """Stands for the module alsaaudio."""

    devices: Devices
    asked: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)

    def pcm(self, kind: str, mode: str, **settings: Any) -> FakePcm:
        self.asked.append({"kind": kind, "mode": mode, **settings})
        device = settings["device"]
        if device in self.refusals:
            raise DeviceError(f"{self.refusals[device]} [{device}]")
        return self.devices.capture if kind == "capture" else self.devices.playback


@pytest.fixture
def alsa(devices: Devices, monkeypatch: pytest.MonkeyPatch) -> FakeAlsa:
    fake = FakeAlsa(devices)
    monkeypatch.setattr(card_module, "try_device", lambda *_: None)
    module = SimpleNamespace(
        PCM=fake.pcm,
        PCM_CAPTURE="capture",
        PCM_PLAYBACK="playback",
        PCM_NONBLOCK="nonblock",
        PCM_FORMAT_S16_LE="S16_LE",
        ALSAAudioError=DeviceError,
        cards=lambda: ["Headphones", "Device"],
    )
    monkeypatch.setitem(sys.modules, "alsaaudio", module)
    return fake


def test_both_devices_are_opened_alike(alsa: FakeAlsa) -> None:
    card: Card = AlsaCard("plughw:CARD=Mic", "plughw:CARD=Out", 8000)
    alsa.devices.capture.facts["rate"] = alsa.devices.playback.facts["rate"] = 8000
    card.open()
    common = {"mode": "nonblock", "rate": 8000, "channels": 1, "format": "S16_LE"}
    assert alsa.asked == [
        {"kind": "capture", "device": "plughw:CARD=Mic", "periodsize": 160, "periods": 4, **common},
        {"kind": "playback", "device": "plughw:CARD=Out", "periodsize": 80, "periods": 8, **common},
    ], "half a frame less at the loudspeaker is a whole period, and heard sooner, however rates are converted"


def test_a_busy_capture_device_is_named(alsa: FakeAlsa) -> None:
    alsa.refusals["plughw:CARD=Device"] = "Device or resource busy"
    with pytest.raises(AudioError) as caught:
        AlsaCard("plughw:CARD=Device", "plughw:CARD=Device", 16000).open()
    assert str(caught.value) == (
        'audio: cannot open capture "plughw:CARD=Device": Device or resource busy. '
        "Cards here: Headphones, Device"
    )


def test_a_capture_device_is_given_back_when_playback_fails(alsa: FakeAlsa) -> None:
    alsa.refusals["out"] = "No such device"
    with pytest.raises(AudioError, match='cannot open playback "out": No such device'):
        AlsaCard("mic", "out", 16000).open()
    assert alsa.devices.capture.calls == ["close"]


def test_both_devices_are_given_back_when_they_do_not_start(alsa: FakeAlsa) -> None:
    alsa.devices.capture.to_read.append(DeviceError("Input/output error"))
    with pytest.raises(AudioError, match='capture "mic" and playback "out" opened, but did not start'):
        AlsaCard("mic", "out", 16000).open()
    assert alsa.devices.capture.calls == alsa.devices.playback.calls == ["close"]


def test_a_card_at_another_rate_is_refused(alsa: FakeAlsa) -> None:
    alsa.devices.playback.facts["rate"] = 48000
    with pytest.raises(AudioError, match=r'playback "hw:0" gives 48000 Hz.*plughw:'):
        AlsaCard("hw:0", "hw:0", 16000).open()
    assert alsa.devices.capture.calls == alsa.devices.playback.calls == ["close"]


def test_what_alsa_itself_cannot_open_is_not_tried_with_pythons_lock_held(
    alsa: FakeAlsa, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(direction: str, device: str, rate_hz: int, channels: int) -> None:
        raise AudioError(f'audio: cannot open {direction} "{device}": Connection timed out')

    monkeypatch.setattr(card_module, "try_device", refuse)
    with pytest.raises(AudioError, match=r'cannot open capture "mic": Connection timed out. Cards here: '):
        AlsaCard("mic", "out", 16000).open()
    assert not alsa.asked


def test_without_pyalsaaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alsaaudio", None)
    with pytest.raises(AudioError, match=r"pyalsaaudio is not here.*libasound2-dev"):
        AlsaCard("mic", "out", 16000).open()


def test_the_real_library_says_no_to_a_card_that_is_not_here() -> None:
    with pytest.raises(AudioError, match=r'cannot open capture "plughw:CARD=NotHere": .*Cards here: '):
        AlsaCard("plughw:CARD=NotHere", "plughw:CARD=NotHere", 16000).open()
