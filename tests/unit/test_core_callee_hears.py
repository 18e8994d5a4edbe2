"""Who keys something in a call hears what came of it: its echo at the door is cancelled."""

from __future__ import annotations

from tests.unit.house_station import House, rules

from portier.core.effects import Effect, Play, Tone
from portier.core.events import Verb


def _tones(effects: list[Effect]) -> list[Play]:
    return [one for one in effects if isinstance(one, Play)]


def _talking() -> House:
    house = House(rules())
    house.talk()
    return house


def test_the_phone_that_opened_the_door_hears_that_it_is_open() -> None:
    assert _tones(_talking().keys("5")) == [Play(Tone.GRANTED, to_far_end=True)]


def test_the_phone_whose_digit_opens_nothing_hears_that_too() -> None:
    house = House(rules())
    house.order(Verb.LOCK)
    house.talk()
    assert _tones(house.keys("5")) == [Play(Tone.DENIED, to_far_end=True)]


def test_wrong_keys_are_told_to_who_pressed_them_as_rarely_as_to_the_visitor() -> None:
    house = _talking()
    tones = [_tones(house.keys("99")) for _ in range(house.rules.wrong_attempts)]
    assert tones == [*[[]] * (house.rules.wrong_attempts - 1), [Play(Tone.DENIED, to_far_end=True)]]


def test_a_release_by_somebody_else_is_told_at_the_door_alone() -> None:
    assert _tones(_talking().ask("front")) == [Play(Tone.GRANTED)]
