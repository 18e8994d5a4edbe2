"""Echo cancellation with synthetic sound: what is left, what is kept, and what happens when it fails."""

from __future__ import annotations

import logging
import math
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from portier.adapters.audio.processing import linear as linear_module
from portier.adapters.audio.processing.aec3 import Aec3
from portier.adapters.audio.processing.chain import LATE_FRAMES, Canceller, Chain
from portier.adapters.audio.processing.cleaner import Cleaner
from portier.adapters.audio.processing.levels import Limiter
from portier.adapters.audio.processing.making import make_chain, needed
from portier.adapters.audio.processing.voice_switch import VoiceSwitch
from portier.bench.voice import Speaker, voice
from portier.config.sound import SoundKeys, processing
from portier.sound_settings import SoundProcessing, VoiceSwitchSettings

SECONDS = 5
SETTLED_S = 2


def spoken(speaker: Speaker, rate_hz: int) -> NDArray[np.float64]:
    return np.frombuffer(voice(speaker, rate_hz, SECONDS), np.int16).astype(np.float64)


def babble(rate_hz: int, seed: int, seconds: float = SECONDS) -> NDArray[np.float64]:
    """Noise that comes and goes like syllables, of an RMS of some 3000."""
    count = round(rate_hz * seconds)
    noise = np.random.default_rng(seed).standard_normal(count)
    coloured = np.convolve(noise, np.hanning(9), "same") / 2
    syllables = np.maximum(0, np.sin(2 * np.pi * (3.1 + 0.7 * (seed % 3)) * np.arange(count) / rate_hz)) ** 2
    return np.asarray(coloured * syllables * 5000)


def echo_of(far: NDArray[np.float64], rate_hz: int, delay_s: float = 0.05) -> NDArray[np.float64]:
    """A direct path and two walls."""
    out = np.zeros_like(far)
    for late_s, share in ((delay_s, 0.6), (delay_s + 0.004, -0.3), (delay_s + 0.011, 0.15)):
        late = round(late_s * rate_hz)
        out[late:] += share * far[: len(far) - late]
    return out


def through(
    canceller: Canceller, near: NDArray[np.float64], far: NDArray[np.float64], frame: int
) -> NDArray[np.float64]:
    captured, played = (np.clip(one, -32768, 32767).astype(np.int16) for one in (near, far))
    out = [
        canceller.cancelled(captured[at : at + frame].tobytes(), played[at : at + frame].tobytes())
        for at in range(0, len(captured) - frame + 1, frame)
    ]
    return np.frombuffer(b"".join(out), np.int16).astype(np.float64)


def rms(sound: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(sound**2)))


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("frame_ms", [10, 20])
def test_echo_goes_and_a_wrong_reference_shows_it(rate_hz: int, frame_ms: int) -> None:
    far = spoken("phone", rate_hz)
    near = echo_of(far, rate_hz)
    frame, settled = rate_hz * frame_ms // 1000, SETTLED_S * rate_hz
    left = through(Aec3(rate_hz, frame), near, far, frame)
    assert 20 * math.log10(rms(near[settled:]) / rms(left[settled:])) > 30
    stranger = through(Aec3(rate_hz, frame), near, spoken("door", rate_hz), frame)
    assert 20 * math.log10(rms(near[settled:]) / rms(stranger[settled:])) < 12


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_the_visitor_alone_is_kept(rate_hz: int) -> None:
    near, far = babble(rate_hz, 3), np.zeros(SECONDS * rate_hz)
    heard = through(Aec3(rate_hz), near, far, rate_hz // 50)
    assert abs(20 * math.log10(rms(heard[rate_hz:]) / rms(near[rate_hz : len(heard)]))) < 1.0


def test_a_card_that_is_opened_with_another_delay_brings_no_old_echo_path_back() -> None:
    rate_hz = 16000
    far = spoken("phone", rate_hz)
    near = echo_of(far, rate_hz)
    later = np.concatenate((np.zeros(rate_hz // 100), near))[: len(near)]
    canceller = Aec3(rate_hz)
    through(canceller, later, far, 320)
    canceller.opened()
    second = slice(rate_hz, 2 * rate_hz)
    left = through(canceller, near, far, 320)
    assert 20 * math.log10(rms(near[second]) / rms(left[second])) > 20


@pytest.mark.parametrize("frame_ms", [20, 10])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_what_is_mixed_is_as_late_as_aec3_is(rate_hz: int, frame_ms: int) -> None:
    canceller = Aec3(rate_hz, rate_hz * frame_ms // 1000)
    click = np.zeros(rate_hz // 5, np.int16)
    click[rate_hz // 10] = 16000
    frames = np.split(click, 200 // frame_ms)
    silent = np.zeros(len(frames[0]), np.int16)
    by_aec3 = np.concatenate([canceller._processor.process(frame, silent) for frame in frames])
    mixed = np.concatenate([canceller._passed(frame) for frame in frames])
    places = [int(np.abs(one.astype(np.int32)).argmax()) for one in (by_aec3, mixed)]
    assert places[0] > rate_hz // 10
    assert abs(places[0] - places[1]) <= 1


@pytest.mark.parametrize("frame_ms", [20, 10])
def test_more_of_the_visitor_is_kept_beside_echo_than_by_aec3_alone(frame_ms: int) -> None:
    rate_hz, seconds = 16000, 8
    frame = rate_hz * frame_ms // 1000
    far, visitor = babble(rate_hz, 1, seconds), babble(rate_hz, 3, seconds)
    visitor[: 4 * rate_hz] = 0
    noise = np.random.default_rng(5).standard_normal(len(far)) * 5
    near = echo_of(far, rate_hz) + visitor + noise
    kept = []
    for canceller in (Aec3(rate_hz, frame), Aec3(rate_hz, frame, linear=False)):
        heard = through(canceller, near, far, frame)[4 * rate_hz + 128 :]
        said = visitor[4 * rate_hz : 4 * rate_hz + len(heard)]
        kept.append(20 * math.log10(abs(heard @ said) / (said @ said)))
    assert kept[0] > -3.0
    assert kept[0] > kept[1] + 1.0


def test_digital_silence_is_none_to_aec3_and_all_else_is_as_it_came() -> None:
    seen: list[NDArray[np.int16]] = []

    class Spy:
        def process(self, near: NDArray[np.int16], far: NDArray[np.int16]) -> NDArray[np.int16]:
            seen.extend((near, far))
            return near

    canceller = Aec3(16000)
    canceller._processor = Spy()  # type: ignore[assignment]
    canceller.cancelled(bytes(640), bytes(640))
    # It computes up to ten times as long after a while of nothing but zeros.
    assert [np.abs(one).max() for one in seen] == [1, 1]
    full = np.full(320, 32767, np.int16).tobytes()
    canceller.cancelled(full, full)
    assert [one.tobytes() for one in seen[2:]] == [full, full]


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="640 bytes here, these 320 and 640"):
        Aec3(16000).cancelled(bytes(320), bytes(640))


def test_without_libspeexdsp_it_is_aec3_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(linear_module, "LIBRARY", "libnowhere.so.1")
    canceller = Aec3(16000)
    assert canceller.name == "AEC3"
    assert "apt install libspeexdsp1" in caplog.text
    assert len(canceller.cancelled(bytes(640), bytes(640))) == 640


class Failing:
    """A canceller that fails at its third frame."""

    name = "one that fails"

    def __init__(self) -> None:
        self.frames = 0

    def begin(self) -> None:
        pass

    def opened(self) -> None:
        pass

    def cancelled(self, near: bytes, far: bytes) -> bytes:
        assert len(near) == len(far)
        self.frames += 1
        if self.frames >= 3:
            raise RuntimeError("no more")
        return bytes(len(near))


def chain_of(canceller: Canceller | None, voice_switch: VoiceSwitch | None = None) -> Chain:
    return Chain(canceller, voice_switch, VoiceSwitch(VoiceSwitchSettings(), 20), Limiter(16000, 0.0, 0.0))


def test_a_canceller_that_fails_is_left_out_said_once_and_half_duplex_stands_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Failing()
    chain = chain_of(failing)
    loud = babble(16000, 1, 0.5).astype(np.int16).tobytes()
    chain.begin()
    with caplog.at_level(logging.ERROR):
        for at in range(0, len(loud) - 640, 640):
            heard = chain.toward_far_end(loud[at : at + 640])
            assert len(heard) == 640
            chain.toward_loudspeaker(loud[at : at + 640])
    assert failing.frames == 3
    assert caplog.text.count("left out") == 1
    assert chain.words == "half-duplex, as echo cancellation failed"
    # The far end spoke until now: the microphone is down.
    captured = np.full(320, 20000, np.int16).tobytes()
    assert np.abs(np.frombuffer(chain.toward_far_end(captured), np.int16)).max() < 2000


def test_one_that_failed_is_tried_in_the_next_call_and_after_three_failures_no_more() -> None:
    failing = Failing()
    chain = chain_of(failing)
    for is_tried in (True, True, True, False):
        failing.frames = 0
        chain.begin()
        assert (chain.words == failing.name) is is_tried
        for _ in range(5):
            assert len(chain.toward_far_end(bytes(640))) == 640
        assert failing.frames == (3 if is_tried else 0)
        assert chain.words == "half-duplex, as echo cancellation failed"


def test_a_canceller_that_is_too_slow_is_left_out_and_one_that_is_late_now_and_then_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Slow(Failing):
        now_s, slow = 0.0, False

        def cancelled(self, near: bytes, far: bytes) -> bytes:
            assert len(near) == len(far)
            self.frames += 1
            self.now_s += 0.016 if self.slow or self.frames % LATE_FRAMES else 0.001
            return near

    canceller = Slow()
    switch = VoiceSwitch(VoiceSwitchSettings(), 20)
    chain = Chain(canceller, None, switch, Limiter(16000, 0.0, 0.0), clock=lambda: canceller.now_s)
    for _ in range(10 * LATE_FRAMES):
        chain.toward_far_end(bytes(640))
    assert chain.words == canceller.name
    canceller.slow = True
    for _ in range(10 * LATE_FRAMES):
        chain.toward_far_end(bytes(640))
    assert chain.words == "half-duplex, as echo cancellation failed"
    assert caplog.text.count("this machine is too slow for it, or too busy") == 1


def test_the_reference_is_what_was_played_last_once_it_was_limited_or_what_the_card_tells() -> None:
    references: list[bytes] = []

    class Notes(Failing):
        def cancelled(self, near: bytes, far: bytes) -> bytes:
            references.append(far)
            return near

    chain = Chain(Notes(), None, VoiceSwitch(VoiceSwitchSettings(), 20), Limiter(16000, 0.0, -20.0))
    chain.begin()
    quiet = bytes(640)
    assert chain.toward_far_end(quiet) == quiet
    played = chain.toward_loudspeaker(np.full(320, 30000, np.int16).tobytes())
    chain.toward_far_end(quiet)
    told = np.full(320, 700, np.int16).tobytes()
    chain.toward_far_end(quiet, told)
    assert references == [quiet, played, told]
    assert np.frombuffer(played, np.int16).max() <= 3277


def test_cleaning_that_fails_is_left_out_too(caplog: pytest.LogCaptureFixture) -> None:
    def fails(frame: bytes) -> bytes:
        raise RuntimeError("no more")

    switch = VoiceSwitch(VoiceSwitchSettings(), 20)
    chain = Chain(None, None, switch, Limiter(16000, 0.0, 0.0), clean=fails)
    frame = np.full(320, 500, np.int16).tobytes()
    assert chain.toward_far_end(frame) == frame
    assert chain.toward_far_end(frame) == frame
    assert caplog.text.count("noise suppression failed") == 1


@pytest.mark.parametrize(
    ("echo", "words"),
    [
        ("auto", "AEC3 and a linear filter"),
        ("aec3", "AEC3 and a linear filter"),
        ("half-duplex", "half-duplex"),
        ("off", "off"),
    ],
)
def test_what_is_asked_for_is_what_runs(echo: str, words: str) -> None:
    assert (
        make_chain(processing(SoundKeys.model_validate({"echo": echo}), simulated=False), 16000).words
        == words
    )


def test_without_the_package_it_is_half_duplex_and_the_log_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here = "portier.adapters.audio.processing"
    for module in (f"{here}.aec3", f"{here}.cleaner"):
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.delattr(sys.modules[here], module.rpartition(".")[2], raising=False)
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    chain = make_chain(SoundProcessing("auto", noise_suppression_db=12, high_pass=True), 16000)
    assert chain.words == "half-duplex"
    assert caplog.text.count("pip install 'portier[echo]'") == 2
    frame = np.full(320, 500, np.int16).tobytes()
    assert len(chain.toward_far_end(frame)) == 640


def test_noise_is_turned_down_and_a_quiet_voice_up() -> None:
    rate_hz = 16000
    noise = (np.random.default_rng(1).standard_normal(4 * rate_hz) * 500).astype(np.int16)
    for suppression_db, least_db, most_db in ((6, 3.0, 9.0), (18, 12.0, 24.0)):
        cleaner = Cleaner(rate_hz, False, suppression_db, 0.0)
        heard = np.frombuffer(
            b"".join(cleaner.cleaned(noise[at : at + 320].tobytes()) for at in range(0, len(noise), 320)),
            np.int16,
        )
        down_db = 20 * math.log10(rms(noise[-rate_hz:].astype(float)) / rms(heard[-rate_hz:].astype(float)))
        assert least_db <= down_db <= most_db, suppression_db


def test_a_bench_without_echo_is_left_alone_and_a_card_is_not() -> None:
    keys = SoundKeys()
    assert not needed(processing(keys, simulated=True))
    assert processing(keys, simulated=False).echo == "auto"
    assert processing(SoundKeys(echo="aec3"), simulated=True).echo == "aec3"
    assert needed(processing(keys, simulated=False))
    assert not needed(
        processing(SoundKeys(echo="off", high_pass=False, speaker_limit_dbfs=0.0), simulated=True)
    )
