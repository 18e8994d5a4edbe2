"""Calls from outside in the configuration: off unless there is a list, and what a list needs."""

from __future__ import annotations

import pytest

from portier.config import load
from portier.core.rules import IncomingRule
from portier.errors import ConfigError

FILE = """
[sip]
domain = "pbx.example"
registrar = "pbx.example"
user = "201"
password_file = "password"
[audio]
card = "none"
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
line = "3100000000"
[doors.front]
pin = 22
release_digit = "5"
"""
LAMP = "[lamps]\ntalking = 25\n"


def incoming(body: str, lamps: str = LAMP, file: str = FILE) -> IncomingRule | None:
    text = f"{file}{lamps}{body}"
    return load.rules(load.from_text(text, check_files=False)).incoming


def test_by_default_no_call_is_taken() -> None:
    assert incoming("") is None
    assert incoming("[incoming]\naccept_from_numbers = []") is None


def test_the_list_says_whose_calls_are_taken_and_whose_digits_count() -> None:
    listed = 'accept_from_numbers = ["+331", "202"]\nrelease_from_numbers = ["202"]'
    body = f"[incoming]\n{listed}\nanswer_after_s = 7"
    assert incoming(body) == IncomingRule({"+331": False, "202": True}, 7.0)


@pytest.mark.parametrize(
    ("body", "lamps", "told"),
    [
        ("answer_after_s = 3", LAMP, "accept_from_numbers: is missing"),
        ('release_from_numbers = ["1"]', LAMP, "accept_from_numbers: is missing"),
        ('accept_from_numbers = ["1"]', "", "needs lamps.talking or lamps.status"),
        ('accept_from_numbers = ["1"]\nrelease_from_numbers = ["2"]', LAMP, "names a caller that"),
        ('accept_from_numbers = ["1 2"]', LAMP, "is not a number as a registrar shows it"),
        ('accept_from_numbers = ["1"]\nanswer_after_s = 61', LAMP, "answer_after_s: 61 is too high"),
    ],
)
def test_what_cannot_work_is_found(body: str, lamps: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        incoming(f"[incoming]\n{body}", lamps)


def test_without_a_registrar_nobody_can_be_believed() -> None:
    direct = FILE.replace('registrar = "pbx.example"\n', "").replace('password_file = "password"\n', "")
    with pytest.raises(ConfigError, match=r"needs sip\.registrar"):
        incoming('[incoming]\naccept_from_numbers = ["1"]', file=direct)
