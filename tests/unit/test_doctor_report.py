"""`portier doctor` as it shows: table, JSON, exit codes, time limits, and never a secret or a traceback."""

from __future__ import annotations

import json
import platform
import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.doctor_config import SECRET, known, only, whole, written

from portier.adapters import pjsip_library
from portier.bench.machine import PretendedMachine, raspberry_pi, told
from portier.doctor.examination import Check, examine
from portier.doctor.finding import Finding, Severity, exit_code
from portier.doctor.known import Known
from portier.doctor.machine import Machine, Outcome
from portier.doctor.report import as_rows, doctor

_LONG = Finding("pins", Severity.WARNING, "a pin keeps " * 12, "add dtparam=strict_gpiod " * 5)


def _said(machine: PretendedMachine, config: Path, *, as_json: bool = False) -> tuple[int, list[str]]:
    lines: list[str] = []
    return doctor(machine, config, lines.append, as_json=as_json, use_network=True), lines


def _warned() -> PretendedMachine:
    pi = raspberry_pi()
    pi.synchronised = False
    return pi


def _wrong() -> PretendedMachine:
    pi = _warned()
    pi.denied = {"/dev/gpiochip0"}
    return pi


def test_the_exit_code_is_the_worst_severity(tmp_path: Path) -> None:
    noted = raspberry_pi()
    noted.synchronised = None
    codes = [_said(machine, written(tmp_path))[0] for machine in (raspberry_pi(), noted, _warned(), _wrong())]
    assert codes == [0, 0, 1, 2]
    assert exit_code([]) == 0


def test_the_table_begins_each_row_with_severity_and_subject_and_indents_advice(tmp_path: Path) -> None:
    _, lines = _said(_warned(), written(tmp_path))
    rows = "\n".join(lines).splitlines()
    assert (
        rows[0] == "OK       machine       Raspberry Pi 4 Model B Rev 1.4, kernel 6.12.25+rpt-rpi-v8, aarch64"
    )
    place = next(index for index, row in enumerate(rows) if row.startswith("WARNING  clock         "))
    assert rows[place + 1].startswith(" " * 23 + "-> sudo timedatectl")
    assert rows[-1] == "0 errors, 1 warning, 0 notes"


def test_long_rows_are_wrapped_at_a_terminals_width_and_stay_aligned() -> None:
    rows = as_rows(_LONG, 80).splitlines()
    assert max(map(len, rows)) <= 80
    assert all(row.startswith(" " * 23) for row in rows[1:])
    assert " ".join(" ".join(rows).split()).count("a pin keeps") == 12


def test_rows_for_a_file_are_not_wrapped() -> None:
    assert len(as_rows(_LONG, None).splitlines()) == 2


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert "\x1b" not in as_rows(Finding("cards", Severity.OK, "here: \x1b[2J (evil)"), 80)


def test_json_is_one_object_for_each_finding_and_nothing_else(tmp_path: Path) -> None:
    code, lines = _said(_wrong(), written(tmp_path), as_json=True)
    objects = [json.loads(line) for line in lines]
    assert code == 2
    assert all(set(one) == {"subject", "severity", "text", "advice"} for one in objects)
    assert {one["severity"] for one in objects} == {"OK", "WARNING", "ERROR"}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        (),
        (("password_file =", "password ="),),
        (('"sip-password"', f'"{SECRET}"'),),
        (("password_file =", "password_credential ="), ('"sip-password"', f'"{SECRET}"')),
        (("password_file", f'password = "{SECRET}"\npassword_file'),),
    ],
)
def test_no_secret_is_ever_printed(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], as_json: bool
) -> None:
    pi = raspberry_pi()
    pi.programs["probes.registration"] = told(status=403, took_s=0.1)
    pi.missing = {str(tmp_path / SECRET)}
    _, lines = _said(pi, written(tmp_path, *changes), as_json=as_json)
    assert SECRET not in "\n".join(lines)


def test_without_network_no_name_server_and_no_registrar_is_asked(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.hosts = {}
    findings = whole(pi, known(tmp_path), use_network=False)
    notes = [one for one in findings if one.severity is Severity.NOTE]
    assert [(one.subject, one.text) for one in notes] == [
        ("network", "not tried: --no-network"),
        ("registration", "not tried: --no-network"),
        ("line", "not tried: --no-network"),
    ]
    assert not [one for one in pi.commands if "portier.doctor.probes.registration" in one]


def test_a_check_that_fails_is_an_error_without_its_message_and_the_rest_goes_on(tmp_path: Path) -> None:
    def failing(machine: Machine, config: Known) -> Iterator[Finding]:
        yield Finding("cards", Severity.OK, "found before")
        raise KeyError(SECRET)

    def next_one(machine: Machine, config: Known) -> Iterator[Finding]:
        yield Finding("clock", Severity.OK, "found after")

    checks = (Check("cards", failing), Check("clock", next_one))
    findings = list(examine(raspberry_pi(), known(tmp_path), checks=checks))
    assert [one.text for one in findings if one.severity is Severity.OK] == ["found before", "found after"]
    error = only(findings, Severity.ERROR)
    assert error.subject == "cards"
    assert "KeyError in test_doctor_report.py, line" in error.text
    assert SECRET not in str(error)


def test_a_check_that_hangs_is_an_error_after_its_time_and_the_rest_goes_on(tmp_path: Path) -> None:
    let_go = threading.Event()

    def hanging(machine: Machine, config: Known) -> Iterator[Finding]:
        yield Finding("cards", Severity.OK, "found before")
        let_go.wait(30.0)

    began_s = time.monotonic()
    findings = list(examine(raspberry_pi(), known(tmp_path), checks=[Check("cards", hanging, 0.2)]))
    assert time.monotonic() - began_s < 10.0
    let_go.set()
    assert [one.severity for one in findings] == [Severity.OK, Severity.ERROR]
    assert "within" in findings[1].text


def test_programs_that_say_nonsense_are_findings_not_faults(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.files = dict.fromkeys((*pi.files, "/proc/net/udp", "/etc/group"), "nonsense \x00\n" * 3)
    pi.programs = {words: Outcome(0, "nonsense\n{}", "nonsense") for words in pi.programs}
    findings = whole(pi, known(tmp_path))
    assert not [one for one in findings if "this check failed" in one.text], findings


def test_what_the_readme_shows_of_a_pi_3_is_what_is_said_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    _, found, rest = readme.partition("Some of its lines for a Pi 3 that still lacks PJSIP:\n\n```\n")
    assert found
    pi = raspberry_pi("3 Model B", "6.12.107+deb13-arm64")
    pi.platform = replace(pi.platform, user="root")
    pi.chips = {"/dev/gpiochip0": "pinctrl-bcm2835"}
    pi.time_s = 0.0
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    advice = pjsip_library._advice("").replace(f"Python 3.{sys.version_info.minor}", "Python 3.11")
    pi.programs["probes.pjsip"] = told(
        trouble=f"sip: PJSIP's Python binding (pjsua2) cannot be loaded: No module named 'pjsua2'; {advice}"
    )
    _, lines = _said(pi, written(tmp_path))
    said = " ".join(" ".join(lines).split())
    shown = [" ".join(one.split()) for one in re.split(r"\n(?=\S)", rest.partition("\n```")[0])]
    assert len(shown) > 5
    assert [one for one in shown if one not in said] == []
