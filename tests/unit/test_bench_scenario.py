"""A scenario that does not go as told says so, where and how; one that is misspelt is refused."""

from __future__ import annotations

import logging
import tomllib

import pytest

from portier.bench.scenario import play
from portier.bench.scenario_expect import first_difference
from portier.bench.scenario_file import Scenario

VISIT = """
story = "A press, an answer, an end."
lines = [{ answers_after_s = 2.0, ends_after_s = 5.0 }]
steps = [{ at_s = 1.0, press = "bell" }]
expect = [
  { at_s = 1.03, call = 1, to = "sip:flat@pbx.example" },
  { at_s = 1.03, sound = "open" },
  { at_s = 1.03, tone = "ringback" },
  { at_s = 1.03, signs = ["calling"] },
  { at_s = 3.03, tone = "none" },
  { at_s = 3.03, tone = "talk now" },
  { at_s = 3.03, log = "answered" },
  { at_s = 3.03, signs = ["talking"] },
  { at_s = 6.03, sound = "closed" },
  { at_s = 6.03, signs = ["idle"] },
]

[buttons.bell]
uri = "sip:flat@pbx.example"

[doors]
"""


def difference(text: str) -> str | None:
    scenario = Scenario.model_validate(tomllib.loads(text))
    return first_difference(scenario.expect, play(scenario))


def test_what_goes_as_told_has_no_difference() -> None:
    assert difference(VISIT) is None


@pytest.mark.parametrize(
    ("told", "instead", "expected", "seen"),
    [
        ("at_s = 3.03, tone", "at_s = 3.04, tone", "3.040 s  tone: none", "3.030 s  tone: none"),
        ('to = "sip:flat@', 'to = "sip:attic@', "call 1 to sip:attic@", "call 1 to sip:flat@"),
        ('tone = "ringback"', 'tone = "busy"', "tone: busy", "tone: ringback"),
        ('signs = ["talking"]', 'signs = ["talking", "released"]', "released, talking", "signs: talking"),
        ('log = "answered"', 'log = "refused"', "log: refused", "signs: talking"),
        ('log = "answered"', 'warning = "answered"', "warning: answered", "signs: talking"),
        ('  { at_s = 1.03, sound = "open" },\n', "", "tone: ringback", "sound: open"),
        ('  { at_s = 6.03, signs = ["idle"] },\n', "", "nothing any more", "signs: idle"),
        ('["idle"] },\n', '["idle"] },\n  { at_s = 9.0, hang_up = 1 },\n', "hung up by", "nothing any more"),
    ],
)
def test_the_first_difference_is_told_with_both_sides(
    told: str, instead: str, expected: str, seen: str
) -> None:
    assert told in VISIT
    report = difference(VISIT.replace(told, instead))
    assert report
    *_, wanted_line, seen_line = report.splitlines()
    assert wanted_line.startswith("  expected ")
    assert expected in wanted_line
    assert seen_line.startswith("  seen ")
    assert seen in seen_line


def test_what_came_before_the_difference_is_told_too() -> None:
    report = difference(VISIT.replace('sound = "closed"', 'sound = "open"'))
    assert report
    agreed = [line for line in report.splitlines() if line.startswith("  agreed ")]
    assert len(agreed) == 3
    assert "signs: talking" in agreed[-1]


def test_a_warning_that_nobody_expects_is_a_difference() -> None:
    lost = VISIT.replace('press = "bell" }', 'press = "bell" }, { at_s = 4.0, sound = "lost" }')
    report = difference(lost)
    assert report
    assert "warning: sound: the card is gone" in report.splitlines()[-1]


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        ('press = "bell"', 'pres = "bell"'),
        ('press = "bell"', 'press = "bell", helt_s = 1.0'),
        ("answers_after_s", "answer_after_s"),
        ('uri = "sip:flat@pbx.example"', ""),
        ('tone = "ringback"', 'tone = "loud"'),
        ("[doors]", "[door]"),
    ],
)
def test_a_misspelt_scenario_is_refused(told: str, instead: str) -> None:
    assert told in VISIT
    with pytest.raises(ValueError, match="validation error"):
        difference(VISIT.replace(told, instead))


def test_a_fault_of_the_station_is_not_swallowed() -> None:
    with pytest.raises(RuntimeError, match="cannot place"):
        difference(VISIT.replace("lines = [{ answers_after_s = 2.0, ends_after_s = 5.0 }]", ""))


def test_a_scenario_leaves_the_log_as_it_was() -> None:
    log = logging.getLogger("portier.runtime")
    before = log.level, list(log.handlers)
    difference(VISIT)
    assert (log.level, log.handlers) == before


def test_a_scenario_goes_the_same_way_every_time() -> None:
    scenario = Scenario.model_validate(tomllib.loads(VISIT))
    assert play(scenario) == play(scenario)
