"""A key that travels by two methods is one key."""

from __future__ import annotations

from hypothesis import given, strategies as st

from portier.adapters.sip.keys import KeyOnce

EVENT, INFO = 0, 1


def test_a_key_sent_by_both_methods_counts_once() -> None:
    once = KeyOnce()
    assert once.counts("5", EVENT, 10.0)
    assert not once.counts("5", INFO, 10.2)
    assert once.counts("5", EVENT, 10.4)
    assert not once.counts("5", INFO, 10.6)


def test_a_key_pressed_twice_by_one_method_counts_twice() -> None:
    once = KeyOnce()
    assert [once.counts("5", EVENT, at_s) for at_s in (1.0, 1.2, 1.4)] == [True] * 3


def test_another_key_or_a_late_one_counts() -> None:
    once = KeyOnce()
    assert once.counts("5", EVENT, 1.0)
    assert once.counts("6", INFO, 1.1)
    assert once.counts("5", INFO, 2.1)


@given(st.lists(st.sampled_from("0123456789"), max_size=8), st.floats(0.0, 0.3))
def test_whatever_is_typed_is_counted_once_however_late_the_copies(
    keys: list[str], copy_after_s: float
) -> None:
    once = KeyOnce()
    arrivals = [(i * 0.2, EVENT, key) for i, key in enumerate(keys)]
    arrivals += [(at_s + copy_after_s, INFO, key) for at_s, _, key in arrivals]
    counted = [key for at_s, method, key in sorted(arrivals) if once.counts(key, method, at_s)]
    assert counted == keys
