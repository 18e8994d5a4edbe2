"""`portier doctor` on echo: what runs is told, and what to do where it is not the best."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.doctor_config import found, known

from portier.bench.machine import raspberry_pi, told
from portier.doctor import echo
from portier.doctor.finding import Finding, Severity
from portier.doctor.machine import TIMED_OUT, Outcome
from portier.doctor.probes.echo import try_echo


def _echo(folder: Path, answer: Outcome | None = None, audio: str = "") -> Finding:
    pi = raspberry_pi()
    if answer:
        pi.programs["probes.echo"] = answer
    (finding,) = found(pi, echo.check, known(folder, ("[audio]", f"[audio]\n{audio}")))
    return finding


def test_what_runs_is_told_with_its_time(tmp_path: Path) -> None:
    finding = _echo(tmp_path)
    assert finding.severity is Severity.OK
    assert finding.text == "by AEC3 and a linear filter, 1.9 ms for a frame of 20 ms at 16000 Hz"


@pytest.mark.parametrize(
    ("audio", "answer", "severity", "advice"),
    [
        ("", told(words="half-duplex", frame_ms=0.1), Severity.NOTE, "portier[echo]"),
        ('echo = "aec3"', told(words="half-duplex", frame_ms=0.1), Severity.WARNING, "portier[echo]"),
        ('echo = "half-duplex"', told(words="half-duplex", frame_ms=0.1), Severity.OK, ""),
        ("", told(words="AEC3", frame_ms=1.0), Severity.NOTE, "libspeexdsp1"),
        ("", told(words="AEC3 and a linear filter", frame_ms=11.0), Severity.WARNING, "half-duplex"),
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


def test_the_child_makes_what_the_station_makes() -> None:
    for rate_hz in (8000, 16000):
        answer = try_echo("auto", rate_hz)
        assert answer.words == "AEC3 and a linear filter"
        assert 0 < answer.frame_ms < 20
