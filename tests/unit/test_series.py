"""Series of a record that stay short, however long a call lasts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from portier.record.series import MOST_EVENTS, MOST_POINTS, Thinned, keep


@given(st.lists(st.integers(0, 32767), max_size=5000))
def test_a_series_stays_short_and_keeps_its_greatest_value_and_its_beginning(values: list[int]) -> None:
    points: list[tuple[float, int]] = []
    series = Thinned(points)
    for moment, value in enumerate(values):
        series.add(float(moment), value)
    assert len(points) <= MOST_POINTS
    assert max((value for _, value in points), default=0) == max(values, default=0)
    if points:
        assert points[0][0] == 0.0
        gaps = {second[0] - first[0] for first, second in pairwise(points)}
        assert len(gaps) <= 1, "the points keep an even distance"


def test_a_short_series_is_what_was_put_in() -> None:
    points: list[tuple[float, int]] = []
    series = Thinned(points)
    for moment in range(MOST_POINTS - 1):
        series.add(float(moment), moment)
    assert points == [(float(moment), moment) for moment in range(MOST_POINTS - 1)]


def test_of_many_events_the_first_are_kept() -> None:
    events: list[int] = []
    for number in range(1000):
        keep(events, number)
    assert events == list(range(MOST_EVENTS))
