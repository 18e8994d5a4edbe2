"""Keys over real SIP on loopback: whatever a phone does with them, each press is one digit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation

from portier.bench.line.events import What
from portier.bench.line.leg import KeyWay
from portier.bench.line.packets import KeyShape
from portier.core.events import Digit, Event
from portier.core.states import State
from portier.facts import Fact

SHORT = KeyShape(duration_ms=40, gap_ms=0, end_packets=1)
"""Digits back to back, 40 ms each."""


class Keys:
    """Looks on at the runtime and keeps which keys became digits, and when they came."""

    def __init__(self) -> None:
        self.pressed = ""
        self.moments_s: list[float] = []

    def saw(self, event: Event, before: State, after: State) -> None:
        del before, after
        if isinstance(event, Digit):
            self.moments_s.append(event.at_s)
            self.pressed += event.key

    def learned(self, fact: Fact) -> None:
        pass

    def are_more_than(self, count: int) -> bool:
        return len(self.moments_s) > count


@pytest.fixture
def keys(station: LiveStation) -> Iterator[Keys]:
    """What is keyed in the calls of a test."""
    assert station.station
    observer = Keys()
    station.station.runtime.observe(observer)
    yield observer
    station.station.runtime._observers.remove(observer)


def come(station: LiveStation, keys: Keys, expected: str, limit_s: float = 10.0) -> None:
    """Wait for these digits, and that none follows them."""
    try:
        station.until(lambda: len(keys.pressed) >= len(expected), "the digits", limit_s)
    except AssertionError:
        pass  # what came instead says more
    time.sleep(0.4)
    assert keys.pressed == expected


def once(station: LiveStation, keys: Keys, send: Callable[[], None], lasts_s: float = 0.0) -> None:
    """Send a key by several ways: it is one digit.

    Two that came later than 1 s after the key's end say that this machine was late: then it is sent again.
    """
    for _ in range(5):
        count = len(keys.moments_s)
        send()
        station.until(partial(keys.are_more_than, count), "the digit", 10.0)
        time.sleep(0.7)
        came_s = keys.moments_s[count:]
        if len(came_s) == 1:
            return
        assert all(after_s - before_s > lasts_s + 0.98 for before_s, after_s in pairwise(came_s)), came_s
        time.sleep(1.5)
    raise AssertionError("this machine is late each time")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


def test_one_that_never_sets_the_marker_bit(station: LiveStation, keys: Keys) -> None:
    station.talk()
    station.line.press("17701", shape=KeyShape(marker=False))
    come(station, keys, "17701")


@pytest.mark.parametrize("shape", [KeyShape(end_packets=0), replace(SHORT, end_packets=0, duration_ms=60)])
def test_one_that_loses_every_end_packet(station: LiveStation, keys: Keys, shape: KeyShape) -> None:
    station.talk()
    station.line.press("17701", shape=shape)
    come(station, keys, "17701")


@pytest.mark.parametrize("marker", [True, False])
def test_digits_back_to_back_at_40_ms(station: LiveStation, keys: Keys, *, marker: bool) -> None:
    station.talk()
    station.line.press("1777012*#", shape=replace(SHORT, marker=marker))
    come(station, keys, "1777012*#")


def test_one_packet_of_a_key_and_then_the_same_key(station: LiveStation, keys: Keys) -> None:
    """PJSIP takes such keys for one: it looks at their durations, and not at their timestamps."""
    station.talk()
    station.line.press("77", shape=KeyShape(duration_ms=100, lost=frozenset(range(1, 7))))
    come(station, keys, "77")


def test_a_digit_held_for_5_s_is_one(station: LiveStation, keys: Keys) -> None:
    station.talk()
    station.line.press("7", shape=KeyShape(duration_ms=5000))
    station.line.press("7")
    come(station, keys, "77", 15.0)


def test_a_held_key_of_which_more_than_a_second_is_lost_is_one(station: LiveStation, keys: Keys) -> None:
    station.talk()
    station.line.press("7", shape=KeyShape(duration_ms=4000, lost=frozenset(range(60, 125))))
    station.line.press("1")
    come(station, keys, "71", 15.0)


def test_one_whose_timestamp_moves_while_a_key_is_held(station: LiveStation, keys: Keys) -> None:
    station.talk()
    station.line.press("77", shape=KeyShape(creeps=True))
    come(station, keys, "77")


def test_one_that_answers_another_payload_type_and_sends_it_is_understood_at_once_and_told(
    station: LiveStation, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    station.line.behaviour = replace(OPERATOR, event_payload=96)
    station.talk()
    station.line.press("1")
    come(station, keys, "1")
    station.line.press("71")
    come(station, keys, "171")
    assert [one for one in warnings(caplog) if "answers telephone-event as 96 where 101 was offered" in one]


def test_one_that_answers_another_payload_type_is_asked_nothing_and_offered_its_own_in_the_next_call(
    station: LiveStation, keys: Keys
) -> None:
    """A re-INVITE may lose the call. One that sends what was offered, as RFC 3264 says, is heard then."""
    station.line.behaviour = replace(OPERATOR, event_payload=97)
    count = len(station.line.requests)
    station.talk()
    station.line.press("2", shape=KeyShape(payload=101))
    station.line.press("1")
    come(station, keys, "1")
    time.sleep(1.0)
    station.end_call()
    station.talk()
    station.line.press("71")
    come(station, keys, "171")
    came = [one for one in station.line.requests[count:] if one.request.method == "INVITE"]
    numbers = [
        b"a=rtpmap:97 telephone-event/8000" in one.raw for one in came if b"telephone-event" in one.raw
    ]
    assert numbers[0] is False
    assert numbers[-1] is True
    assert len({one.request.header("Call-ID") for one in came}) == 2
    assert not [one for one in came if ";tag=" in one.request.header("To")]


def test_one_that_takes_no_telephone_events_is_told_and_its_info_counts(
    station: LiveStation, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    station.line.behaviour = replace(OPERATOR, events=False)
    station.talk()
    station.line.press("17", KeyWay.INFO)
    come(station, keys, "17")
    assert [one for one in warnings(caplog) if "takes no keys by RFC 4733" in one]


@pytest.mark.parametrize("way", [KeyWay.INFO, KeyWay.PLAIN_INFO])
def test_both_forms_of_info_are_read_and_answered_with_200(
    station: LiveStation, keys: Keys, way: KeyWay
) -> None:
    station.talk()
    station.line.press("0123456789*#ABCD", way)
    come(station, keys, "0123456789*#ABCD")
    answers = [one for one in station.line.events if one.what is What.INFO_ANSWERED][-16:]
    assert [one.details["status"] for one in answers] == [200] * 16


def test_an_info_that_holds_no_key_is_told_once_and_without_it(
    station: LiveStation, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    station.talk()
    header = ("Content-Type", "application/dtmf-relay")
    for _ in range(2):
        assert station.line.request("INFO", header, body=b"Signal=77x\r\nDuration=1\r\n") in (200, 400)
    come(station, keys, "")
    told = [one for one in warnings(caplog) if "application/dtmf-relay" in one]
    assert len(told) == 1
    assert "77" not in told[0]


def test_a_star_sent_as_its_event_code_is_a_star(station: LiveStation, keys: Keys) -> None:
    """PJSIP reads Signal=10 as the key 1."""
    station.talk()
    header = ("Content-Type", "application/dtmf-relay")
    assert station.line.request("INFO", header, body=b"Signal=10\r\nDuration=160\r\n") == 200
    come(station, keys, "*")


@pytest.mark.parametrize("form", [KeyWay.INFO, KeyWay.PLAIN_INFO])
def test_keys_by_two_ways_are_one_each(station: LiveStation, keys: Keys, form: KeyWay) -> None:
    station.talk()

    def send(key: str) -> None:
        station.line.press(key)
        station.line.press(key, form)

    for key in "177":
        once(station, keys, partial(send, key))
    assert set(keys.pressed) == set("17")


def test_a_key_held_for_2_s_whose_info_comes_when_it_is_up_is_one(station: LiveStation, keys: Keys) -> None:
    station.talk()

    def send() -> None:
        station.line.press("7", shape=KeyShape(duration_ms=2000))
        time.sleep(2.2)
        station.line.press("7", KeyWay.PLAIN_INFO)

    once(station, keys, send, 2.0)


def test_tones_in_the_sound_count_for_nothing_unless_switched_on(station: LiveStation, keys: Keys) -> None:
    station.talk()
    station.line.press("177", KeyWay.TONE, KeyShape(duration_ms=120))
    come(station, keys, "", 1.5)
