"""Orders, fire, tamper and the light of the stairs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.house_station import (
    EXIT,
    FIRE,
    NOON,
    TAMPER,
    YARD_EXIT,
    House,
    of,
    rows,
    rules,
    stairs,
    whats,
)

from portier.core import access, fire, orders
from portier.core.access import Bar
from portier.core.audit import Road, What
from portier.core.door_rules import FireRule, LightWhen
from portier.core.effects import (
    Audit,
    Effect,
    HangUp,
    Hold,
    Lock,
    Note,
    PlaceCall,
    Play,
    Reject,
    Release,
    Remember,
    SwitchLight,
    Tone,
)
from portier.core.events import (
    CallOffered,
    DoorOrdered,
    EndReason,
    FireResetRequested,
    StopRequested,
    Verb,
)
from portier.core.inputs import Input
from portier.core.rules import IncomingRule
from portier.core.states import Fire, Held, Locked, Released

LONG_S = 6.0


@pytest.mark.parametrize(
    ("before", "verb", "why"),
    [
        ([], Verb.UNLOCK, "not locked"),
        ([], Verb.END_HOLD, "not held by any command"),
        ([Verb.LOCK], Verb.LOCK, "locked already"),
        ([Verb.LOCK], Verb.HOLD, "locked until a command unlocks it"),
        ([Verb.HOLD], Verb.HOLD, "held already"),
    ],
)
def test_an_order_that_changes_nothing_says_why(before: list[Verb], verb: Verb, why: str) -> None:
    house = House(rules())
    for one in before:
        house.order(one)
    said = orders.refusal(house.rules, house.state, DoorOrdered("front", verb, at_s=0.0))
    assert said is not None
    assert why in said
    state = house.state
    (row,) = rows(house.order(verb))
    assert (row.what, row.why) == (What.REFUSED, said)
    assert house.state == state


def test_an_order_for_a_door_that_is_not_there_changes_nothing() -> None:
    house = House(rules())
    state = house.state
    house.order(Verb.LOCK, "attic")
    assert house.state == state


def test_the_end_of_a_manual_hold_leaves_the_door_to_its_hours_which_a_lock_ends() -> None:
    house = House(rules())
    house.clock(NOON)
    effects = house.order(Verb.HOLD)
    assert [(one.what, one.road) for one in rows(effects)] == [
        (What.HOLD_ENDED, Road.SCHEDULE),
        (What.HOLD_BEGUN, Road.COMMAND),
    ]
    assert not of(house.order(Verb.END_HOLD), Lock)
    held = house.state.doors["front"]
    assert isinstance(held, Held)
    assert held.by is Road.SCHEDULE
    said = orders.refusal(house.rules, house.state, DoorOrdered("front", Verb.END_HOLD, at_s=0.0))
    assert said is not None
    assert "its hours" in said
    assert of(house.order(Verb.LOCK), Lock)
    assert of(house.order(Verb.UNLOCK), Hold)


def test_a_longer_release_is_for_who_needs_it() -> None:
    house = House(rules())
    assert of(house.ask(long=True), Release) == [Release("front", house.now_s + LONG_S)]
    # A shorter one cuts nothing short.
    assert not of(house.ask(), Release)
    # The yard has no longer time.
    assert of(house.observe(YARD_EXIT, active=True), Release)


def test_a_fire_alarm_is_announced_until_the_contact_is_back() -> None:
    house = House(rules())
    effects = house.observe(FIRE, active=True)
    assert Play(Tone.FIRE) in effects
    assert What.FIRE in whats(effects)
    assert Remember("fire", "on") in effects
    assert of(house.wait(4 * fire.TONE_EVERY_S), Play) == [Play(Tone.FIRE)] * 4
    house.observe(FIRE, active=False)
    assert not of(house.wait(600.0), Play)


def test_a_fire_alarm_ends_a_talk_politely_and_a_press_still_rings() -> None:
    house = House(rules())
    house.talk()
    assert not of(house.observe(FIRE, active=True), HangUp), "both sides hear it first"
    assert of(house.wait(fire.FAREWELL_S), HangUp) == [HangUp(1)]
    assert of(house.press("bell"), PlaceCall)
    house.answer()
    assert not of(house.wait(3 * fire.TONE_EVERY_S), HangUp), "that one is for who needs help"
    assert not of(house.wait(fire.TONE_EVERY_S), Play), "whoever calls for help is to be understood"


def test_a_fire_alarm_leaves_a_visit_alone_that_still_rings() -> None:
    house = House(rules())
    house.become_ready()
    house.press("bell")
    house.observe(FIRE, active=True)
    assert not of(house.wait(20.0), HangUp)


def test_a_call_from_outside_is_refused_while_the_alarm_lasts() -> None:
    house = House(rules())
    house.become_ready()
    house.observe(FIRE, active=True)
    assert Reject(7) in house.take(CallOffered(7, "0033123456789", at_s=house.now_s))


def test_in_a_fire_only_a_caller_on_the_list_is_noted_and_the_log_gives_the_true_reason() -> None:
    listed = IncomingRule(callers={"201": False})
    house = House(replace(rules(), incoming=listed))
    house.become_ready()
    house.observe(FIRE, active=True)
    stranger = house.take(CallOffered(7, "0666000111", at_s=house.now_s))
    assert [one for one in stranger if isinstance(one, Note | Audit)] == []
    effects = house.take(CallOffered(8, "201", at_s=house.now_s))
    assert [one.why for one in rows(effects)] == ["from outside, refused: there is a fire alarm"]


def test_a_talk_goes_on_where_the_alarm_that_would_end_it_was_reset() -> None:
    house = House(rules())
    house.talk()
    house.observe(FIRE, active=True)
    house.observe(FIRE, active=False)
    house.take(FireResetRequested(at_s=house.now_s))
    assert not of(house.wait(2 * fire.FAREWELL_S), HangUp)


def test_a_fire_alarm_is_reset_by_the_contact_and_a_command_together() -> None:
    house = House(rules())
    assert fire.refusal(house.state) == "there is no fire alarm"
    house.observe(FIRE, active=True)
    assert fire.refusal(house.state) is not None
    house.take(FireResetRequested(at_s=house.now_s))
    assert house.fire() is Fire.ALARM
    house.observe(FIRE, active=False)
    effects = house.take(FireResetRequested(at_s=house.now_s))
    assert next((one.what, one.road) for one in rows(effects)) == (What.FIRE_OVER, Road.COMMAND)
    assert Remember("fire", None) in effects
    assert isinstance(house.state.doors["front"], Locked)


def test_an_automatic_reset_waits_for_the_contact_and_its_time() -> None:
    house = House(rules(fire=FireRule(1 / 32, reset_after_s=30.0)))
    house.observe(FIRE, active=True)
    house.wait(600.0)
    assert house.fire() is Fire.ALARM
    house.observe(FIRE, active=False)
    house.wait(20.0)
    house.observe(FIRE, active=True)
    house.wait(20.0)
    assert house.fire() is Fire.ALARM, "the fire came back"
    house.observe(FIRE, active=False)
    house.wait(30.0)
    assert house.fire() is Fire.NONE


def test_a_fire_alarm_that_nobody_has_reset_survives_a_restart() -> None:
    house = House(rules(), {"fire": "on", "door.front.lock": "on"})
    house.become_ready()
    held = house.state.doors["front"]
    assert isinstance(held, Held)
    assert held.by is Road.FIRE
    house.take(FireResetRequested(at_s=house.now_s))
    assert isinstance(house.state.doors["front"], Locked)


def test_what_was_remembered_of_an_input_that_is_configured_no_more_is_forgotten() -> None:
    without = replace(rules(), fire=None, tamper=None)
    first = House(without, {"fire": "on", "tamper": "on", "door.front.lock": "on"}).first_effects
    assert {one.key for one in first if isinstance(one, Remember)} == {"fire", "tamper"}
    assert all(one.value is None for one in first if isinstance(one, Remember))
    assert not of(House(rules(), {"fire": "on", "tamper": "on"}).first_effects, Remember)


def test_a_hold_that_is_ordered_in_a_fire_ends_the_lock_and_says_so() -> None:
    house = House(rules(), {"door.front.lock": "on"})
    house.observe(FIRE, active=True)
    effects = house.order(Verb.HOLD)
    assert Remember(orders.key("front"), None) in effects, "no restart brings it back"
    assert whats(effects) == [What.LOCK_OFF]
    house.observe(FIRE, active=False)
    house.take(FireResetRequested(at_s=house.now_s))
    held = house.state.doors["front"]
    assert isinstance(held, Held)
    assert held.by is Road.COMMAND
    assert whats(house.order(Verb.END_HOLD)) == [What.HOLD_ENDED]
    assert isinstance(house.state.doors["front"], Locked)


def test_an_automatic_reset_comes_after_a_restart_too() -> None:
    house = House(rules(fire=FireRule(1 / 32, reset_after_s=30.0)), {"fire": "on"})
    house.become_ready()
    house.wait(29.0)
    assert house.fire() is Fire.OVER
    house.wait(1.0)
    assert house.fire() is Fire.NONE


def test_tampering_is_an_alarm_and_blocks_codes_only_where_it_is_configured_so() -> None:
    house = House(rules())
    effects = house.observe(TAMPER, active=True)
    assert whats(effects) == [What.TAMPER]
    assert not of(effects, Remember)
    assert Bar.TAMPER not in access.bars(house.rules, house.state, "front")
    assert whats(house.observe(TAMPER, active=False)) == [What.TAMPER_OVER]


def test_a_block_of_codes_for_tampering_lasts_its_time_and_begins_anew_after_a_restart() -> None:
    house = House(rules(blocks_codes_s=600.0))
    assert Remember("tamper", "on") in house.observe(TAMPER, active=True)
    house.observe(TAMPER, active=False)
    house.wait(500.0)
    assert house.state.codes_barred
    again = House(rules(blocks_codes_s=600.0), {"tamper": "on"})
    again.become_ready()
    again.wait(599.0)
    assert again.state.codes_barred
    assert Remember("tamper", None) in again.wait(1.0)
    assert not again.state.codes_barred


def test_what_was_remembered_of_a_contact_that_is_gone_counts_for_nothing() -> None:
    bare = rules()
    without = type(bare)(buttons=bare.buttons, doors=bare.doors)
    house = House(without, {"fire": "on", "tamper": "on", "door.attic.lock": "on", "codes.x": "3"})
    assert house.fire() is Fire.NONE
    assert not house.state.codes_barred


@pytest.mark.parametrize("when", LightWhen)
def test_the_light_goes_on_by_what_is_configured_and_by_nothing_else(when: LightWhen) -> None:
    house = House(rules(light=stairs(when)))
    house.become_ready()
    lit = {
        LightWhen.PRESS: house.press("bell"),
        LightWhen.RELEASE: house.ask("yard"),
        LightWhen.EXIT: house.observe(EXIT, active=True),
        LightWhen.FIRE: house.observe(FIRE, active=True),
    }
    lights = {one: of(effects, SwitchLight) for one, effects in lit.items()}
    on = [SwitchLight(on=True)]
    # An exit button releases, too.
    may_light = {when, LightWhen.EXIT} if when is LightWhen.RELEASE else {when}
    assert lights[when] == on
    assert all(not effects for one, effects in lights.items() if one not in may_light)


def test_the_light_is_on_for_its_time_from_the_last_reason_and_out_at_a_stop() -> None:
    house = House(rules(light=stairs(LightWhen.RELEASE)))
    house.ask()
    house.wait(9.0)
    house.ask()
    assert not of(house.wait(9.0), SwitchLight)
    assert of(house.wait(1.0), SwitchLight) == [SwitchLight(on=False)]
    house.ask()
    assert SwitchLight(on=False) in house.take(StopRequested(at_s=house.now_s))


def test_the_fire_alarm_is_no_reason_to_hold_where_it_is_not_configured_so() -> None:
    house = House(rules(released_by_fire=False))
    assert not of(house.observe(FIRE, active=True), Hold)
    assert not isinstance(house.state.doors["front"], Released)


@pytest.mark.parametrize(
    ("contact", "alarm", "over"),
    [(FIRE, What.FIRE, What.FIRE_OVER), (TAMPER, What.TAMPER, What.TAMPER_OVER)],
)
def test_an_alarm_that_comes_and_goes_every_half_second_fills_no_log(
    contact: Input, alarm: What, over: What
) -> None:
    house = House(rules(fire=FireRule(1 / 32, reset_after_s=5.0)))
    effects: list[Effect] = []
    for _ in range(1800):
        for active in (True, False):
            effects += house.observe(contact, active) + house.wait(0.5)
    # As often as it takes to see that it does not come to rest.
    assert whats(effects).count(alarm) < 70
    assert whats(effects).count(What.CONTACT_FAULT) == 1
    assert house.fire() is Fire.ALARM or house.state.tampered
    at_rest = whats(house.wait(20.0))
    assert over in at_rest
    assert house.fire() is Fire.NONE
    assert not house.state.tampered


def test_no_limit_of_calls_refuses_who_rings_in_a_fire() -> None:
    house = House(replace(rules(), calls_per_hour=1))
    house.become_ready()
    assert of(house.press("bell"), PlaceCall)
    house.end(EndReason.NO_ANSWER, 480)
    assert not of(house.press("bell"), PlaceCall)
    house.observe(FIRE, active=True)
    assert of(house.press("bell"), PlaceCall)
