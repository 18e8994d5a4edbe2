"""Holds in slices and observed contacts, on gpiozero's mock pins."""

from __future__ import annotations

import time

import pytest

from portier.adapters.gpio.inputs import Inputs
from portier.adapters.gpio.strikes import Strikes
from portier.bench.pins import BenchPins
from portier.core.events import Event, InputEdge
from portier.core.inputs import Input, InputKind
from portier.errors import GpioError
from portier.plan import InputPin, StrikePin

STRIKE, CONTACT, EXIT = 22, 16, 26
SLICE_S = 0.3
DOOR, BUTTON = Input(InputKind.DOOR, "front"), Input(InputKind.EXIT, "front")
PINS = {
    DOOR: InputPin(CONTACT, closed_is_low=False, closed_is_active=False),
    BUTTON: InputPin(EXIT, closed_is_low=False, closed_is_active=True),
}


def strikes_of(pins: BenchPins, hold_slice_s: float = SLICE_S, max_release_s: float = 1.0) -> Strikes:
    faults: list[Exception] = []
    return Strikes(
        pins.factory, {"front": StrikePin(STRIKE, max_release_s, "level", hold_slice_s)}, faults.append
    )


def fell_s(pins: BenchPins, limit_s: float = 3.0) -> float:
    until_s = time.monotonic() + limit_s
    while pins.energised(STRIKE):
        assert time.monotonic() < until_s, "the relay stayed energised"
        time.sleep(0.005)
    return pins.pin(STRIKE).times(level=False)[-1]


def test_a_hold_that_nobody_renews_ends_within_a_slice_whatever_was_asked_for() -> None:
    pins = BenchPins()
    strikes = strikes_of(pins)
    began_s = time.monotonic()
    strikes.hold("front", began_s + 3600)
    assert pins.energised(STRIKE)
    assert SLICE_S <= fell_s(pins) - began_s < SLICE_S + 0.3
    strikes.close()


def test_a_hold_that_is_renewed_outlives_the_longest_release_without_a_gap() -> None:
    pins = BenchPins()
    strikes = strikes_of(pins, max_release_s=0.5)
    began_s = time.monotonic()
    while time.monotonic() < began_s + 1.2:
        strikes.hold("front", time.monotonic() + SLICE_S)
        time.sleep(0.05)
    assert pins.energised(STRIKE)
    assert fell_s(pins) - began_s > 1.2
    assert len(pins.pin(STRIKE).times(level=True)) == 1
    strikes.close()


def test_a_hold_of_a_door_that_may_not_hold_ends_at_its_maximum_however_often_it_is_renewed() -> None:
    pins = BenchPins()
    strikes = strikes_of(pins, hold_slice_s=0.0, max_release_s=0.4)
    began_s = time.monotonic()
    while pins.energised(STRIKE) or time.monotonic() < began_s + 0.1:
        assert time.monotonic() < began_s + 2
        strikes.hold("front", time.monotonic() + 10)
        time.sleep(0.02)
    assert 0.4 <= fell_s(pins) - began_s < 0.7
    strikes.close()


def test_a_plain_release_after_a_hold_has_its_own_maximum() -> None:
    pins = BenchPins()
    strikes = strikes_of(pins, max_release_s=0.4)
    strikes.hold("front", time.monotonic() + SLICE_S)
    strikes.release("front", time.monotonic() + 60)
    began_s = time.monotonic()
    assert fell_s(pins) - began_s < 0.4 + 0.3
    strikes.close()


def test_a_release_that_a_hold_leaves_behind_lasts_as_long_as_was_said() -> None:
    pins = BenchPins()
    strikes = strikes_of(pins, max_release_s=0.4)
    strikes.hold("front", time.monotonic() + SLICE_S)
    time.sleep(0.25)
    began_s = time.monotonic()
    strikes.release("front", began_s + 0.4)
    assert fell_s(pins) - began_s >= 0.4
    strikes.close()


def test_a_slice_that_comes_after_the_end_moves_nothing() -> None:
    pins = BenchPins()
    strikes = strikes_of(pins)
    strikes.hold("front", time.monotonic() - 1)
    time.sleep(0.05)
    assert not pins.pin(STRIKE).times(level=True)
    strikes.close()
    strikes.hold("front", time.monotonic() + 60)
    assert not pins.energised(STRIKE)


def test_what_is_active_at_the_start_is_told_as_found_and_then_every_edge() -> None:
    pins = BenchPins()
    posted: list[Event] = []
    inputs = Inputs(pins.factory, PINS, posted.append)
    # Pulled down: the door's contact is open, the button's too.
    inputs.start()
    pins.close_contact(CONTACT, to_high=True)
    pins.close_contact(EXIT, to_high=True)
    pins.open_contact(EXIT, to_high=True)
    assert [(one.input, one.active, one.at_start) for one in posted if isinstance(one, InputEdge)] == [
        (DOOR, True, True),
        (DOOR, False, False),
        (BUTTON, True, False),
        (BUTTON, False, False),
    ]
    inputs.close()
    assert pins.pin(CONTACT).function == "input"


def test_a_contact_to_ground_is_pulled_up() -> None:
    pins = BenchPins()
    posted: list[Event] = []
    tamper = Input(InputKind.TAMPER)
    inputs = Inputs(
        pins.factory, {tamper: InputPin(4, closed_is_low=True, closed_is_active=False)}, posted.append
    )
    assert pins.pin(4).pull == "up"
    pins.close_contact(4)
    inputs.start()
    assert not posted
    pins.open_contact(4)
    assert [(one.input, one.active) for one in posted if isinstance(one, InputEdge)] == [(tamper, True)]
    inputs.close()


def test_a_pin_that_is_taken_is_an_error_that_names_it() -> None:
    pins = BenchPins()
    first = Inputs(pins.factory, PINS, lambda _: None)
    with pytest.raises(GpioError, match='cannot claim pin 16 for the door contact of door "front"'):
        Inputs(pins.factory, PINS, lambda _: None)
    first.close()


def test_a_hold_by_heartbeat_beats_and_is_low_within_a_slice_once_nobody_renews_it() -> None:
    pins = BenchPins()
    pin = StrikePin(STRIKE, 1.0, "heartbeat", SLICE_S)
    strikes = Strikes(pins.factory, {"front": pin}, lambda _: None)
    began_s = time.monotonic()
    strikes.hold("front", began_s + 3600)
    time.sleep(SLICE_S + 0.4)
    rises = pins.pin(STRIKE).times(level=True)
    assert len(rises) > 5, "it toggles"
    assert rises[-1] - began_s < SLICE_S + 0.3
    assert not pins.energised(STRIKE)
    strikes.close()
