"""`portier doctor` on the machine itself: model, Python, configuration, password file, clock, unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.doctor_config import bad, found, known, only, whole, written

from portier.bench.machine import PretendedMachine, raspberry_pi
from portier.doctor import board, clock, configuration, unit
from portier.doctor.finding import Finding, Severity
from portier.doctor.known import Known, read_known
from portier.doctor.machine import NOT_FOUND, Outcome

_NONE = Known(Path("/etc/portier/portier.toml"), readable=False)


def _unit(pi: PretendedMachine, folder: Path, *changes: tuple[str, str]) -> list[Finding]:
    shown = pi.programs["systemctl show"]
    assert isinstance(shown, Outcome)
    text = shown.stdout
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    pi.programs["systemctl show"] = Outcome(0, text)
    return found(pi, unit.check, known(folder))


def test_a_pi_on_which_nothing_is_wrong_has_nothing_but_ok(tmp_path: Path) -> None:
    findings = whole(raspberry_pi(), known(tmp_path))
    assert {one.severity for one in findings} == {Severity.OK}, findings
    assert {one.subject for one in findings} == {
        *("machine", "configuration", "secret", "directory", "pins", "cards", "echo"),
        *("PJSIP", "network", "registration", "line", "clock", "unit"),
    }


def test_model_kernel_and_architecture_are_told() -> None:
    findings = found(raspberry_pi("5 Model B Rev 1.0", "6.12.25+rpt-rpi-2712"), board.check, _NONE)
    assert findings[0].text == "Raspberry Pi 5 Model B Rev 1.0, kernel 6.12.25+rpt-rpi-2712, aarch64"


@pytest.mark.parametrize("model", [None, "QEMU Virtual Machine\0"])
def test_another_machine_is_a_note(model: str | None) -> None:
    pi = raspberry_pi()
    del pi.files["/proc/device-tree/model"]
    if model:
        pi.files["/proc/device-tree/model"] = model
    assert "no Raspberry Pi" in only(found(pi, board.check, _NONE), Severity.NOTE).text


def test_a_32_bit_python_is_an_error_even_on_a_64_bit_kernel() -> None:
    pi = raspberry_pi()
    pi.platform = replace(pi.platform, bits=32)
    assert "64-bit" in only(found(pi, board.check, _NONE), Severity.ERROR).advice


@pytest.mark.parametrize(("python", "supported"), [((3, 11), True), ((3, 12), False), ((3, 13), True)])
def test_a_python_that_is_not_tested_is_a_note(python: tuple[int, int], supported: bool) -> None:
    pi = raspberry_pi()
    pi.platform = replace(pi.platform, python=python)
    notes = [one for one in found(pi, board.check, _NONE) if one.severity is Severity.NOTE]
    assert bool(notes) is not supported


def test_each_problem_of_the_configuration_is_an_error_of_its_own(tmp_path: Path) -> None:
    config = known(tmp_path, ("pin = 22", "pin = 3"), ("user =", "usr ="))
    findings = bad(found(raspberry_pi(), configuration.check, config))
    assert [one.severity for one in findings] == [Severity.ERROR] * 2
    assert "sip.usr" in findings[0].text
    assert "doors.front.pin" in findings[1].text


def test_with_a_broken_section_everything_else_is_still_checked(tmp_path: Path) -> None:
    findings = whole(raspberry_pi(), known(tmp_path, ("user =", "usr =")))
    subjects = {one.subject for one in findings if one.severity is Severity.OK}
    assert {"machine", "pins", "cards", "PJSIP", "clock", "unit"} <= subjects
    assert "[sip] has problems" in only([f for f in findings if f.subject == "network"], Severity.NOTE).text


def test_without_any_configuration_everything_else_is_still_checked(tmp_path: Path) -> None:
    findings = whole(raspberry_pi(), read_known(tmp_path / "nothing.toml"))
    assert [one.subject for one in bad(findings)] == ["configuration"]
    assert {"machine", "pins", "cards", "PJSIP", "clock", "unit"} <= {
        one.subject for one in findings if one.severity is Severity.OK
    }


def test_a_password_that_everybody_can_read_is_a_warning_with_the_command(tmp_path: Path) -> None:
    pi, config = raspberry_pi(), known(tmp_path)
    pi.modes[str(tmp_path / "sip-password")] = 0o644
    warning = only(found(pi, configuration.check_secret, config), Severity.WARNING)
    assert "0644" in warning.text
    assert warning.advice == f"sudo chmod o= {tmp_path / 'sip-password'}"


def test_a_credential_of_systemd_is_a_note(tmp_path: Path) -> None:
    config = known(tmp_path, ('password_file = "sip-password"', 'password_credential = "sip"'))
    only(found(raspberry_pi(), configuration.check_secret, config), Severity.NOTE)


@pytest.mark.parametrize(
    ("synchronised", "severity"), [(True, Severity.OK), (False, Severity.WARNING), (None, Severity.NOTE)]
)
def test_a_clock_that_follows_nobody_is_a_warning(synchronised: bool | None, severity: Severity) -> None:
    pi = raspberry_pi()
    pi.synchronised = synchronised
    assert [one.severity for one in found(pi, clock.check, _NONE)] == [severity]


def test_a_year_that_cannot_be_is_a_warning_although_synchronised() -> None:
    pi = raspberry_pi()
    pi.time_s = datetime(2019, 7, 10, tzinfo=UTC).timestamp()
    for pi.synchronised in (True, False):
        (warning,) = found(pi, clock.check, _NONE)
        assert warning.severity is Severity.WARNING
        assert "2019-07-10" in warning.text


@pytest.mark.parametrize(
    "outcome", [Outcome(NOT_FOUND), Outcome(1, "", "System has not been booted with systemd")]
)
def test_no_systemd_is_a_note(tmp_path: Path, outcome: Outcome) -> None:
    pi = raspberry_pi()
    pi.programs["systemctl show"] = outcome
    only(found(pi, unit.check, known(tmp_path)), Severity.NOTE)


@pytest.mark.parametrize(
    ("changes", "severity", "word"),
    [
        ([("=loaded", "=not-found")], Severity.WARNING, "not installed"),
        ([("=loaded", "=bad-setting")], Severity.ERROR, "bad-setting"),
        ([("=enabled", "=disabled")], Severity.WARNING, "power cut"),
        ([("=active", "=inactive")], Severity.WARNING, "inactive"),
        ([("=active", "=failed"), ("NRestarts=0", "NRestarts=7")], Severity.ERROR, "7 restarts"),
        ([("=active", "=activating"), ("=running", "=auto-restart")], Severity.ERROR, "auto-restart"),
        ([("NRestarts=0", "NRestarts=2")], Severity.NOTE, "2 times"),
        ([("gpio audio", "audio")], Severity.WARNING, "group gpio"),
        ([("gpio audio", "")], Severity.WARNING, "group audio and gpio"),
    ],
)
def test_what_is_wrong_with_the_unit_is_told(
    tmp_path: Path, changes: list[tuple[str, str]], severity: Severity, word: str
) -> None:
    finding = only(_unit(raspberry_pi(), tmp_path, *changes), severity)
    assert word in finding.text
    assert finding.advice


def test_a_unit_that_locks_nothing_after_a_crash_is_a_warning(tmp_path: Path) -> None:
    line = "ExecStopPost={ path=/opt/portier/bin/portier ; argv[]=/opt/portier/bin/portier lock }\n"
    assert "ExecStopPost" in only(_unit(raspberry_pi(), tmp_path, (line, "")), Severity.WARNING).text


def test_groups_that_the_user_has_by_himself_count(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.files["/etc/group"] = "gpio:x:986:pi,portier\naudio:x:29:portier\n"
    assert not bad(_unit(pi, tmp_path, ("gpio audio", "")))


def test_relative_paths_in_the_file_count_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    config = read_known(Path("portier.toml"))
    assert config.sip
    assert config.sip.password_file == tmp_path / "sip-password"
