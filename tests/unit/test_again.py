"""A hang-up that failed is tried again, and a re-INVITE that crossed another is repeated in its time."""

from __future__ import annotations

from hypothesis import given, strategies as st

from portier.adapters.sip.again import Again, glare_pause_s


@given(st.floats(0, 0.999999))
def test_who_began_the_call_waits_longer_than_who_was_called(chance: float) -> None:
    assert 2.1 <= glare_pause_s(True, chance) <= 4.0
    assert 0.0 <= glare_pause_s(False, chance) <= 2.0
    assert abs(glare_pause_s(True, chance) * 100 - round(glare_pause_s(True, chance) * 100)) < 1e-6


def test_a_re_invite_that_crossed_another_is_due_once_and_at_its_time() -> None:
    again = Again(lambda: 0.0)
    again.asks(1)
    again.answered(1, 491, 100.0, own_call=True)
    assert again.reinvites(102.0) == []
    assert again.reinvites(102.1) == [1]
    again.asks(1)
    assert again.reinvites(200.0) == [], "it is out"
    again.answered(1, 200, 103.0, own_call=True)
    assert again.reinvites(200.0) == []


def test_what_is_no_re_invite_of_ours_is_not_repeated() -> None:
    again = Again(lambda: 0.0)
    again.answered(1, 491, 100.0, own_call=False)
    again.asks(2)
    again.answered(2, 488, 100.0, own_call=False)
    assert again.reinvites(200.0) == []


def test_a_hang_up_is_tried_until_the_leg_is_over() -> None:
    again = Again()
    assert again.not_hung_up(1)
    assert not again.not_hung_up(1), "told once"
    assert again.hang_ups() == [1]
    again.asks(1)
    again.answered(1, 491, 0.0, own_call=False)
    again.forget(1)
    assert again.hang_ups() == again.reinvites(100.0) == []


def test_a_re_invite_that_is_asked_for_the_password_first_is_repeated_after_491_all_the_same() -> None:
    again = Again(lambda: 0.0)
    again.asks(1)
    again.answered(1, 401, 100.0, own_call=False)
    again.answered(1, 491, 100.1, own_call=False)
    assert again.reinvites(101.0) == [1]


def test_a_re_invite_that_cannot_leave_is_tried_five_times_more() -> None:
    again = Again()
    for time in range(5):
        again.asks(1)
        assert again.postponed(1, float(time))
        assert again.reinvites(time + 0.9) == []
        assert again.reinvites(time + 1.0) == [1]
    again.asks(1)
    assert not again.postponed(1, 6.0)
    again.forget(1)
    again.asks(1)
    assert again.postponed(1, 7.0), "another call"
