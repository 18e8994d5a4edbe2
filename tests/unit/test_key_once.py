"""A key that travels by several ways is one key."""

from __future__ import annotations

from hypothesis import given, strategies as st

from portier.adapters.sip.keys import KeyOnce
from portier.keys_heard import Stage, Way


def test_a_key_sent_by_two_ways_counts_once() -> None:
    once = KeyOnce()
    assert once.counts("5", Way.EVENT, 10.0)
    assert not once.counts("5", Way.INFO, 10.2)
    assert once.counts("5", Way.EVENT, 10.4)
    assert not once.counts("5", Way.INFO, 10.6)


def test_a_key_sent_by_all_three_ways_counts_once_whichever_comes_first() -> None:
    for first, second, third in ((Way.EVENT, Way.INFO, Way.TONE), (Way.TONE, Way.EVENT, Way.INFO)):
        once = KeyOnce()
        arrivals = [once.counts("5", way, 1.0 + n / 10) for n, way in enumerate((first, second, third))]
        assert arrivals == [True, False, False]


def test_a_key_pressed_twice_by_one_way_counts_twice() -> None:
    once = KeyOnce()
    assert [once.counts("5", Way.EVENT, at_s) for at_s in (1.0, 1.2, 1.4)] == [True] * 3


def test_a_phone_that_sends_events_presses_no_key_by_its_sound() -> None:
    """Where its tone has a hole, or comes late, the same key would be another."""
    once = KeyOnce()
    assert once.counts("5", Way.TONE, 0.9)
    assert not once.counts("5", Way.EVENT, 1.0)
    for at_s in (1.2, 9.0):
        assert not once.counts("5", Way.TONE, at_s)
    assert not once.counts("6", Way.TONE, 20.0)
    assert once.counts("6", Way.EVENT, 20.1)
    assert once.counts("6", Way.INFO, 30.0)


def test_another_key_or_a_late_one_counts() -> None:
    once = KeyOnce()
    assert once.counts("5", Way.EVENT, 1.0)
    assert once.counts("6", Way.INFO, 1.1)
    assert once.counts("5", Way.INFO, 2.1)


def test_a_key_held_for_five_seconds_and_sent_by_info_when_it_comes_up_counts_once() -> None:
    once = KeyOnce()
    assert once.counts("5", Way.EVENT, 1.0)
    for n in range(1, 25):
        assert not once.counts("5", Way.EVENT, 1.0 + n / 5, Stage.HELD)
    assert not once.counts("5", Way.EVENT, 6.0, Stage.UP)
    assert not once.counts("5", Way.INFO, 6.1)


def test_a_held_key_of_which_more_than_a_second_was_lost_and_whose_info_comes_when_it_is_up_counts_once() -> (
    None
):
    once = KeyOnce()
    assert once.counts("5", Way.EVENT, 1.0)
    assert not once.counts("5", Way.EVENT, 2.5, Stage.HELD)
    assert not once.counts("5", Way.EVENT, 2.6, Stage.UP)
    assert not once.counts("5", Way.INFO, 2.7)
    assert once.counts("5", Way.EVENT, 2.9)


def test_a_key_that_is_told_to_be_held_without_a_beginning_counts_nothing() -> None:
    assert not KeyOnce().counts("5", Way.TONE, 1.0, Stage.HELD)


@given(st.lists(st.sampled_from("0123456789"), max_size=8), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_whatever_is_typed_is_counted_once_however_late_the_copies(
    keys: list[str], copy_after_s: float, tone_after_s: float
) -> None:
    once = KeyOnce()
    arrivals = [(i * 0.2, Way.EVENT, key) for i, key in enumerate(keys)]
    arrivals += [(at_s + copy_after_s, Way.INFO, key) for at_s, _, key in arrivals]
    arrivals += [(i * 0.2 + tone_after_s, Way.TONE, key) for i, key in enumerate(keys)]
    arrivals.sort(key=lambda one: one[0])
    assert [key for at_s, way, key in arrivals if once.counts(key, way, at_s)] == keys


def test_no_text_of_it_holds_a_key() -> None:
    once = KeyOnce()
    once.counts("7", Way.EVENT, 1.0)
    assert "'7'" not in repr(once._presses)
