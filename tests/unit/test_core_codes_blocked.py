"""A source of wrong access codes is blocked, says so, and stays so over a restart; nothing else is."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from tests.unit.code_station import CALLER, RIGHT, RULES, WRONG, CodeStation, code, of, released, rows, tones

from portier.commands import table
from portier.core.audit import URGENT, What
from portier.core.effects import Audit, Level, Note, Remember, Tone
from portier.core.events import EndReason, ReleaseRequested, Requester
from portier.core.guessing import MOST_SOURCES
from portier.core.rules import IncomingRule
from portier.core.timers import BlockTimer, ForgetTimer
from portier.status import snapshot

FRONT = "keypad:front"
DAY_S = 24 * 3600.0


def test_after_five_wrong_codes_a_right_one_is_refused_for_thirty_seconds() -> None:
    station = CodeStation()
    effects = station.block()
    assert tones(effects) == [Tone.DENIED] * 4 + [Tone.BLOCKED]
    station.wait(29.0)
    effects = station.keyed(RIGHT)
    assert released(effects) == []
    assert tones(effects) == [Tone.BLOCKED]
    assert station.directory.asked == 5, "a blocked code is not even looked for"
    station.wait(1.0)
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_block_is_told_to_the_log_the_audit_log_and_the_memory() -> None:
    effects = CodeStation().block()
    (note,) = of(effects, Note)
    assert note.level is Level.WARNING
    assert note.text == (
        'keypad "front": 5 wrong access codes, blocked for 30 s; right ones are refused, too'
    )
    assert rows(effects)[-1] == ("codes blocked", 'keypad "front": 5 wrong access codes')
    assert of(effects, Remember) == [Remember("codes.keypad:front", "1 30")]
    assert {What.CODES_BLOCKED, What.CODES_ATTACKED} <= URGENT


def test_each_further_block_is_twice_as_long() -> None:
    station, seconds = CodeStation(), []
    for _ in range(9):
        station.block()
        guesser = station.state.codes.guesses.by_source[FRONT]
        seconds.append(guesser.until_s - station.now_s)
        station.wait(seconds[-1])
    assert seconds == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_of_what_is_refused_in_a_block_the_first_is_written_down_and_the_rest_is_counted() -> None:
    station = CodeStation()
    station.block()
    effects = [effect for _ in range(40) for effect in station.keyed(WRONG)]
    assert rows(effects) == [("refused", 'keypad "front": blocked')]
    assert rows(station.wait(30.0)) == [("refused", 'keypad "front": blocked: 40 in all')]


def test_codes_keyed_in_a_block_do_not_prolong_it() -> None:
    station = CodeStation()
    station.block()
    for _ in range(29):
        station.wait(1.0)
        station.keyed(WRONG)
    station.wait(1.0)
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_right_code_forgives_no_wrong_one() -> None:
    """Else whoever has a code of his own could guess at the others for ever."""
    station = CodeStation()
    for _ in range(4):
        station.keyed(WRONG)
        assert released(station.keyed(RIGHT)) == ["front"]
        station.wait(20.0)
    assert Tone.BLOCKED in tones(station.keyed(WRONG))


def test_a_block_of_one_source_blocks_no_other() -> None:
    station = CodeStation()
    station.block()
    assert released(station.keyed(RIGHT, "yard")) == ["yard"]
    station.called()
    assert released(station.dialled(RIGHT)) == ["front"]


def test_a_caller_is_counted_over_all_his_calls_and_by_his_number() -> None:
    station = CodeStation()
    for _ in range(5):
        station.called()
        effects = station.dialled(WRONG)
        station.end(EndReason.HUNG_UP)
    assert Tone.BLOCKED in tones(effects)
    assert [one.record.who for one in of(effects, Audit)] == [CALLER, CALLER]
    station.called()
    assert released(station.dialled(RIGHT)) == []
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_block_refuses_no_release_digit_no_exit_button_and_no_command() -> None:
    station = CodeStation()
    station.block()
    station.block("yard")
    station.called()
    for _ in range(5):
        station.dialled(WRONG)
    station.end(EndReason.HUNG_UP)
    station.press("bell")
    station.answer()
    assert released(station.keys("5")) == ["front"]
    station.wait(20.0)
    for by in Requester:
        assert released(station.take(ReleaseRequested("front", by, at_s=station.now_s))) == ["front"]
        station.wait(20.0)


def test_a_block_survives_a_restart_and_begins_anew_for_its_whole_length() -> None:
    first = CodeStation()
    first.block()
    first.wait(30.0)
    first.block()
    first.wait(59.0)
    again = CodeStation(remembered=first.facts)
    assert tones(again.keyed(RIGHT)) == [Tone.BLOCKED]
    again.wait(59.0)
    assert released(again.keyed(RIGHT)) == []
    again.wait(1.0)
    assert released(again.keyed(RIGHT)) == ["front"]
    again.block()
    assert again.facts == {"codes.keypad:front": "3 120"}


def test_how_often_a_source_was_blocked_survives_a_restart_after_its_block() -> None:
    first = CodeStation()
    first.block()
    first.wait(30.0)
    assert first.facts == {"codes.keypad:front": "1 0"}
    again = CodeStation(remembered=first.facts)
    assert released(again.keyed(RIGHT)) == ["front"]
    again.block()
    assert again.facts == {"codes.keypad:front": "2 60"}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_day_without_a_block_forgets_all_of_it(restarted: bool) -> None:
    station = CodeStation()
    station.block()
    station.wait(30.0)
    if restarted:
        station = CodeStation(remembered=station.facts)
    assert ForgetTimer(FRONT) in station.timers
    station.wait(DAY_S)
    assert station.facts == {}
    station.block()
    assert station.facts == {"codes.keypad:front": "1 30"}


def test_a_block_within_the_day_begins_the_day_anew() -> None:
    station = CodeStation()
    station.block()
    station.wait(30.0 + DAY_S - 100.0)
    station.block()
    assert ForgetTimer(FRONT) not in station.timers
    station.wait(60.0)
    station.wait(DAY_S - 1.0)
    assert station.facts == {"codes.keypad:front": "2 0"}
    station.wait(1.0)
    assert station.facts == {}


@pytest.mark.parametrize("value", ["", "x", "0 0", "-1 30", "1e3 0", "99999999999 0", "\u0663 30", " 30"])
def test_what_the_memory_has_and_nobody_can_read_counts_as_nothing(value: str) -> None:
    station = CodeStation(remembered={"codes.keypad:front": value, "codes.": "x y", "codes": "3 0"})
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_memory_whose_seconds_are_spoiled_counts_as_blocked() -> None:
    station = CodeStation(remembered={"codes.keypad:front": "2 spoiled"})
    assert BlockTimer(FRONT) in station.timers
    assert tones(station.keyed(RIGHT)) == [Tone.BLOCKED]


def test_a_blocked_keypad_is_remembered_behind_more_callers_than_there_is_room_for() -> None:
    callers = {f"codes.caller:{number}": "8 3600" for number in range(130)}
    station = CodeStation(remembered=callers | {"codes.keypad:front": "1 30"})
    assert tones(station.keyed(RIGHT)) == [Tone.BLOCKED]
    assert len(station.state.codes.guesses.by_source) == MOST_SOURCES


def test_of_more_callers_than_there_is_room_for_the_most_suspicious_are_remembered() -> None:
    quiet = {f"codes.caller:{number}": "8 0" for number in range(130)}
    station = CodeStation(remembered=quiet | {"codes.caller:700": "1 30", "codes.caller:701": "2 60"})
    by_source = station.state.codes.guesses.by_source
    assert by_source["caller:700"].blocked
    assert by_source["caller:701"].blocked
    assert len(by_source) == MOST_SOURCES


def test_many_sources_at_once_are_an_alarm_and_the_others_go_on() -> None:
    numbers = frozenset({"201", "203", "204"})
    incoming = IncomingRule(dict.fromkeys(numbers, False), code_from=numbers, code_door="front")
    station = CodeStation(rules=replace(RULES, incoming=incoming))
    effects = station.block()
    for number in sorted(numbers):
        station.called(number)
        for _ in range(5):
            effects += station.dialled(WRONG)
        station.end(EndReason.HUNG_UP)
    assert [row for row in rows(effects) if row[0].startswith("codes attacked")] == [
        ("codes attacked from several sides", "4 sources blocked")
    ]
    (told,) = [one for one in of(effects, Note) if "several sides" in one.text]
    assert told.level is Level.WARNING
    assert released(station.keyed(RIGHT, "yard")) == ["yard"]


def test_ten_thousand_codes_by_keypad_and_by_calls_open_nothing_and_are_blocked_as_specified() -> None:
    """Every code of four keys is tried, but the right one comes last of all, in a block."""
    station = CodeStation({"9999": code()}, replace(RULES, code_length=4))
    opened, blocked = [], []
    for number in range(5000):
        effects = station.keyed(f"{number:04}") + station.wait(5.0)
        opened += released(effects)
        blocked += [one.record.what for one in of(effects, Audit) if one.record.what is What.CODES_BLOCKED]
    asked_at_keypad = station.directory.asked
    for number in range(5000, 10_000):
        if number % 20 == 0:
            station.called()
        effects = station.dialled(f"{number:04}") + station.wait(5.0)
        opened += released(effects)
        blocked += [one.record.what for one in of(effects, Audit) if one.record.what is What.CODES_BLOCKED]
        if number % 20 == 19:
            station.end(EndReason.HUNG_UP)
    assert opened == []
    # 25,000 s and some at either: the blocks of 30, 60 ... 1920 s take 3,810 s and 25 s each for their codes,
    # and each of an hour 3,625 s after that.
    assert asked_at_keypad == 5 * (7 + 5) + 5
    assert station.directory.asked - asked_at_keypad in range(60, 71)
    assert len(blocked) == station.directory.asked // 5
    assert released(station.keyed("9999", "yard")) == ["yard"], "nobody else is blocked"


def test_the_status_names_who_is_blocked_and_for_how_long_and_no_key() -> None:
    station = CodeStation()
    assert snapshot(station.state).blocked_codes == {}
    station.block()
    station.wait(30.0)
    station.block()
    station.called()
    for _ in range(5):
        station.dialled(WRONG)
    shown = asdict(snapshot(station.state))
    assert shown["blocked_codes"] == {'keypad "front"': 60, "caller 201": 30}
    assert 'codes         keypad "front" blocked for 60 s; caller 201 blocked for 30 s' in table(shown)
    assert WRONG not in f"{shown}"
    station.wait(60.0)
    assert snapshot(station.state).blocked_codes == {}


@pytest.mark.parametrize(
    ("flats", "told"),
    [
        ({"12": "a", "12345": "b"}, []),
        ({"123456": "a", "1234567": "b"}, ["as their numbers are as long as a code: 123456, 1234567"]),
        ({"12 bis": "a", "7": "b", "A": "c"}, ["as their numbers are not digits: 12 bis, A"]),
    ],
)
def test_flats_whose_numbers_nobody_can_key_are_told_at_the_start(
    flats: dict[str, str], told: list[str]
) -> None:
    notes = [one.text for one in of(CodeStation(rules=replace(RULES, flats=flats)).first_effects, Note)]
    assert [one.partition("ring, ")[2] for one in notes] == told
    without = replace(RULES, flats=flats, keypads={})
    assert of(CodeStation(rules=without).first_effects, Note) == []
