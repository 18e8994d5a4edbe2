"""A door's release: how long, how much longer, and never longer than that."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.core import door
from portier.core.effects import CancelTimer, Lock, Release, StartTimer
from portier.core.rules import DoorRule
from portier.core.states import Door, Locked, Released
from portier.core.timers import DoorTimer

FRONT = DoorRule("front", release_digit="5", release_s=3.0, max_release_s=8.0)


def test_a_release_lasts_its_time() -> None:
    released, effects = door.release(FRONT, Locked(), 100.0)
    assert released == Released(100.0, 103.0)
    assert effects == [Release("front", 103.0), StartTimer(DoorTimer("front"), 103.0)]


def test_a_second_request_prolongs_from_its_own_moment() -> None:
    released, effects = door.release(FRONT, Released(100.0, 103.0), 102.0)
    assert released == Released(100.0, 105.0)
    assert effects == [Release("front", 105.0), StartTimer(DoorTimer("front"), 105.0)]


@pytest.mark.parametrize("at_s", [105.5, 106.9, 107.9])
def test_a_release_is_never_prolonged_past_its_maximum(at_s: float) -> None:
    released, effects = door.release(FRONT, Released(100.0, 107.95), at_s)
    assert released == Released(100.0, 108.0)
    assert Release("front", 108.0) in effects


def test_at_the_maximum_a_request_changes_nothing() -> None:
    at_most = Released(100.0, 108.0)
    assert door.release(FRONT, at_most, 107.0) == (at_most, [])
    assert door.release(FRONT, at_most, 108.0) == (at_most, [])


def test_a_release_longer_than_the_maximum_is_cut() -> None:
    rule = DoorRule("yard", release_digit="6", release_s=20.0, max_release_s=8.0)
    assert door.release(rule, Locked(), 0.0)[0] == Released(0.0, 8.0)


def test_a_request_after_the_end_begins_anew_even_if_the_timer_is_late() -> None:
    released, effects = door.release(FRONT, Released(100.0, 108.0), 108.5)
    assert released == Released(108.5, 111.5)
    assert Release("front", 111.5) in effects


def test_locking_forgets_the_timer() -> None:
    assert door.lock("front") == (Locked(), [Lock("front"), CancelTimer(DoorTimer("front"))])


@given(gaps_s=st.lists(st.floats(0.0, 4.0), max_size=30))
def test_no_row_of_requests_holds_a_door_past_its_maximum(gaps_s: list[float]) -> None:
    """Without a single timer: each release ends at the moment it was given."""
    now_s = 0.0
    state: Door = Locked()
    begun_s, ends_s = 0.0, -1.0
    for gap_s in gaps_s:
        now_s += gap_s
        state, _ = door.release(FRONT, state, now_s)
        if now_s > ends_s:
            begun_s = now_s
        ends_s = state.until_s
        assert state.since_s == begun_s
        assert ends_s == min(now_s + FRONT.release_s, begun_s + FRONT.max_release_s)
