"""When a far end is taken for dead, and what the streams of one leg have counted together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portier.adapters.sip.stream_watch import StreamWatch
from portier.facts import StreamReading

TIMEOUT_S = 5.0
FIRST = StreamReading(1, "PCMA", 50, 1, 2, 48, None, 0.5, 40.0, at_s=1.0)


def watch(timeout_s: float = TIMEOUT_S) -> StreamWatch:
    return StreamWatch(timeout_s, answered_s=0.0)


def test_a_leg_without_any_packet_is_dead_after_the_time_out() -> None:
    one = watch()
    for at_s in (0.5, 4.9):
        one.take(replace(FIRST, received=0), 0.0)
        assert not one.is_dead(at_s)
    one.take(replace(FIRST, received=0), 5.0)
    assert one.is_dead(5.0)


@pytest.mark.parametrize("sign", [{"received": 51}, {"reports": 1}])
def test_a_packet_of_rtp_or_rtcp_is_a_sign_of_life(sign: dict[str, int]) -> None:
    one = watch()
    one.take(FIRST, 1.0)
    one.take(replace(FIRST, **sign), 5.9)  # type: ignore[arg-type]
    assert not one.is_dead(10.8)
    assert one.is_dead(10.9)


def test_a_leg_on_hold_never_dies_and_has_its_time_anew_after_it() -> None:
    one = watch()
    one.take(FIRST, 1.0)
    held = replace(FIRST, both_ways=False)
    for at_s in (2.0, 100.0):
        one.take(held, at_s)
        assert not one.is_dead(at_s)
    one.take(FIRST, 102.0)
    assert not one.is_dead(104.9)
    assert one.is_dead(105.0)


def test_a_leg_without_a_stream_is_on_hold() -> None:
    one = watch()
    one.take(FIRST, 1.0)
    assert one.take(None, 50.0) is None
    assert not one.is_dead(54.9)


def test_no_time_out_is_no_death() -> None:
    one = watch(0.0)
    one.take(FIRST, 1.0)
    assert not one.is_dead(1e6)


def test_a_new_stream_begins_its_counts_anew_and_the_leg_does_not() -> None:
    one = watch()
    assert one.take(FIRST, 1.0) == FIRST
    assert one.take(replace(FIRST, received=100, sent=98, lost_at_far_end=3), 2.0)
    second = replace(FIRST, codec="G722", received=10, lost=1, discarded=0, sent=9)
    for received in (10, 20):
        together = one.take(replace(second, received=received), 3.0)
        assert together
        assert together == replace(
            second, received=100 + received, lost=2, discarded=2, sent=98 + 9, lost_at_far_end=3
        )
    third = one.take(replace(FIRST, received=0, sent=0, lost=0, discarded=0, lost_at_far_end=4), 4.0)
    assert third
    assert (third.received, third.sent, third.lost_at_far_end) == (120, 107, 7)
