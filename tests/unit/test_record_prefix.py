"""A call that was refused at the prefix says so in its line, and where to look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portier.config import dial
from portier.config.model import Config
from portier.record.call_record import CallRecord, Rung, from_plain
from portier.record.words import line

UNKNOWN = Rung(1, "", 0.03, end="number unknown", status=404, prefixed=True)
WORDS = "the number with the prefix was refused (404)"


def told(*legs: Rung) -> str:
    return line(
        CallRecord(1, "bell", "", sent_s=0.03, ended_s=0.4, end="number unknown", status=404, legs=[*legs])
    )


def test_a_prefix_that_was_refused_is_told_with_where_to_look() -> None:
    assert f"; {WORDS}: the line's intercom mode may be off, portier doctor tells" in told(UNKNOWN)


def test_it_is_told_too_where_the_plain_call_then_rang() -> None:
    named = replace(UNKNOWN, target="kitchen")
    again = Rung(2, "kitchen", 0.4, True, 1.0)
    assert f'{WORDS} for "kitchen", and rung once more without it: the line' in told(named, again)
    assert f"{WORDS}, and rung once more without it: the line" in told(UNKNOWN, replace(again, target=""))


@pytest.mark.parametrize("status", [484, 488])
def test_a_number_that_is_unknown_without_the_prefix_is_so_whatever_the_first_answer_was(status: int) -> None:
    refused = replace(UNKNOWN, end="number unknown" if status == 484 else "failed", status=status)
    said = told(refused, Rung(2, "", 0.4, True, end="number unknown", status=404))
    assert f"({status}), and so was the one without it: check it" in said


def test_a_number_that_is_unknown_either_way_is_told_as_such() -> None:
    again = Rung(2, "", 0.4, True, end="number unknown", status=404)
    assert f"; {WORDS}, and so was the one without it: check it" in told(UNKNOWN, again)
    assert "intercom mode" not in told(UNKNOWN, again)


def test_any_refusal_that_led_to_a_plain_call_is_told() -> None:
    refused = replace(UNKNOWN, end="failed", status=488)
    again = Rung(2, "", 0.4, True, 1.0)
    said = told(refused, again)
    assert "the number with the prefix was refused (488), and rung once more without it" in said


def test_what_is_refused_alike_either_way_is_no_matter_of_the_mode() -> None:
    refused = replace(UNKNOWN, end="failed", status=488)
    said = told(refused, Rung(2, "", 0.4, True, end="failed", status=488))
    assert "(488), and so was the one without it: its intercom mode is not why" in said


def test_a_plain_call_that_is_not_allowed_rang_nowhere() -> None:
    again = Rung(2, "", 0.4, True, end="not allowed", status=403)
    assert f"{WORDS}, and none without it is allowed: the line's intercom mode" in told(UNKNOWN, again)


def test_each_cycle_of_a_list_is_told_once() -> None:
    legs = [replace(UNKNOWN, leg=leg) if leg % 2 else Rung(leg, "", 0.4, True, 1.0) for leg in (1, 2, 3, 4)]
    assert told(*legs).count(WORDS) == 1


def test_of_several_each_is_told_what_came_of_it() -> None:
    kitchen = replace(UNKNOWN, target="kitchen")
    office = replace(UNKNOWN, leg=2, target="office", end="failed", status=488)
    again = Rung(3, "office", 0.4, True, 1.0)
    said = told(kitchen, office, again)
    assert f'{WORDS} for "kitchen": the line' in said
    assert '(488) for "office", and rung once more without it' in said


@pytest.mark.parametrize(
    "other",
    [
        replace(UNKNOWN, prefixed=False),
        replace(UNKNOWN, end="busy", status=486),
        replace(UNKNOWN, end="", status=0),
    ],
)
def test_what_was_not_refused_at_the_prefix_is_not_told_so(other: Rung) -> None:
    assert WORDS not in told(other)


def test_a_record_from_before_is_read_and_one_from_now_keeps_it() -> None:
    record = CallRecord(1, "bell", "", legs=[UNKNOWN])
    plain = record.plain()
    assert from_plain(plain) == record
    del plain["legs"][0]["prefixed"]
    assert from_plain(plain).legs == [replace(UNKNOWN, prefixed=False)]


@pytest.mark.parametrize(
    ("dialling", "begins"),
    [
        ({}, "sip:3691"),
        ({"prefix": "*80"}, "sip:*80"),
        ({"prefix": ""}, ""),
        ({"prefix": "", "template": "{prefix}0{line}"}, ""),
        ({"template": "{prefix}00{line}"}, "sip:369100"),
    ],
)
def test_how_an_address_with_the_prefix_begins(dialling: dict[str, str], begins: str) -> None:
    config = Config.model_validate(
        {
            "sip": {"domain": "pbx.example"},
            "audio": {"card": "none"},
            "gpio": {"factory": "mock"},
            "buttons": {"bell": {"pin": 5, "line": "101"}},
            "doors": {"front": {"pin": 22, "release_digit": "5"}},
            "dialling": dialling,
        }
    )
    assert dial.prefix_uri(config) == begins
