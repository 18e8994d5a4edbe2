"""Each safety rule of a door, by a test of its own: the words that everything else must keep."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.house_station import (
    EXIT,
    FIRE,
    NIGHT,
    NOON,
    TAMPER,
    YARD_EXIT,
    House,
    of,
    rows,
    rules,
    whats,
)

from portier.core import access
from portier.core.access import POWERS, Bar, Deed
from portier.core.audit import Road, What
from portier.core.effects import Hold, Lock, Play, Release, Remember, Tone
from portier.core.events import InputEdge, Requester, SoundLost, StopRequested, Verb
from portier.core.holds import RENEW_S, SLICE_S
from portier.core.states import Fire, Held, Locked, Order, Released
from portier.core.timers import AfterReleaseTimer, HoldTimer


def test_nothing_ever_bars_the_exit_button() -> None:
    assert POWERS[Road.EXIT_BUTTON, Deed.RELEASE] == frozenset()


def test_only_an_access_code_is_barred_by_tampering_or_guessing() -> None:
    barred = {road for (road, _), bars in POWERS.items() if bars & {Bar.TAMPER, Bar.GUESSING}}
    assert barred == {Road.ACCESS_CODE}


def test_a_release_digit_is_barred_by_a_lock_alone() -> None:
    assert POWERS[Road.RELEASE_DIGIT, Deed.RELEASE] == {Bar.LOCK}


def test_a_lock_bars_digit_code_and_schedule_and_nothing_that_leads_out() -> None:
    barred = {road for (road, _), bars in POWERS.items() if Bar.LOCK in bars}
    # A command that would hold must unlock first.
    assert barred == {Road.RELEASE_DIGIT, Road.ACCESS_CODE, Road.SCHEDULE, Road.COMMAND}
    assert Bar.LOCK not in POWERS[Road.COMMAND, Deed.RELEASE]


def test_whatever_holds_a_door_needs_a_relay_that_may() -> None:
    holds = {road: bars for (road, deed), bars in POWERS.items() if deed is Deed.HOLD}
    assert set(holds) == {Road.COMMAND, Road.SCHEDULE, Road.FIRE}
    assert all(Bar.NOT_RATED in bars for bars in holds.values())


def test_only_a_command_locks_and_unlocks() -> None:
    assert {road for road, deed in POWERS if deed in (Deed.LOCK, Deed.UNLOCK)} == {Road.COMMAND}


def test_every_road_is_in_the_table_and_what_is_not_in_it_no_road_may() -> None:
    assert {road for road, _ in POWERS} == set(Road)
    house = House(rules())
    with pytest.raises(ValueError, match="release digit may never hold"):
        access.barred(house.rules, house.state, "front", Road.RELEASE_DIGIT, Deed.HOLD)


@pytest.mark.parametrize(
    "trouble", ["lock", "tamper", "fire", "unsure clock", "SIP down", "sound down", "a call"]
)
def test_the_exit_button_releases_whatever_else_is_so(trouble: str) -> None:
    house = House(rules(blocks_codes_s=600.0, released_by_fire=False))
    match trouble:
        case "lock":
            house.order(Verb.LOCK)
        case "tamper":
            house.observe(TAMPER, active=True)
        case "fire":
            house.observe(FIRE, active=True)
        case "unsure clock":
            house.clock(None)
        case "sound down":
            house.take(SoundLost(at_s=house.now_s))
        case "a call":
            house.talk()
        case _:
            # As it begins: SIP is not up.
            pass
    effects = house.observe(EXIT, active=True)
    assert of(effects, Release)
    assert isinstance(house.state.doors["front"], Released)
    (row,) = [one for one in rows(effects) if one.what is What.RELEASED]
    assert row.road is Road.EXIT_BUTTON


def test_an_exit_contact_that_is_active_at_the_start_was_pressed_by_nobody() -> None:
    house = House(rules(), {"door.front.lock": "on"})
    effects = house.take(InputEdge(EXIT, active=True, at_start=True, at_s=0.0))
    effects += house.wait(house.rules.stuck_after_s)
    assert not of(effects, Release), "a shorted cable would release the door at every start"
    assert isinstance(house.state.doors["front"], Locked)
    assert What.CONTACT_FAULT in whats(effects)
    house.observe(EXIT, active=False)
    assert of(house.observe(EXIT, active=True), Release)


def test_a_lock_cuts_no_release_short_that_lets_somebody_out() -> None:
    house = House(rules())
    house.observe(EXIT, active=True)
    assert not of(house.order(Verb.LOCK), Lock)
    assert isinstance(house.state.doors["front"], Released)
    assert of(house.wait(3.0), Lock)


def test_a_request_at_the_exit_outlives_the_hold_that_it_came_into() -> None:
    house = House(rules())
    house.order(Verb.HOLD)
    house.observe(EXIT, active=True)
    effects = house.order(Verb.LOCK)
    assert not of(effects, Lock)
    assert of(effects, Release)
    assert of(house.wait(3.0), Lock)


def test_a_locked_door_refuses_a_digit_and_says_so() -> None:
    house = House(rules())
    house.order(Verb.LOCK)
    house.talk()
    effects = house.keys("5")
    assert not of(effects, Release)
    assert Play(Tone.DENIED, to_far_end=True) in effects
    (row,) = rows(effects)
    assert (row.what, row.door, row.road) == (What.REFUSED, "front", Road.RELEASE_DIGIT)
    assert "locked" in row.why


def test_a_digit_that_is_refused_ends_no_call() -> None:
    house = House(replace(rules(), hang_up_after_release_s=2.0))
    house.order(Verb.LOCK)
    house.talk()
    house.keys("5")
    assert AfterReleaseTimer(1) not in house.timers
    house.order(Verb.UNLOCK)
    house.keys("5")
    assert AfterReleaseTimer(1) in house.timers


def test_a_lock_survives_a_restart() -> None:
    house = House(rules())
    assert Remember("door.front.lock", "on") in house.order(Verb.LOCK)
    again = House(rules(), {"door.front.lock": "on"})
    assert again.state.orders == {"front": Order.LOCK, "yard": Order.NONE}
    again.talk()
    assert not of(again.keys("5"), Release)
    assert Remember("door.front.lock", None) in again.order(Verb.UNLOCK)
    assert of(again.keys("5"), Release)


def test_a_manual_hold_is_never_remembered() -> None:
    house = House(rules())
    assert not of([*house.order(Verb.HOLD), *house.wait(60.0), *house.order(Verb.END_HOLD)], Remember)
    for value in ("on", "hold", ""):
        again = House(rules(), {"door.front.hold": value, "door.front.lock": "hold"})
        again.become_ready()
        assert isinstance(again.state.doors["front"], Locked)


def test_held_open_hours_hold_only_with_a_clock_known_to_be_right() -> None:
    house = House(rules())
    house.become_ready()
    assert isinstance(house.state.doors["front"], Locked), "no clock has told the time yet"
    assert of(house.clock(NOON), Hold)
    assert of(house.clock(None), Lock)
    assert of(house.clock(NOON), Hold)
    assert of(house.clock(NIGHT), Lock)


def test_a_door_that_may_not_hold_is_never_released_beyond_its_maximum() -> None:
    house = House(rules())
    effects = house.order(Verb.HOLD, "yard")
    assert whats(effects) == [What.REFUSED]
    for _ in range(40):
        effects += house.ask("yard", long=True) + house.observe(YARD_EXIT, active=True)
        effects += house.observe(YARD_EXIT, active=False)
        house.wait(0.5)
        door = house.state.doors["yard"]
        if isinstance(door, Released):
            assert door.until_s - door.since_s <= 5.0
    assert not of(effects, Hold)


def test_a_hold_is_given_in_slices_and_renewed_in_time() -> None:
    house = House(rules())
    effects = house.order(Verb.HOLD)
    assert of(effects, Hold) == [Hold("front", house.now_s + SLICE_S)]
    began_s = house.now_s
    renewals = of(house.wait(60.0), Hold)
    assert renewals == [
        Hold("front", began_s + count * RENEW_S + SLICE_S) for count in range(1, int(60 / RENEW_S) + 1)
    ]
    assert RENEW_S <= SLICE_S / 2
    house.order(Verb.END_HOLD)
    assert HoldTimer("front") not in house.timers
    assert isinstance(house.state.doors["front"], Locked)


def test_a_fire_alarm_locks_nothing_until_it_is_reset() -> None:
    house = House(rules())
    house.order(Verb.LOCK)
    house.order(Verb.LOCK, "yard")
    assert of(house.observe(FIRE, active=True), Hold)
    refused = house.order(Verb.LOCK)
    assert whats(refused) == [What.REFUSED]
    house.talk()
    assert of(house.keys("12"), Release), "a digit counts at a door that nobody may lock now"
    house.observe(FIRE, active=False)
    assert house.state.fire is Fire.OVER
    assert isinstance(house.state.doors["front"], Held), "the contact alone resets nothing"


def test_a_fire_holds_no_relay_that_is_made_for_pulses() -> None:
    house = House(rules())
    house.observe(FIRE, active=True)
    assert isinstance(house.state.doors["yard"], Locked)


def test_a_stop_locks_every_door_and_nothing_holds_it_after() -> None:
    house = House(rules())
    house.clock(NOON)
    house.observe(FIRE, active=True)
    effects = house.take(StopRequested(at_s=house.now_s))
    assert of(effects, Lock) == [Lock("front"), Lock("yard")]
    assert not of(house.wait(60.0) + house.clock(NOON) + house.order(Verb.HOLD), Hold)


def test_tampering_blocks_access_codes_and_no_release_digit() -> None:
    house = House(rules(blocks_codes_s=600.0))
    house.observe(TAMPER, active=True)
    bars = access.bars(house.rules, house.state, "front")
    assert Bar.TAMPER in bars
    assert access.barred(house.rules, house.state, "front", Road.ACCESS_CODE) is Bar.TAMPER
    house.talk()
    assert of(house.keys("5"), Release)


def test_every_release_leaves_a_row_with_its_road() -> None:
    house = House(rules())
    house.talk()
    asked = {
        Road.RELEASE_DIGIT: house.keys("5"),
        Road.COMMAND: house.ask("yard"),
        Road.EXIT_BUTTON: house.observe(YARD_EXIT, active=True),
    }
    for road, effects in asked.items():
        assert [(one.what, one.road) for one in rows(effects)] == [(What.RELEASED, road)]
    held = {
        Road.COMMAND: house.order(Verb.HOLD),
        Road.SCHEDULE: house.order(Verb.END_HOLD) and house.clock(NOON),
        Road.FIRE: house.observe(FIRE, active=True),
    }
    for road, effects in held.items():
        assert (What.HOLD_BEGUN, road) in [(one.what, one.road) for one in rows(effects)]


def test_whoever_asks_for_a_held_door_is_never_told_no() -> None:
    house = House(rules())
    house.order(Verb.HOLD)
    house.wait(4.9)
    for _ in range(2):
        assert [one.what for one in rows(house.ask(long=True))] == [What.RELEASED]


def test_a_requester_who_asks_again_for_a_released_door_is_not_told_no() -> None:
    house = House(rules())
    house.ask()
    effects = house.ask(by=Requester.EXIT_BUTTON)
    assert [one.what for one in rows(effects)] == [What.RELEASED]
