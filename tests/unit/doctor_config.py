"""A configuration for the doctor's tests, and what it finds on a pretended machine."""

from __future__ import annotations

from pathlib import Path

from portier.bench.machine import PretendedMachine
from portier.doctor.examination import CHECKS, Question, examine
from portier.doctor.finding import Finding, Severity
from portier.doctor.known import Known, read_known

SECRET = "Planted-Secret-7391"
TEXT = """
[sip]
domain = "sip.example.org"
registrar = "sip.example.org"
user = "0033912345678"
password_file = "sip-password"
[audio]
capture = "plughw:CARD=Device"
playback = "plughw:CARD=Device"
[gpio]
factory = "lgpio"
[buttons.bell]
pin = 5
line = "3100000000"
[doors.front]
pin = 22
release_digit = "5"
"""


def written(folder: Path, *changes: tuple[str, str], secret: str = SECRET) -> Path:
    """A configuration file beside its password's file; every change replaces one text by another."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    password = folder / "sip-password"
    password.write_text(secret)
    password.chmod(0o640)
    file = folder / "portier.toml"
    file.write_text(text)
    return file


def known(folder: Path, *changes: tuple[str, str]) -> Known:
    """The same, read."""
    return read_known(written(folder, *changes))


def found(machine: PretendedMachine, question: Question, config: Known) -> list[Finding]:
    """What one check finds."""
    return list(question(machine, config))


def whole(machine: PretendedMachine, config: Known, *, use_network: bool = True) -> list[Finding]:
    """What all checks find."""
    return list(examine(machine, config, use_network=use_network, checks=CHECKS))


def bad(findings: list[Finding]) -> list[Finding]:
    """Those that call for something."""
    return [one for one in findings if one.severity >= Severity.WARNING]


def only(findings: list[Finding], severity: Severity) -> Finding:
    """The one finding of a severity."""
    (one,) = [finding for finding in findings if finding.severity is severity]
    return one
