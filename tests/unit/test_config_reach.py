"""Targets and lists in the file: what they become, and every way in which they do not fit."""

from __future__ import annotations

import pytest

from portier.adapters import pjsip_build
from portier.config import load, planned, reach_warnings, reference
from portier.config.report import effective
from portier.core import reach, schedule
from portier.core.rules import AutoAnswer, ByProfile, Confirmation, ListRule, StepRule, TargetRule
from portier.errors import ConfigError

BASE = """
[sip]
domain = "pbx"
[audio]
card = "none"
[gpio]
factory = "mock"
[doors.front]
pin = 22
release_digit = "5"
"""
HOUSE = """
[buttons.bell]
pin = 5
list = "family"
[targets.kitchen]
line = "201"
[targets.office]
line = "202"
prefix = false
auto_answer = "call-info"
[targets.caretaker]
uri = "sip:care@192.0.2.7"
[lists.family]
steps = [{ ring = ["kitchen", "office"], seconds = 15 }, { ring = ["caretaker"] }]
cycles = 2
confirm = "1"
total_s = 90
fallback = "house"
[lists.house]
steps = [{ ring = ["caretaker"], seconds = 30 }]
"""
KITCHEN = TargetRule("kitchen", "sip:3691201@pbx", "sip:201@pbx", frozenset({404, 484, 488}))
OFFICE = TargetRule("office", "sip:202@pbx", auto_answer=AutoAnswer.CALL_INFO)
CARETAKER = TargetRule("caretaker", "sip:care@192.0.2.7")


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(BASE + text)
    return list(caught.value.problems)


def test_lists_become_what_the_core_rings() -> None:
    rules = load.rules(load.from_text(BASE + HOUSE))
    assert rules.lists == {
        "family": ListRule(
            "family",
            (StepRule((KITCHEN, OFFICE), 15.0), StepRule((CARETAKER,), 20.0)),
            2,
            "house",
            Confirmation("1", 10.0),
            90.0,
        ),
        "house": ListRule("house", (StepRule((CARETAKER,), 30.0),)),
    }
    assert rules.buttons["bell"].list_name == "family"


def test_every_address_that_may_be_dialled_is_looked_up_ahead() -> None:
    targets = planned.plan(load.from_text(BASE + HOUSE)).sip.targets
    assert set(targets) == {"sip:3691201@pbx", "sip:201@pbx", "sip:202@pbx", "sip:care@192.0.2.7"}


def test_a_button_may_ring_one_target() -> None:
    text = HOUSE.replace('list = "family"', 'target = "kitchen"')
    assert load.rules(load.from_text(BASE + text)).buttons["bell"].target == KITCHEN


@pytest.mark.parametrize("change", ["prefix = false", "plain_when_refused = []"])
def test_a_target_without_a_second_try_has_none(change: str) -> None:
    text = HOUSE.replace('line = "201"', f'line = "201"\n{change}')
    (step, _) = load.rules(load.from_text(BASE + text)).lists["family"].steps
    assert step.targets[0].plain_uri == ""


def _rung(rings: str, dialling: str = "") -> TargetRule:
    text = BASE + HOUSE.replace('list = "family"', rings) + dialling
    target = load.rules(load.from_text(text)).buttons["bell"].target
    assert target is not None
    return target


def test_the_line_of_a_button_is_rung_once_more_without_the_prefix_too() -> None:
    again = TargetRule("", "sip:3691205@pbx", "sip:205@pbx", frozenset({404, 484, 488}))
    assert _rung('line = "205"') == again
    by_profile = 'line = "1"\nby_profile = [{ profile = "night", line = "205" }]'
    night = '[profiles.night]\nhours = ["20:00-07:00"]\n'
    rules = load.rules(load.from_text(BASE + HOUSE.replace('list = "family"', by_profile) + night))
    assert rules.buttons["bell"].by_profile[0].target == again


@pytest.mark.parametrize("dialling", ['prefix = ""', "plain_when_refused = []"])
def test_nor_has_a_button_a_second_try_without_a_prefix_or_where_none_is_wanted(dialling: str) -> None:
    rung = _rung('line = "205"', f"[dialling]\n{dialling}\n")
    assert (rung.plain_uri, rung.plain_after) == ("", frozenset())


def test_after_which_answers_is_said_for_all_lines_and_otherwise_for_a_target() -> None:
    dialling = "[dialling]\nplain_when_refused = [480]\n"
    assert [_rung(one, dialling).plain_after for one in ('line = "205"', 'target = "kitchen"')] == [{480}] * 2
    own = HOUSE.replace('line = "201"', 'line = "201"\nplain_when_refused = [500]') + dialling
    (step, _) = load.rules(load.from_text(BASE + own)).lists["family"].steps
    assert step.targets[0].plain_after == {500}


@pytest.mark.parametrize(
    ("told", "instead", "line"),
    [
        ('list = "family"', 'list = "flat"', "buttons.bell.list: there is no [lists.flat]"),
        ('list = "family"', 'target = "attic"', "buttons.bell.target: there is no [targets.attic]"),
        ('list = "family"', 'list = "family"\nline = "1"', "buttons.bell.list: cannot stand beside line"),
        ('list = "family"', "", "buttons.bell.line: is missing: say whom the button rings"),
        ('line = "201"', "", "targets.kitchen.line: is missing: say whom the target is"),
        ('line = "201"', 'line = "201"\nuri = "sip:a@b"', "targets.kitchen.uri: cannot stand beside line"),
        ('line = "201"', 'line = "+33"', "targets.kitchen.line: its + would not be the first character"),
        (
            'line = "201"',
            'line = "201"\nplain_when_refused = [404, 603]',
            "targets.kitchen.plain_when_refused: holds 603, by which somebody declines",
        ),
        (
            'line = "201"',
            'line = "201"\nplain_when_refused = [200]',
            "targets.kitchen.plain_when_refused: holds a number that is no SIP status code",
        ),
        (
            '["kitchen", "office"]',
            '["kitchen", "attic"]',
            "lists.family.steps.1.ring: there is no [targets.attic]",
        ),
        (
            '["kitchen", "office"]',
            '["kitchen", "kitchen"]',
            "lists.family.steps.1.ring: names a target twice",
        ),
        (
            '["kitchen", "office"]',
            '["a", "b", "c", "d", "e"]',
            "lists.family.steps.1.ring: rings more than 4",
        ),
        ('["kitchen", "office"]', "[]", "lists.family.steps.1.ring: is empty"),
        ("seconds = 15", "second = 15", 'lists.family.steps.1.second: unknown key. Did you mean "seconds"?'),
        ("seconds = 15", "seconds = 1", "lists.family.steps.1.seconds: 1 is too low (allowed: 3 to 120)"),
        ('confirm = "1"', "", "lists.family.confirm: is missing: step 1 rings several at once"),
        ('confirm = "1"', 'confirm = "5"', "lists.family.confirm: begins the release digit of doors.front"),
        ('confirm = "1"', 'confirm = "12"', "lists.family.confirm: is not one key of a telephone"),
        ('fallback = "house"', 'fallback = "home"', "lists.family.fallback: there is no [lists.home]"),
        ('fallback = "house"', 'fallback = "family"', "lists.family.fallback: leads back to this list"),
    ],
)
def test_what_does_not_fit_is_told(told: str, instead: str, line: str) -> None:
    assert told in HOUSE
    found = problems(HOUSE.replace(told, instead, 1))
    assert any(one.startswith(line) for one in found), found


def test_lists_that_lead_to_each_other_are_a_circle() -> None:
    found = problems(HOUSE + 'fallback = "family"\n')
    assert [one.partition(":")[0] for one in found] == ["lists.family.fallback", "lists.house.fallback"]


def test_telephones_that_do_not_answer_by_themselves_need_no_key() -> None:
    text = HOUSE.replace('confirm = "1"', "").replace('auto_answer = "call-info"', "")
    load.from_text(BASE + text + '[dialling]\nprefix = ""\n')


def test_a_line_of_a_target_needs_a_domain() -> None:
    with pytest.raises(ConfigError, match=r"targets\.kitchen\.line is dialled at it"):
        load.from_text((BASE + HOUSE).replace('domain = "pbx"', ""))


@pytest.mark.parametrize(("own", "many", "warned"), [(None, 4, True), (None, 3, False), (object(), 4, False)])
def test_four_at_once_are_warned_of_where_pjsip_has_no_room(
    own: object, many: int, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pjsip_build, "own", lambda: own)
    names = ["kitchen", "office", "caretaker", "attic"][:many]
    text = HOUSE.replace('["kitchen", "office"]', str(names)) + '[targets.attic]\nline = "204"\n'
    found = reach_warnings.warnings(load.from_text(BASE + text))
    found = tuple(one for one in found if "at once" in one)
    assert bool(found) is warned
    assert all("lists.family.steps.1.ring rings 4 at once" in one for one in found)


@pytest.mark.parametrize(
    ("total", "warned"),
    [("", "is 45 s, as long as call.ring"), ("total_s = 52", "is 52 s;"), ("total_s = 53", "")],
)
def test_a_list_whose_last_step_never_begins_is_warned_of(total: str, warned: str) -> None:
    text = f"""[buttons.bell]
pin = 5
list = "family"
[targets.kitchen]
line = "201"
[lists.family]
steps = [{{ ring = ["kitchen"], seconds = 10 }}]
cycles = 2
fallback = "others"
{total}
[lists.others]
steps = [{{ ring = ["kitchen"], seconds = 30 }}, {{ ring = ["kitchen"], seconds = 20 }}]
"""
    found = reach_warnings.warnings(load.from_text(BASE + text))
    assert bool(found) is bool(warned)
    assert all("lists.family.total_s " + warned in one and "begins after 52 s" in one for one in found)


def test_the_effective_file_has_lists_and_loads_again() -> None:
    config = load.from_text(BASE + HOUSE)
    again = load.from_text(effective(config), check_files=False)
    assert (again.targets, again.lists) == (config.targets, config.lists)


def test_the_reference_tells_of_targets_and_lists() -> None:
    text = reference.text()
    assert "[targets.NAME]" in text
    assert "[lists.NAME]" in text
    assert 'allowed: 1 to 8 of { ring = ["TARGET", ...], seconds = 20 }' in text


NIGHT = 'by_profile = [{ profile = "night", list = "house" }, { profile = "day", target = "kitchen" }]'
PROFILES = '[profiles.night]\nhours = ["20:00-07:00"]\n[profiles.day]\nhours = ["07:00-20:00"]\n'


def test_a_time_profile_may_name_a_target_or_a_list() -> None:
    text = HOUSE.replace('list = "family"', f'list = "family"\n{NIGHT}', 1) + PROFILES
    rules = load.rules(load.from_text(BASE + text))
    bell = rules.buttons["bell"]
    assert bell.by_profile == (ByProfile("night", list_name="house"), ByProfile("day", target=KITCHEN))
    assert reach.list_for(rules, schedule.choice(bell, ("night",))) == rules.lists["house"]
    assert reach.list_for(rules, schedule.choice(bell, ("day",))).steps == (StepRule((KITCHEN,)),)
    assert reach.list_for(rules, schedule.choice(bell, ())) == rules.lists["family"]


def test_a_time_profile_that_names_nobody_who_is_there_is_told() -> None:
    text = HOUSE.replace('list = "family"', f'list = "family"\n{NIGHT}', 1) + PROFILES
    found = problems(text.replace('list = "house" }', 'list = "hall" }').replace(', target = "kitchen"', ""))
    assert found == [
        "buttons.bell.by_profile.1.list: there is no [lists.hall]: describe it, or name another",
        "buttons.bell.by_profile.2.line: is missing: say whom the button rings, by line, uri, target or list",
    ]
