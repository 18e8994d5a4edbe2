"""Matrix keypads: what counts as a press from scan to scan, and the adapter on a matrix of mocked pins."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from portier.adapters.gpio import keypad_matrix
from portier.adapters.gpio.key_scans import STILL_SCANS, KeyScans, Place
from portier.adapters.gpio.keypad_matrix import MatrixKeypad
from portier.bench.keypads import MatrixHands
from portier.bench.pins import BenchPins
from portier.core.events import Event, KeypadKey, KeypadLost, KeypadRestored
from portier.errors import GpioError
from portier.plan import MatrixPins

MATRIX = MatrixPins(rows=(9, 10, 19, 20), columns=(14, 15, 18), layout=("123", "456", "789", "*0#"))
A, B, C, D = (0, 0), (0, 1), (1, 0), (1, 1)


def pressed(*scans: set[Place]) -> list[Place]:
    """Each scan for as long as it takes to count."""
    keys = KeyScans()
    found = [keys.scanned(frozenset(one)) for one in scans for _ in range(STILL_SCANS)]
    return [one for one in found if one]


def test_a_key_counts_once_however_long_it_is_held() -> None:
    assert pressed({A}, {A}, {A}, set(), {A}) == [A, A]


def test_a_key_that_bounces_counts_once_it_is_still() -> None:
    keys = KeyScans()
    bounces = [frozenset({A}), frozenset[Place]()] * 20
    assert not any(keys.scanned(one) for one in bounces)
    assert [keys.scanned(frozenset({A})) for _ in range(STILL_SCANS)][-1] == A


def test_a_key_pressed_before_the_last_is_up_counts_when_it_is_down_alone() -> None:
    assert pressed({A}, {A, B}, {B}, set()) == [A, B]
    assert pressed({A}, {A, B}, {A}, set()) == [A]


def test_three_keys_that_show_a_fourth_are_none() -> None:
    assert pressed({A, B, C, D}, set()) == []
    assert pressed({A}, {A, B}, {A, B, C, D}, {A, B}, set()) == [A]


@given(st.lists(st.sets(st.sampled_from([A, B, C, D])), max_size=60))
def test_a_key_never_counts_unless_it_was_down_alone_for_long_enough(scans: list[set[Place]]) -> None:
    keys = KeyScans()
    for place, one in enumerate(scans):
        counted = keys.scanned(frozenset(one))
        if counted is not None:
            assert scans[place - STILL_SCANS + 1 : place + 1] == [{counted}] * STILL_SCANS


def test_it_is_idle_only_when_all_keys_were_up_for_long_enough() -> None:
    keys = KeyScans()
    keys.scanned(frozenset({A}))
    seen = []
    for _ in range(STILL_SCANS):
        keys.scanned(frozenset())
        seen.append(keys.idle)
    assert seen == [False, False, True]


@contextmanager
def keypad(matrix: MatrixPins = MATRIX) -> Iterator[tuple[MatrixHands, list[Event]]]:
    bench, posted = BenchPins(), list[Event]()
    hands = MatrixHands(bench, matrix)
    one = MatrixKeypad(bench.factory, "front", matrix, posted.append)
    one.start()
    try:
        yield hands, posted
    finally:
        one.close()


def wait_for(posted: list[Event], count: int) -> None:
    until_s = time.monotonic() + 5.0
    while len(posted) < count and time.monotonic() < until_s:
        time.sleep(0.01)
    assert len(posted) >= count, "nothing was posted"


def keys_of(posted: list[Event]) -> str:
    return "".join(one.key for one in posted if isinstance(one, KeypadKey))


def hold(hands: MatrixHands, posted: list[Event], key: str, count: int) -> None:
    """A key that is down until it has counted, however busy the machine is."""
    hands.press(key)
    wait_for(posted, count)
    hands.let_go(key)
    time.sleep(0.15)


def test_every_key_is_posted_once_with_the_keypads_name_and_the_moment() -> None:
    with keypad() as (hands, posted):
        for count, key in enumerate("123456789*0#", start=1):
            hold(hands, posted, key, count)
        before_s = time.monotonic()
    assert keys_of(posted) == "123456789*0#"
    assert all(isinstance(one, KeypadKey) and one.keypad == "front" for one in posted)
    assert all(0 <= before_s - one.at_s < 60 for one in posted)
    assert not hands.shorted


def test_keys_at_the_corners_of_a_rectangle_are_no_key_and_join_no_two_outputs() -> None:
    with keypad() as (hands, posted):
        for key in "124":
            hands.press(key)
        time.sleep(0.3)
        for key in "124":
            hands.let_go(key)
        time.sleep(0.2)
        hold(hands, posted, "9", 1)
    assert keys_of(posted)[-1] == "9"
    assert "5" not in keys_of(posted), "the corner that nobody pressed"
    assert not hands.shorted


def test_a_key_that_does_nothing_is_not_posted() -> None:
    layout = MatrixPins(MATRIX.rows, MATRIX.columns, ("123", "456", "789", ".0."))
    with keypad(layout) as (hands, posted):
        hold(hands, posted, "0", 1)
    assert keys_of(posted) == "0"


def test_a_key_that_is_down_at_the_start_is_seen() -> None:
    bench, posted = BenchPins(), list[Event]()
    hands = MatrixHands(bench, MATRIX)
    one = MatrixKeypad(bench.factory, "front", MATRIX, posted.append)
    hands.press("8")
    one.start()
    wait_for(posted, 1)
    one.close()
    assert keys_of(posted) == "8"


def test_at_rest_it_scans_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = []
    scan = MatrixKeypad._scan

    def counted(self: MatrixKeypad) -> frozenset[Place]:
        scans.append(1)
        return scan(self)

    monkeypatch.setattr(MatrixKeypad, "_scan", counted)
    with keypad() as (hands, posted):
        time.sleep(0.3)
        assert not scans
        hold(hands, posted, "5", 1)
        time.sleep(0.2)
        count = len(scans)
        time.sleep(0.3)
        assert len(scans) == count >= STILL_SCANS


def test_a_key_that_is_glued_down_is_told_once_and_looked_at_seldom(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keypad_matrix, "STUCK_S", 0.2)
    with keypad() as (hands, posted):
        hands.press("5")
        wait_for(posted, 1)
        time.sleep(1.5)
        assert [one.getMessage() for one in caplog.records] == [
            'gpio: keypad "front": a key is down for 0 s: stuck'
        ]
        hands.let_go("5")
        time.sleep(2.5)
        hold(hands, posted, "6", 2)
    assert keys_of(posted) == "56"


def test_a_keypad_whose_pins_fail_is_told_once_tried_again_more_seldom_and_works_when_they_are_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keypad_matrix, "RETRY_S", 0.05)
    monkeypatch.setattr(keypad_matrix, "RETRY_MOST_S", 0.2)
    scan, tried_s, fails = MatrixKeypad._scan, list[float](), [True]

    def failing(self: MatrixKeypad) -> frozenset[Place]:
        if fails[0]:
            tried_s.append(time.monotonic())
            raise OSError("the chip is gone")
        return scan(self)

    monkeypatch.setattr(MatrixKeypad, "_scan", failing)
    with keypad() as (hands, posted):
        hands.press("5")
        wait_for(posted, 1)
        hands.let_go("5")
        until_s = time.monotonic() + 5.0
        while len(tried_s) < 6 and time.monotonic() < until_s:
            time.sleep(0.01)
        told = list(posted)
        fails[0] = False
        wait_for(posted, 2)
        hold(hands, posted, "6", 3)
    pauses_s = [b - a for a, b in pairwise(tried_s)]
    assert pauses_s[0] >= 0.05
    assert min(pauses_s[2:]) >= 0.2
    assert [type(one) for one in told] == [KeypadLost]
    assert [type(one) for one in posted] == [KeypadLost, KeypadRestored, KeypadKey]
    assert keys_of(posted) == "6"


def test_a_keypad_ends_its_thread_and_gives_its_pins_back() -> None:
    bench = BenchPins()
    hands = MatrixHands(bench, MATRIX)
    for key in ("", "5"):
        one = MatrixKeypad(bench.factory, "front", MATRIX, lambda _: None)
        one.start()
        if key:
            hands.press(key)
            time.sleep(0.1)
        one.close()
    assert not any(thread.name == "keypad-front" for thread in threading.enumerate())
    assert all(bench.factory.pin(pin).function == "input" for pin in MATRIX.rows)


def test_a_pin_that_is_taken_is_an_error_that_names_it_and_takes_none() -> None:
    bench = BenchPins()
    first = MatrixKeypad(bench.factory, "front", MATRIX, lambda _: None)
    other = MatrixPins((5, 6), (7, 18), ("12", "34"))
    with pytest.raises(GpioError, match='pin 18 for keypad "back"'):
        MatrixKeypad(bench.factory, "back", other, lambda _: None)
    first.close()
    MatrixKeypad(bench.factory, "back", other, lambda _: None).close()
