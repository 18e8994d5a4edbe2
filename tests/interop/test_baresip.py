"""The station calls a phone that is not ours: baresip, by real SIP and RTP, each side judged from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.interop.baresip import RATES_HZ, VOICE_S, Codec
from tests.interop.scene import (
    DOOR_HEARD,
    PHONE_FOLDER,
    RELEASE_DIGIT,
    RELEASE_S,
    RING_TIMEOUT_S,
    STATION_RATE_HZ,
    WRONG_DIGIT,
    Seen,
)
from tests.interop.stage import play

from portier.bench.evidence import find
from portier.bench.voice import voice
from portier.bench.wav import read_wav

NARROWBAND_HZ = 4000
# Of the voices' energy 1 % lies above 4 kHz; of what a narrowband codec leaves of them, under a millionth.
WIDEBAND_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit by one codec: what was seen, and what each side heard, mono S16."""

    codec: Codec
    seen: Seen
    door_heard: bytes
    phone_heard: bytes


@pytest.fixture(scope="module", params=["PCMA", "G722"])
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """One visit for the tests that look at its parts; the phone knows no other codec than this one."""
    codec: Codec = request.param
    folder = tmp_path_factory.mktemp("visit")
    seen = play("visit", codec, folder)
    (recording,) = (folder / PHONE_FOLDER).glob("dump-*-dec.wav")
    return Visit(
        codec,
        seen,
        read_wav(folder / DOOR_HEARD, STATION_RATE_HZ),
        read_wav(recording, RATES_HZ[codec]),
    )


def test_the_prefix_and_the_line_are_dialled_and_the_phone_answers_by_itself(visit: Visit) -> None:
    assert "INVITE sip:36913100000000@10.78.0.2:5062 SIP/2.0" in visit.seen.phone_log
    (answered_s,) = visit.seen.entered("Talking")
    assert answered_s - visit.seen.moments["pressed"] < 5.0


def test_both_sides_agree_on_the_only_codec_the_phone_has(visit: Visit) -> None:
    assert f"Set audio decoder: {visit.codec} {RATES_HZ[visit.codec]}Hz" in visit.seen.phone_log
    assert f"Set audio encoder: {visit.codec} {RATES_HZ[visit.codec]}Hz" in visit.seen.phone_log


def test_the_phone_hears_the_visitor(visit: Visit) -> None:
    rate_hz = RATES_HZ[visit.codec]
    match = find(voice("door", rate_hz, VOICE_S), visit.phone_heard, rate_hz)
    assert match.heard, match


def test_the_visitor_hears_the_phone(visit: Visit) -> None:
    match = find(voice("phone", STATION_RATE_HZ, VOICE_S), visit.door_heard, STATION_RATE_HZ)
    assert match.heard, match


def test_g722_carries_more_than_a_telephone_and_pcma_does_not(visit: Visit) -> None:
    at_door = share_above(NARROWBAND_HZ, visit.door_heard, STATION_RATE_HZ)
    at_phone = share_above(NARROWBAND_HZ, visit.phone_heard, RATES_HZ[visit.codec])
    if visit.codec == "G722":
        assert min(at_door, at_phone) > WIDEBAND_SHARE
    else:
        assert max(at_door, at_phone) < WIDEBAND_SHARE


def test_a_wrong_digit_arrives_and_opens_nothing(visit: Visit) -> None:
    assert f"send DTMF digit: '{WRONG_DIGIT}'" in visit.seen.phone_log
    assert visit.seen.wrong_attempts == 1
    assert not [at_s for at_s in visit.seen.released() if at_s < visit.seen.moments["release digit"]]


def test_the_release_digit_opens_the_door_once_for_its_time(visit: Visit) -> None:
    assert f"send DTMF digit: '{RELEASE_DIGIT}'" in visit.seen.phone_log
    assert [level for _, level in visit.seen.strike] == [True, False]
    (on_s, _), (off_s, _) = visit.seen.strike
    assert 0 < on_s - visit.seen.moments["release digit"] < 0.5
    assert off_s - on_s == pytest.approx(RELEASE_S, abs=0.2)


def test_the_phone_hangs_up_and_the_station_is_idle_and_locked(visit: Visit) -> None:
    assert "BYE sip:portier@10.78.0.1:5060" in visit.seen.phone_log
    assert call_states(visit.seen) == ["Idle", "Calling", "Ringing", "Talking", "Idle"]
    assert not visit.seen.failure_shown()
    check_at_rest(visit.seen)


def test_a_phone_that_only_rings_is_given_up_and_the_next_press_rings_again(tmp_path: Path) -> None:
    seen = play("not answered", "PCMA", tmp_path)
    given_up_s = seen.entered("Idle")[1]
    assert given_up_s - seen.moments["pressed"] == pytest.approx(RING_TIMEOUT_S, abs=0.3)
    assert "CANCEL sip:36913100000000@10.78.0.2:5062" in seen.phone_log
    assert "SIP/2.0 487 " in seen.phone_log
    check_failed_once_then_talked(seen, "no answer")
    assert call_states(seen)[:4] == ["Idle", "Calling", "Ringing", "Idle"]


def test_a_call_that_is_declined_while_it_rings_is_shown_as_failed(tmp_path: Path) -> None:
    seen = play("declined", "PCMA", tmp_path)
    assert "SIP/2.0 486 Rejected" in seen.phone_log
    check_failed_once_then_talked(seen, "busy (486)")
    assert call_states(seen)[:4] == ["Idle", "Calling", "Ringing", "Idle"]


def test_a_phone_in_another_call_is_shown_as_failed(tmp_path: Path) -> None:
    seen = play("busy", "PCMA", tmp_path)
    assert "SIP/2.0 486 Max Calls" in seen.phone_log
    check_failed_once_then_talked(seen, "busy (486)")
    assert call_states(seen)[:3] == ["Idle", "Calling", "Idle"]


def test_what_is_missing_fails_and_names_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="apt-get install baresip-core iproute2 util-linux"):
        play("visit", "PCMA", tmp_path)


def call_states(seen: Seen) -> list[str]:
    """What became of the station's calls, up to its stop."""
    return [name for _, name in seen.states if name != "OutOfService"]


def check_failed_once_then_talked(seen: Seen, words: str) -> None:
    """The first call failed, which lamp and log told; the next press was taken, and answered."""
    (shown_s,) = seen.failure_shown()
    assert seen.moments["pressed"] < shown_s < seen.moments["pressed again"]
    assert f'call 1 from button "bell": {words}' in seen.station_log
    (answered_s,) = seen.entered("Talking")
    assert answered_s > seen.moments["pressed again"]
    assert call_states(seen)[-4:] == ["Calling", "Ringing", "Talking", "Idle"]
    assert not seen.released()
    check_at_rest(seen)


def check_at_rest(seen: Seen) -> None:
    """No fault happened, and the door is locked."""
    assert not seen.faults
    assert not seen.energised_at_end


def share_above(limit_hz: float, pcm: bytes, rate_hz: int) -> float:
    """The share of a sound's energy that lies above a frequency."""
    samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float64)
    power = np.abs(np.fft.rfft(samples)) ** 2
    assert power.any(), "silence"
    above = np.fft.rfftfreq(len(samples), 1 / rate_hz) > limit_hz
    return float(np.sum(power[above]) / np.sum(power))
