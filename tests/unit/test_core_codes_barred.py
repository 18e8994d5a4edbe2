"""A locked door and an opened box bar access codes, right ones too; neither counts as a guess."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.code_station import RIGHT, RULES, WRONG, CodeStation, code, of, released, rows, tones

from portier.core.door_rules import TamperRule
from portier.core.effects import SpendCode, Tone
from portier.core.events import DoorOrdered, ReleaseRequested, Requester, Verb


def test_a_locked_door_is_released_by_no_code_until_it_is_unlocked() -> None:
    station = CodeStation({RIGHT: code(uses_left=1)})
    station.take(DoorOrdered("front", Verb.LOCK, at_s=station.now_s))
    for _ in range(10):
        effects = station.keyed(RIGHT)
        assert released(effects) == []
        assert tones(effects) == [Tone.DENIED], "a lock is no matter of the code"
        assert rows(effects) == [("refused", "the door is locked until a command unlocks it")]
        assert of(effects, SpendCode) == []
    assert released(station.keyed(RIGHT, "yard")) == ["yard"]
    station.wait(60.0)
    station.take(DoorOrdered("front", Verb.UNLOCK, at_s=station.now_s))
    assert rows(station.keyed(RIGHT)) == [("refused", "used up")]


def test_a_lock_over_a_restart_bars_codes_and_no_exit_button() -> None:
    station = CodeStation(remembered={"door.front.lock": "on"})
    assert released(station.keyed(RIGHT)) == []
    exit_button = ReleaseRequested("front", Requester.EXIT_BUTTON, at_s=station.now_s)
    assert released(station.take(exit_button)) == ["front"]


def test_an_opened_box_bars_codes_for_its_time_and_no_release_digit() -> None:
    rules = replace(RULES, tamper=TamperRule(blocks_codes_s=300.0))
    station = CodeStation(rules=rules, remembered={"tamper": "on"})
    for _ in range(10):
        effects = station.keyed(RIGHT)
        assert released(effects) == []
        assert tones(effects) == [Tone.DENIED]
    station.press("bell")
    station.answer()
    assert released(station.keys("5")) == ["front"]
    station.wait(400.0)
    assert released(station.keyed(RIGHT)) == ["front"]


def test_wrong_codes_at_a_locked_door_are_counted_all_the_same() -> None:
    station = CodeStation(remembered={"door.front.lock": "on"})
    effects = [effect for _ in range(5) for effect in station.keyed(WRONG)]
    assert tones(effects) == [Tone.DENIED] * 4 + [Tone.BLOCKED]
