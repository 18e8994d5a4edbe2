"""Whose lines the doctor asks the operator for, and its words for each thing that stands in a call's way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.unit.doctor_config import known
from tests.unit.operator_scene import FIRST, SECOND

from portier.bench.machine import PretendedMachine, raspberry_pi
from portier.bench.operator_account import line_options
from portier.directory.health import Look
from portier.directory.model import Line
from portier.doctor import lines
from portier.doctor.finding import Finding, Severity
from portier.intercom.lines import Seen

OTHER = "0033972000003"
FLAT = ('line = "3100000000"', 'flat = "12"')
ON: dict[str, object] = {"intercom": "prefixed"}


@dataclass
class Machine(PretendedMachine):
    """One that remembers what the operator was asked for."""

    wanted: list[str] = field(default_factory=list)

    def lines_at_operator(self, wanted: tuple[str, ...]) -> Seen:
        self.wanted += wanted
        return self.at_operator


def seeing(at_operator: Seen, look: Look) -> Machine:
    return Machine(raspberry_pi().platform, residents=look, at_operator=at_operator)


def machine(look: Look, *changes: Mapping[str, object]) -> Machine:
    all_three = (FIRST, SECOND, OTHER)
    options = {one: line_options(one, **more) for one, more in zip(all_three, changes, strict=False)}
    return seeing(Seen(numbers=all_three, options=options), look)


def told(one: Machine, folder: Path, *changes: tuple[str, str]) -> list[Finding]:
    return list(lines.check(one, known(folder, *changes)))


# --- whose lines


def test_the_lines_of_residents_are_looked_at_as_they_are_dialled(tmp_path: Path) -> None:
    look = Look(lines=((7, (Line(FIRST), Line("0601020304", prefix=False), Line("0972000002"))),))
    there = machine(look, ON, {})
    off, good = told(there, tmp_path, FLAT)
    assert there.wanted == [FIRST, "0972000002"]
    assert (off.severity, off.text.partition(",")[0]) == (Severity.WARNING, "resident 7 (3): 0972000002")
    assert (good.severity, good.text) == (
        Severity.OK,
        "1 line of the directory: intercom mode on (prefixed)",
    )


def test_of_a_large_house_the_first_lines_are_asked_for_and_the_rest_is_told(tmp_path: Path) -> None:
    there = machine(Look(lines=tuple((one, (Line(FIRST),)) for one in range(1, 201))), ON)
    good, rest = told(there, tmp_path, FLAT)
    assert good.text.startswith("50 lines of the directory")
    assert (rest.severity, rest.text.partition(":")[0]) == (
        Severity.NOTE,
        "150 more of the directory's lines are not checked",
    )


def test_a_whole_address_with_the_prefix_in_it_is_looked_at(tmp_path: Path) -> None:
    look = Look(lines=((1, (Line(uri=f"sip:3691{SECOND}@sip.example.org"), Line(uri="sip:3691@x.example"))),))
    there = machine(look, {}, {})
    whole = ('line = "3100000000"', f'uri = "sip:3691{FIRST}@sip.example.org"')
    bell, resident = told(there, tmp_path, whole)
    assert there.wanted == [FIRST, SECOND]
    assert f"buttons.bell.uri: {FIRST} has its intercom mode off" in bell.text
    assert f"resident 1: {SECOND} has its intercom mode off" in resident.text


def test_a_whole_address_is_looked_at_whatever_the_prefix_of_numbers_is(tmp_path: Path) -> None:
    there = machine(Look(lines=((1, (Line(uri=f"sip:3691{SECOND}@sip.example.org"),)),)), {}, ON)
    (one,) = told(there, tmp_path, ("[buttons.bell]", '[dialling]\nprefix = ""\n[buttons.bell]'))
    assert (there.wanted, one.severity) == ([SECOND], Severity.OK)


def test_a_directory_that_is_not_read_is_told_and_nothing_is_called_good(tmp_path: Path) -> None:
    (one,) = told(machine(Look(forbidden=True, lines=None)), tmp_path, FLAT)
    assert one.severity is Severity.NOTE
    assert "the lines of the directory are not checked" in one.text
    assert "sudo" in one.advice


def test_a_key_that_sees_no_line_at_all_is_a_warning(tmp_path: Path) -> None:
    (one,) = told(seeing(Seen(), Look()), tmp_path)
    assert one.severity is Severity.WARNING
    assert "the key sees no line at all" in one.text
    assert "portier line login" in one.advice


def test_nothing_is_said_of_residents_without_a_domain_to_ring_them_at(tmp_path: Path) -> None:
    there = machine(Look(lines=((1, (Line("101"),)),)))
    nowhere = [
        ('domain = "sip.example.org"\nregistrar = "sip.example.org"\nuser = "0033912345678"', ""),
        ('password_file = "sip-password"', ""),
        ('line = "3100000000"', 'uri = "sip:101@192.0.2.9"'),
    ]
    assert [one.severity for one in told(there, tmp_path, *nowhere)] == [Severity.OK]
    assert not there.wanted


# --- words


def test_each_obstacle_is_told_by_what_it_does_and_not_by_what_another_does(tmp_path: Path) -> None:
    away: dict[str, object] = {"forwardUnconditional": True, "anonymousCallRejection": True}
    _, every, nameless = told(machine(Look(), ON | away), tmp_path, ("3100000000", FIRST))
    assert (every.severity, "no call reaches the telephone: every call" in every.text) == (
        Severity.WARNING,
        True,
    )
    assert nameless.severity is Severity.NOTE
    assert "a call may go astray: calls without a number are refused" in nameless.text


@pytest.mark.parametrize("key", ["absentSubscriber", "callRestrictionIncoming", "anonymousCallRejection"])
def test_what_forwards_nothing_is_not_told_of_voicemails(tmp_path: Path, key: str) -> None:
    _, one = told(machine(Look(), ON | {key: True}), tmp_path, ("3100000000", FIRST))
    assert "voicemail" not in one.advice
    assert "customer area" in one.advice


def test_a_forward_is_told_of_voicemails(tmp_path: Path) -> None:
    _, one = told(machine(Look(), ON | {"forwardBusy": True}), tmp_path, ("3100000000", FIRST))
    assert "voicemail" in one.advice
