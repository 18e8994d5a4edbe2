"""Keypads in the configuration, and callers who may use access codes: what they become, what cannot work."""

from __future__ import annotations

import pytest

from portier.config import keypads, load
from portier.config.model import Config
from portier.core.rules import IncomingRule, KeypadRule
from portier.errors import ConfigError
from portier.plan import MatrixPins, WiegandPins

FILE = """
[gpio]
factory = "{factory}"
[audio]
card = "none"
[sip]
domain = "pbx.example"
registrar = "pbx.example"
user = "201"
password_file = "password"
[lamps]
talking = 25
[buttons.bell]
pin = 5
line = "3100000000"
[doors.front]
pin = 22
release_digit = "5"
[doors.yard]
pin = 17
release_digit = "6"
"""
MATRIX = 'kind = "matrix"\ndoor = "front"\nrows = [9, 10, 19, 20]\ncolumns = [14, 15, 18]\n'
READER = 'kind = "wiegand"\ndoor = "yard"\nd0 = 14\nd1 = 15\n'
LISTED = 'accept_from_numbers = ["201", "202"]\n'


def config(body: str, factory: str = "mock") -> Config:
    return load.from_text(FILE.format(factory=factory) + body, check_files=False)


def told(body: str, factory: str = "mock") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config(body, factory)
    return list(caught.value.problems)


def test_a_keypad_becomes_its_rule_and_its_pins() -> None:
    one = config(
        f"[keypads.front]\n{MATRIX}[keypads.yard]\n" + READER.replace("14", "26").replace("15", "27")
    )
    assert load.rules(one).keypads == {
        "front": KeypadRule("front", "front", 5.0),
        "yard": KeypadRule("yard", "yard", 5.0),
    }
    pins = keypads.pins
    assert pins(one.keypads["front"]) == MatrixPins(
        (9, 10, 19, 20), (14, 15, 18), ("123", "456", "789", "*0#")
    )
    assert pins(one.keypads["yard"]) == WiegandPins(26, 27, card_bits=26, key_bits=4)


def test_a_reader_says_how_long_its_frames_are() -> None:
    one = config(f'[keypads.yard]\n{READER}cards = "34 bits"\nkeys = "none"\nkey_timeout_s = 8\n')
    assert keypads.pins(one.keypads["yard"]) == WiegandPins(14, 15, card_bits=34, key_bits=0)
    assert load.rules(one).keypads["yard"].key_timeout_s == 8.0


def test_by_default_there_is_none_and_no_code_is_taken() -> None:
    rules = load.rules(config(""))
    assert rules.keypads == {}
    assert not rules.takes_codes
    assert load.rules(config(f"[keypads.front]\n{MATRIX}")).takes_codes


@pytest.mark.parametrize(
    ("keypad", "problem"),
    [
        ('kind = "matrix"\ndoor = "front"', "keypads.front.rows: is missing: a matrix has the pins"),
        (MATRIX.replace('"front"', '"frnt"'), 'keypads.front.door: "frnt" is no door of this file'),
        (MATRIX.replace(", 20]", "]"), "keypads.front.layout: does not have 3 rows of 3 keys"),
        (MATRIX + 'layout = ["123", "456", "789", "*00"]', 'keypads.front.layout: has "0" twice'),
        (MATRIX + 'layout = ["...", "...", "...", "*.#"]', "keypads.front.layout: has no digit"),
        (MATRIX + 'layout = ["123", "456", "789", "A0B"]', "keypads.front.layout.4: has a key that no code"),
        (MATRIX + "d0 = 26", 'keypads.front.d0: does nothing where kind is "matrix"'),
        (READER + "rows = [9]", 'keypads.front.rows: does nothing where kind is "wiegand"'),
        (READER.replace("d1 = 15", ""), "keypads.front.d1: is missing: a reader has two lines"),
        (READER + 'cards = "none"\nkeys = "none"', "keypads.front.cards: and keys are none"),
        (READER + 'cards = "37 bits"', "keypads.front.cards: "),
        (READER.replace("15", "22"), "keypads.front.d1: pin 22 is already that of doors.front.pin"),
        (READER.replace("15", "14"), "keypads.front.d1: pin 14 is already that of keypads.front.d0"),
        (
            MATRIX.replace("18]", "9]"),
            "keypads.front.columns.3: pin 9 is already that of keypads.front.rows.1",
        ),
        (MATRIX.replace("[9,", "[2,"), "keypads.front.rows.1: pin 2 has a fixed pull-up"),
        (MATRIX.replace("18]", "1]"), "keypads.front.columns.3: belongs to the EEPROM"),
        (MATRIX + "key_timeout_s = 0", "keypads.front.key_timeout_s: 0 is too low"),
        (MATRIX.replace("matrix", "matrx"), "keypads.front.kind: "),
    ],
)
def test_what_cannot_work_is_found(keypad: str, problem: str) -> None:
    assert any(one.startswith(problem) for one in told(f"[keypads.front]\n{keypad}\n"))


def test_a_reader_needs_the_library_that_tells_when_a_pulse_came() -> None:
    (problem,) = told(f"[keypads.front]\n{READER}", factory="rpigpio")
    assert problem.startswith('keypads.front.kind: needs gpio.factory = "lgpio"')
    config(f"[keypads.front]\n{MATRIX}", factory="rpigpio")


def test_callers_may_use_codes_for_a_door() -> None:
    body = f'[incoming]\n{LISTED}codes_from_numbers = ["202"]\ncode_door = "yard"\n'
    rules = load.rules(config(body))
    assert rules.incoming == IncomingRule(
        {"201": False, "202": False}, code_from=frozenset({"202"}), code_door="yard"
    )
    assert rules.takes_codes


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('codes_from_numbers = ["202"]', "incoming.code_door: is missing: say which door"),
        (
            'codes_from_numbers = ["203"]\ncode_door = "yard"',
            "incoming.codes_from_numbers: names a caller that",
        ),
        ('codes_from_numbers = ["202"]\ncode_door = "gate"', 'incoming.code_door: "gate" is no door'),
        (
            'codes_from_numbers = ["202"]\nrelease_from_numbers = ["202"]\ncode_door = "yard"',
            "incoming.codes_from_numbers: names a caller of release_from_numbers",
        ),
    ],
)
def test_what_callers_cannot_do_is_found(body: str, problem: str) -> None:
    assert any(one.startswith(problem) for one in told(f"[incoming]\n{LISTED}{body}\n"))


def test_with_one_door_it_is_that_of_callers_codes() -> None:
    text = FILE.format(factory="mock").partition("[doors.yard]")[0]
    one = load.from_text(text + f'[incoming]\n{LISTED}codes_from_numbers = ["202"]\n', check_files=False)
    incoming = load.rules(one).incoming
    assert incoming
    assert incoming.code_door == "front"


def test_callers_of_the_directory_may_use_codes_at_the_only_door_or_at_the_one_that_is_named() -> None:
    taken = "[incoming]\naccept_from_directory = true\n"
    (problem,) = told(taken)
    assert problem.startswith("incoming.code_door: is missing")
    rules = load.rules(config(f'{taken}code_door = "yard"\n'))
    assert rules.incoming == IncomingRule({}, code_door="yard", directory=True)
    assert rules.takes_codes, "the directory may name a caller at any time"
