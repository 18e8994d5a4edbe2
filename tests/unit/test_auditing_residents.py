"""Whose a row is stands in it by the directory's number, too: by that it is erased."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit import test_auditing

from portier.core.events import EndReason
from portier.core.rules import ListRule, StepRule, TargetRule

ANA, AGAIN, BO = (
    TargetRule(name, f"sip:{line}@pbx.example", resident=resident)
    for line, (name, resident) in enumerate([("Ana", 7), ("Ana (2)", 7), ("Bo", 8)])
)


def rung(monkeypatch: pytest.MonkeyPatch, *steps: tuple[TargetRule, ...]) -> test_auditing.Written:
    lists = {"family": ListRule("family", tuple(StepRule(one, 5.0) for one in steps))}
    monkeypatch.setattr(test_auditing, "RULES", replace(test_auditing.RULES, lists=lists))
    station = test_auditing.Written()
    station.become_ready()
    assert station.news
    return station


def test_a_call_and_its_release_carry_the_residents_number(monkeypatch: pytest.MonkeyPatch) -> None:
    station = rung(monkeypatch, (ANA,), (AGAIN,))
    station.talk()
    station.keys("9876", 1)
    station.end(EndReason.HUNG_UP, 0, 1)
    assert [(one.who, one.resident) for one in station.news] == [("Ana", 7)] * 4


def test_wrong_keys_carry_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    station = rung(monkeypatch, (ANA,))
    station.talk()
    station.keys("1111", 1)
    assert {one.resident for one in station.news} == {7}


def test_two_lines_of_one_resident_are_one_and_two_residents_are_nobodys_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for targets, number in (((ANA, AGAIN), 7), ((ANA, BO), 0)):
        station = rung(monkeypatch, targets)
        station.press("bell")
        assert [one.resident for one in station.news] == [number]
