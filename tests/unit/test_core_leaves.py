"""What a door's contact tells: forced, held open, at fault; and what is no alarm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.house_station import CONTACT, DEBOUNCE_S, EXIT, FIRE, House, of, rows, rules, whats

from portier.core.audit import What
from portier.core.contacts import FAULT_AFTER_S, QUIET_S
from portier.core.door_rules import ContactRule
from portier.core.effects import Audit, Effect, Lock, Note, Play, Release, Tone
from portier.core.events import InputEdge, Verb
from portier.core.inputs import Input
from portier.core.leaves import GRACE_S
from portier.core.states import Held, Locked, Released
from portier.core.timers import AjarTimer

WEDGED = ContactRule(DEBOUNCE_S, held_open_s=40.0, pre_alarm_s=10.0)


def chatter(house: House, seconds: float, every_s: float = 0.5, contact: Input = CONTACT) -> list[Effect]:
    """The contact goes to and fro, and ends as it began."""
    effects: list[Effect] = []
    for index in range(2 * round(seconds / every_s / 2)):
        effects += house.take(InputEdge(contact, index % 2 == 0, at_s=house.now_s))
        effects += house.wait(every_s)
    return effects


def test_a_door_opened_without_a_release_is_forced_until_it_is_shut() -> None:
    house = House(rules())
    effects = house.observe(CONTACT, active=True)
    assert whats(effects) == [What.FORCED]
    assert house.state.leaves["front"].alarms == {What.FORCED}
    assert whats(house.observe(CONTACT, active=False)) == [What.CLOSED, What.ALARM_OVER]
    assert not house.state.leaves["front"].alarms


@pytest.mark.parametrize("way", ["release", "hold", "fire", "exit button", "just after"])
def test_a_door_that_may_be_opened_is_not_forced(way: str) -> None:
    house = House(rules(contact=ContactRule(DEBOUNCE_S / 2)))
    match way:
        case "release":
            house.ask()
        case "hold":
            house.order(Verb.HOLD)
        case "fire":
            house.observe(FIRE, active=True)
        case "exit button":
            # The contact of the door counts sooner than that of the button.
            house.take(InputEdge(EXIT, active=True, at_s=house.now_s))
        case _:
            house.ask()
            house.wait(3.0 + GRACE_S / 2)
    assert whats(house.observe(CONTACT, active=True))[-1:] in ([What.OPENED], [What.RELEASED])
    assert not house.state.leaves["front"].alarms


def test_well_after_a_release_it_is_forced() -> None:
    house = House(rules())
    house.ask()
    house.wait(3.0 + 2 * GRACE_S)
    assert whats(house.observe(CONTACT, active=True)) == [What.FORCED]


def test_a_door_with_a_handle_outside_is_never_forced() -> None:
    house = House(rules(contact=ContactRule(DEBOUNCE_S, forced_alarm=False)))
    assert whats(house.observe(CONTACT, active=True)) == [What.OPENED]


def test_a_door_found_open_at_the_start_is_not_forced_and_is_asked_to_be_shut() -> None:
    house = House(rules(contact=WEDGED))
    house.take(InputEdge(CONTACT, active=True, at_start=True, at_s=0.0))
    assert not house.state.leaves["front"].alarms
    effects = house.wait(40.0)
    assert Play(Tone.HELD_OPEN) in effects
    assert whats(effects) == [What.HELD_OPEN]


def test_a_door_held_open_is_told_by_tones_and_then_is_an_alarm() -> None:
    house = House(rules(contact=WEDGED))
    house.ask()
    house.observe(CONTACT, active=True)
    released_s = house.state.doors["front"]
    assert isinstance(released_s, Released)
    house.wait(released_s.until_s - house.now_s)
    assert not of(house.wait(29.5), Play)
    tones = of(house.wait(10.0), Play)
    assert tones == [Play(Tone.HELD_OPEN)] * 2
    assert whats(house.wait(1.0)) == [What.HELD_OPEN]
    assert not of(house.wait(600.0), Play), "nobody wants to hear it for ever"


def test_a_release_or_the_door_shut_begins_the_time_anew() -> None:
    house = House(rules(contact=WEDGED))
    house.ask()
    house.observe(CONTACT, active=True)
    house.wait(35.0)
    house.ask()
    assert AjarTimer("front") not in house.timers
    assert whats(house.wait(30.0)) == []
    house.observe(CONTACT, active=False)
    assert AjarTimer("front") not in house.timers


def test_a_door_that_is_held_or_open_in_a_fire_is_no_alarm() -> None:
    house = House(rules(contact=WEDGED))
    house.order(Verb.HOLD)
    house.observe(CONTACT, active=True)
    assert What.HELD_OPEN not in whats(house.wait(3600.0))
    house.observe(FIRE, active=True)
    house.order(Verb.END_HOLD)
    assert What.HELD_OPEN not in whats(house.wait(3600.0))


def test_a_door_locked_as_soon_as_it_has_opened() -> None:
    house = House(rules(contact=ContactRule(DEBOUNCE_S, relock=True)))
    house.ask()
    assert of(house.observe(CONTACT, active=True), Lock) == [Lock("front")]
    assert isinstance(house.state.doors["front"], Locked)
    house.observe(CONTACT, active=False)
    house.order(Verb.HOLD)
    house.observe(CONTACT, active=True)
    assert isinstance(house.state.doors["front"], Held)


def test_a_contact_that_bounces_for_a_minute_is_at_fault_and_makes_no_other_alarm() -> None:
    house = House(rules())
    effects = chatter(house, FAULT_AFTER_S + 20.0, every_s=DEBOUNCE_S / 2)
    assert [(one.what, one.door) for one in rows(effects)] == [(What.CONTACT_FAULT, "front")]
    assert house.state.inputs[CONTACT].faulty
    assert whats(house.wait(QUIET_S)) == [What.ALARM_OVER]
    assert whats(house.observe(CONTACT, active=True)) == [What.FORCED], "it counts again"


def test_an_open_door_whose_contact_is_at_fault_is_no_alarm() -> None:
    house = House(rules(contact=replace(WEDGED, held_open_s=FAULT_AFTER_S + 30.0)))
    house.ask()
    house.observe(CONTACT, active=True)
    effects = chatter(house, FAULT_AFTER_S + 60.0, every_s=DEBOUNCE_S / 2)
    assert whats(effects)[-1] is What.CONTACT_FAULT
    assert house.state.leaves["front"].open
    assert AjarTimer("front") not in house.timers


def test_a_contact_that_bounces_for_less_is_not_at_fault() -> None:
    house = House(rules())
    assert What.CONTACT_FAULT not in whats(chatter(house, FAULT_AFTER_S - 5.0, every_s=DEBOUNCE_S / 2))


def test_a_busy_door_is_no_fault() -> None:
    house = House(rules())
    house.order(Verb.HOLD)
    effects: list[Effect] = []
    for _ in range(200):
        effects += house.observe(CONTACT, active=True) + house.wait(1.5)
        effects += house.observe(CONTACT, active=False) + house.wait(1.5)
    assert What.CONTACT_FAULT not in whats(effects)


def test_an_exit_button_held_for_an_hour_releases_once_and_is_told_as_stuck() -> None:
    house = House(rules())
    effects = house.observe(EXIT, active=True) + house.wait(3600.0)
    assert len(of(effects, Release)) == 1
    assert whats(effects) == [What.RELEASED, What.CONTACT_FAULT]
    assert isinstance(house.state.doors["front"], Locked)
    assert whats(house.observe(EXIT, active=False)) == [What.ALARM_OVER], "the log closes what it opened"
    assert of(house.observe(EXIT, active=True), Release)


@pytest.mark.parametrize("forced_alarm", [True, False])
def test_a_stuck_exit_button_that_silences_the_forced_alarm_says_so(forced_alarm: bool) -> None:
    house = House(rules(contact=ContactRule(DEBOUNCE_S, forced_alarm=forced_alarm)))
    effects = house.observe(EXIT, active=True) + house.wait(3600.0)
    (text,) = [one.text for one in effects if isinstance(one, Note) and "stuck" in one.text]
    assert ("forced" in text) is forced_alarm
    assert What.FORCED not in whats(house.observe(CONTACT, active=True))


def test_an_exit_button_that_chatters_goes_on_releasing_and_leaves_room_in_the_log() -> None:
    house = House(rules())
    chatter(house, FAULT_AFTER_S + 1.0, every_s=0.05, contact=EXIT)
    assert house.state.inputs[EXIT].faulty
    effects = chatter(house, 540.0, every_s=0.05, contact=EXIT)
    begun = len(of(effects, Lock))
    assert begun > 10, "a release ends at its longest, and begins anew"
    assert len(of(effects, Release)) > begun, "it is prolonged for everybody who may stand there"
    assert set(whats(effects)) == {What.RELEASED}
    for kind in (Audit, Note, Play):
        assert len(of(effects, kind)) <= begun + 1
    house.wait(QUIET_S + 10.0)
    for _ in range(2):
        effects = house.observe(EXIT, active=True)
        assert whats(effects) == [What.RELEASED], "at rest again, each press is told"
        house.observe(EXIT, active=False)


def test_an_unknown_contact_changes_nothing() -> None:
    house = House(rules())
    before = house.state
    unknown = InputEdge(type(CONTACT)(CONTACT.kind, "attic"), active=True, at_s=house.now_s)
    assert house.take(unknown) == []
    assert house.state == before
