"""Doors and house in the configuration: what reaches core and pins, and what does not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.doctor_config import written

from portier.__main__ import main
from portier.config import load, planned
from portier.core.door_rules import ContactRule, ExitRule, FireRule, LightRule, LightWhen, TamperRule
from portier.core.holds import SLICE_S
from portier.core.inputs import Input, InputKind
from portier.doctor.known import read_known
from portier.errors import ConfigError
from portier.plan import InputPin, StrikePin

HEAD = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 9
uri = "sip:flat@192.0.2.7"
[doors.front]
pin = 22
release_digit = "5"
"""
DAY = '[profiles.day]\nhours = ["08:00-18:00"]\n'
WHOLE = f"""{HEAD}
long_release_s = 8
may_hold = true
held_open = "day"
released_by_fire = true
contact_pin = 16
contact_at_rest = "open"
contact_closed_is = "low"
contact_debounce_ms = 20
forced_alarm = false
held_open_alarm_s = 45
pre_alarm_s = 10
relock_on_opening = true
exit_pin = 26
exit_release = "long"
{DAY}
[fire]
pin = 27
reset = "automatic"
reset_after_s = 30
[tamper]
pin = 4
blocks_codes_s = 600
[light]
pin = 17
lit_s = 90
when = ["press", "exit"]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(HEAD + text)
    return list(caught.value.problems)


def test_all_of_it_reaches_the_core() -> None:
    rules = load.rules(load.from_text(WHOLE))
    front = rules.doors["front"]
    assert (front.long_release_s, front.may_hold, front.held_open) == (8, True, "day")
    assert front.released_by_fire
    assert front.contact == ContactRule(0.02, forced_alarm=False, held_open_s=45, pre_alarm_s=10, relock=True)
    assert front.exit == ExitRule(0.03, long=True)
    assert rules.fire == FireRule(0.05, 30)
    assert rules.tamper == TamperRule(0.05, 600)
    assert rules.light == LightRule(frozenset({LightWhen.PRESS, LightWhen.EXIT}), 90)


def test_all_of_it_reaches_the_pins() -> None:
    gpio = planned.plan(load.from_text(WHOLE)).gpio
    assert gpio.strikes == {"front": StrikePin(22, 10, "level", SLICE_S)}
    assert gpio.light == 17
    assert gpio.inputs == {
        Input(InputKind.DOOR, "front"): InputPin(16, closed_is_low=True, closed_is_active=True),
        Input(InputKind.EXIT, "front"): InputPin(26, closed_is_low=False, closed_is_active=True),
        Input(InputKind.FIRE): InputPin(27, closed_is_low=False, closed_is_active=False),
        Input(InputKind.TAMPER): InputPin(4, closed_is_low=True, closed_is_active=False),
    }


def test_a_door_without_any_of_it_is_as_it_was() -> None:
    config = load.from_text(HEAD)
    rules, gpio = load.rules(config), planned.plan(config).gpio
    front = rules.doors["front"]
    assert (front.contact, front.exit, front.may_hold) == (None, None, False)
    assert (rules.fire, rules.tamper, rules.light) == (None, None, None)
    assert gpio.strikes["front"].hold_slice_s == 0
    assert (gpio.inputs, gpio.light) == ({}, None)


def test_no_alarm_for_an_open_door_where_its_time_is_none() -> None:
    rules = load.rules(load.from_text(HEAD + "contact_pin = 16\nheld_open_alarm_s = 0\n"))
    contact = rules.doors["front"].contact
    assert contact is not None
    assert contact.held_open_s is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f'held_open = "day"\n{DAY}', "doors.front.held_open: needs may_hold = true"),
        (
            'may_hold = true\nheld_open = "night"\n',
            "doors.front.held_open: names a profile that is not there",
        ),
        ("released_by_fire = true\n[fire]\npin = 27\n", "doors.front.released_by_fire: needs may_hold"),
        (
            "may_hold = true\nreleased_by_fire = true\n",
            "doors.front.released_by_fire: does nothing without fire.pin",
        ),
        ("long_release_s = 20\n", "doors.front.long_release_s: 20.0 is longer than max_release_s"),
        ("release_s = 5\nlong_release_s = 2\n", "doors.front.long_release_s: 2.0 is shorter than release_s"),
        (
            'exit_pin = 26\nexit_release = "long"\n',
            'doors.front.exit_release: "long" does nothing without long_release_s',
        ),
        ('[fire]\nreset = "automatic"\n', "fire.reset: does nothing without fire.pin"),
        ('[fire]\nat_rest = "open"\n', "fire.at_rest: does nothing without fire.pin"),
        ("[fire]\nreset_after_s = 5\n", "fire.reset_after_s: does nothing without fire.pin"),
        ("[tamper]\nblocks_codes_s = 60\n", "tamper.blocks_codes_s: does nothing without tamper.pin"),
        ("[light]\nlit_s = 60\n", "light.lit_s: does nothing without light.pin"),
        (
            '[light]\npin = 17\nwhen = ["press", "exit"]\n',
            'light.when: "exit" does nothing without the exit_pin',
        ),
        ('[light]\npin = 17\nwhen = ["press", "fire"]\n', 'light.when: "fire" does nothing without fire.pin'),
        ("relock_on_opening = true\n", "doors.front.relock_on_opening: does nothing without contact_pin"),
        ('exit_release = "long"\n', "doors.front.exit_release: does nothing without exit_pin"),
        (
            "contact_pin = 16\npre_alarm_s = 90\n",
            "doors.front.pre_alarm_s: 90.0 is longer than held_open_alarm_s",
        ),
        ("contact_pin = 22\n", "doors.front.contact_pin: pin 22 is already that of doors.front"),
        ("contact_pin = 2\n", 'doors.front.contact_closed_is: "high" is not possible on pin 2'),
        ("exit_pin = 3\n", 'doors.front.exit_closed_is: "high" is not possible on pin 3'),
        ("[fire]\npin = 22\n", "fire.pin: pin 22 is already that of doors.front"),
        ("[fire]\npin = 27\nreset_after_s = 5\n", "fire.reset_after_s: does nothing without reset"),
        ("[light]\npin = 5\n", "light.pin: 5 is high while the Pi boots: the light would be on"),
        ("[tamper]\npin = 9\n", "tamper.pin: pin 9 is already that of buttons.bell"),
    ],
)
def test_what_does_not_fit_together_is_told(text: str, problem: str) -> None:
    found = problems(text)
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.parametrize(
    "text",
    ["release_s = 5\nlong_release_s = 5\n", "[fire]\n", "[tamper]\n", "[light]\npin = 17\n"],
)
def test_what_is_left_as_it_is_anyway_is_no_problem(text: str) -> None:
    load.from_text(HEAD + text)


@pytest.mark.parametrize(("held_open_s", "pre_alarm_s"), [(10, 10), (15, 15), (40, 15)])
def test_a_short_alarm_alone_takes_the_usual_pre_alarm_as_far_as_there_is_time(
    held_open_s: float, pre_alarm_s: float
) -> None:
    text = f"{HEAD}contact_pin = 16\nheld_open_alarm_s = {held_open_s}\n"
    contact = load.rules(load.from_text(text)).doors["front"].contact
    assert contact is not None
    assert (contact.held_open_s, contact.pre_alarm_s) == (held_open_s, pre_alarm_s)


def test_check_says_what_may_hold_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(written(tmp_path))]) == 0
    assert "note: doors" not in capsys.readouterr().out
    assert main(["check", str(written(tmp_path, ("pin = 22", "pin = 22\nmay_hold = true")))]) == 0
    said = capsys.readouterr().out
    assert "burns" in said
    assert "power cut" in said


def test_the_doctor_looks_at_their_pins_too(tmp_path: Path) -> None:
    path = tmp_path / "portier.toml"
    path.write_text(WHOLE)
    assert (
        read_known(path).pins.items()
        >= {
            "doors.front": 22,
            "doors.front.contact_pin": 16,
            "doors.front.exit_pin": 26,
            "fire": 27,
            "tamper": 4,
            "light": 17,
        }.items()
    )
