"""`portier doctor` on echo: what runs is told, and what to do where it is not the best."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.doctor_config import found, known

from portier.adapters.audio.processing import aec3, cleaner
from portier.bench.machine import raspberry_pi, told
from portier.doctor import echo
from portier.doctor.finding import Finding, Severity
from portier.doctor.machine import TIMED_OUT, Outcome
from portier.doctor.probes.echo import Cancels, asked_as, processing_of, try_echo
from portier.sound_settings import NoiseFollowing, SoundProcessing, VoiceSwitchSettings

_NOT_HERE = "no echo cancellation (No module named 'pywebrtc_audio'): half-duplex in its place"
_NOT_CLEAN = "no noise suppression and no gain control (No module named 'pywebrtc_audio')"
_BROKEN = "echo cancellation cannot be had: half-duplex in its place (illegal build)"
_LEFT_OUT = "echo cancellation failed and is left out; half-duplex from now on (boom)"


def _answer(
    words: str, frame_ms: float = 0.1, missing: tuple[str, ...] = (), failed: tuple[str, ...] = ()
) -> Outcome:
    return told(words=words, frame_ms=frame_ms, missing=list(missing), failed=list(failed))


def _all(folder: Path, answer: Outcome | None = None, audio: str = "") -> list[Finding]:
    pi = raspberry_pi()
    if answer:
        pi.programs["probes.echo"] = answer
    return found(pi, echo.check, known(folder, ("[audio]", f"[audio]\n{audio}")))


def _echo(folder: Path, answer: Outcome | None = None, audio: str = "") -> Finding:
    (finding,) = _all(folder, answer, audio)
    return finding


def test_what_runs_is_told_with_its_time(tmp_path: Path) -> None:
    finding = _echo(tmp_path)
    assert finding.severity is Severity.OK
    assert finding.text == "by AEC3 and a linear filter, 1.9 ms for a frame of 20 ms at 16000 Hz"


@pytest.mark.parametrize(
    ("audio", "answer", "severity", "advice"),
    [
        ("", _answer("half-duplex", missing=(_NOT_HERE,)), Severity.NOTE, "portier[echo]"),
        ('echo = "aec3"', _answer("half-duplex", missing=(_NOT_HERE,)), Severity.WARNING, "portier[echo]"),
        ("", _answer("half-duplex", failed=(_BROKEN,)), Severity.WARNING, "--force-reinstall"),
        (
            "",
            _answer("half-duplex, as echo cancellation failed", failed=(_LEFT_OUT,)),
            Severity.WARNING,
            "half-duplex",
        ),
        ("", _answer("half-duplex, as the weather is bad"), Severity.WARNING, "half-duplex"),
        (
            'echo = "half-duplex"\nnoise_suppression_db = 12',
            _answer("half-duplex", missing=(_NOT_CLEAN,)),
            Severity.WARNING,
            "portier[echo]",
        ),
        ('echo = "half-duplex"', _answer("half-duplex"), Severity.OK, ""),
        ("", _answer("AEC3", 1.0), Severity.NOTE, "libspeexdsp1"),
        ("", _answer("AEC3 and a linear filter", 11.0), Severity.WARNING, "half-duplex"),
        ('latency = "low"', _answer("AEC3 and a linear filter", 5.0), Severity.WARNING, "half-duplex"),
        ("", Outcome(TIMED_OUT), Severity.ERROR, "off"),
        ('echo = "off"', None, Severity.NOTE, ""),
        ('card = "simulated"', None, Severity.NOTE, ""),
    ],
)
def test_what_is_less_than_the_best_is_told_with_what_to_do(
    tmp_path: Path, audio: str, answer: Outcome | None, severity: Severity, advice: str
) -> None:
    finding = _echo(tmp_path, answer, audio)
    assert finding.severity is severity
    assert advice in finding.advice
    assert bool(finding.advice) == bool(advice)


@pytest.mark.parametrize("reason", [_NOT_HERE, _NOT_CLEAN])
def test_why_it_is_missing_is_told(tmp_path: Path, reason: str) -> None:
    assert reason in _echo(tmp_path, _answer("half-duplex", missing=(reason,))).text


@pytest.mark.parametrize("reason", [_BROKEN, _LEFT_OUT])
def test_why_it_failed_is_told(tmp_path: Path, reason: str) -> None:
    finding = _echo(tmp_path, _answer("half-duplex", failed=(reason,)))
    assert reason in finding.text
    assert "not here" not in finding.text


def test_noise_suppression_is_tried_where_nothing_is_done_about_echo(tmp_path: Path) -> None:
    audio = 'echo = "off"\nnoise_suppression_db = 12'
    first, second = _all(tmp_path, _answer("off", missing=(_NOT_CLEAN,)), audio)
    assert first.severity is Severity.NOTE
    assert second.severity is Severity.WARNING
    assert _NOT_CLEAN in second.text


def test_the_child_is_asked_for_all_that_the_station_does_and_at_its_frame(tmp_path: Path) -> None:
    pi = raspberry_pi()
    keys = (
        'latency = "low"\necho = "half-duplex"\nhalf_duplex_depth_db = 12.0\nnoise_suppression_db = 12\n'
        "gain_control_most_db = 6.0\nfollow_noise_from_dbfs = -50.0"
    )
    found(pi, echo.check, known(tmp_path, ("[audio]", f"[audio]\n{keys}")))
    (asked,) = [one for one in pi.commands if "portier.doctor.probes.echo" in one]
    *_, wanted, rate_hz, frame_ms = asked
    assert (rate_hz, frame_ms) == ("16000", "10")
    processing = processing_of(wanted)
    assert (processing.echo, processing.noise_suppression_db) == ("half-duplex", 12)
    assert processing.gain_control_most_db == 6
    assert processing.voice_switch == VoiceSwitchSettings(depth_db=12)
    assert processing.follow_noise is not None
    assert processing.follow_noise.from_dbfs == -50


def test_what_is_wanted_reaches_the_child_whole() -> None:
    wanted = SoundProcessing(
        "aec3", VoiceSwitchSettings(-30, 100, 20), 12, 6.0, follow_noise=NoiseFollowing(-50, 9)
    )
    assert processing_of(asked_as(wanted)) == wanted


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("frame_ms", [10, 20])
def test_the_child_makes_what_the_station_makes(rate_hz: int, frame_ms: int) -> None:
    answer = try_echo(SoundProcessing("auto", noise_suppression_db=12), rate_hz, frame_ms)
    assert answer == Cancels("AEC3 and a linear filter", answer.frame_ms, [], [])
    assert answer.frame_ms > 0


def _refuses(*_: Any, **__: Any) -> Any:
    raise RuntimeError("illegal build")


def test_the_child_tells_a_canceller_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aec3.Aec3, "__init__", _refuses)
    answer = try_echo(SoundProcessing("aec3"), 16000, 20)
    assert answer == Cancels("half-duplex", answer.frame_ms, [], [_BROKEN])


def test_the_child_tells_a_canceller_that_fails_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aec3.Aec3, "_warm_up", lambda _: None)
    monkeypatch.setattr(aec3.Aec3, "cancelled", _refuses)
    answer = try_echo(SoundProcessing("aec3"), 16000, 20)
    assert answer.words == "half-duplex, as echo cancellation failed"
    (why,) = answer.failed
    assert why.endswith("(illegal build)")


def test_the_child_tells_noise_suppression_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaner.Cleaner, "__init__", _refuses)
    answer = try_echo(SoundProcessing("half-duplex", noise_suppression_db=12), 16000, 20)
    (why,) = answer.failed
    assert why == "noise suppression cannot be had and is left out (illegal build)"


def test_the_child_tells_a_library_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (aec3, cleaner):
        monkeypatch.setitem(sys.modules, module.__name__, None)
        monkeypatch.delattr(f"portier.adapters.audio.processing.{module.__name__.rpartition('.')[2]}")
    answer = try_echo(SoundProcessing("auto", gain_control_most_db=6.0), 16000, 20)
    assert answer.words == "half-duplex"
    assert [one.split(" (")[0] for one in answer.missing] == [
        "no echo cancellation",
        "no noise suppression and no gain control",
    ]
    assert answer.failed == []
