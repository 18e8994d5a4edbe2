"""Labels are placed so that none lies on another, whatever has to be labelled."""

from __future__ import annotations

import itertools

from hypothesis import given, strategies as st

from portier.report.layout import Box, first_free_tiers, groups, hanging_tiers
from portier.report.scale import NARROW, Scale, fitted, text_px

_ROOM_PX = 320.0
_BOXES = st.lists(
    st.tuples(st.floats(0, _ROOM_PX), st.floats(1, 150)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=20,
)


def _apart(one: Box, other: Box) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]


@given(_BOXES)
def test_labels_on_one_line_are_apart_and_no_line_is_skipped(boxes: list[Box]) -> None:
    tiers = first_free_tiers(boxes)
    assert set(tiers) == set(range(len(set(tiers))))
    for (one, first), (other, second) in itertools.combinations(zip(boxes, tiers, strict=True), 2):
        assert first != second or _apart(one, other)


@given(_BOXES)
def test_hanging_labels_are_apart_and_while_there_are_lines_no_stem_crosses_one(boxes: list[Box]) -> None:
    boxes.sort()
    places = [left for left, _ in boxes]
    for most in (4, len(boxes) + 1):
        tiers = hanging_tiers(places, boxes, most)
        for (one, first), (other, second) in itertools.combinations(zip(boxes, tiers, strict=True), 2):
            assert first != second or _apart(one, other)
    for place, tier in zip(places, tiers, strict=True):
        for (left, right), other_tier in zip(boxes, tiers, strict=True):
            assert other_tier <= tier or not left < place < right


@given(
    st.lists(st.tuples(st.floats(0, _ROOM_PX), st.floats(5, 0.48 * _ROOM_PX)), max_size=40).map(sorted),
)
def test_lists_hold_every_label_in_order_and_do_not_overlap(points: list[tuple[float, float]]) -> None:
    found = groups([place for place, _ in points], [width for _, width in points], _ROOM_PX)
    members = [number for one in found for number in range(one.first, one.last + 1)]
    assert members == list(range(len(points)))
    for one in found:
        assert one.left_px >= 0
        assert one.left_px + one.width_px <= _ROOM_PX + 0.001
        assert one.width_px == max(width for _, width in points[one.first : one.last + 1])
    for one, after in itertools.pairwise(found):
        assert one.left_px + one.width_px < after.left_px


def test_points_far_apart_keep_lists_of_their_own_at_their_place() -> None:
    assert [one.left_px for one in groups([10.0, 150.0], [80.0, 80.0], _ROOM_PX)] == [10.0, 150.0]


def test_a_text_is_cut_to_its_room_and_left_alone_where_it_fits() -> None:
    assert fitted("door", 11, 100) == "door"
    cut = fitted("a door with a very long name", 11, 100)
    assert cut.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert text_px(cut, 11) <= 100


def test_an_axis_is_linear_and_counts_from_where_it_says() -> None:
    scale = Scale(7.9, 8.9, NARROW.plot_px, zero_s=8.0, in_ms=True)
    assert scale.px(8.4) == NARROW.plot_px / 2
    assert scale.number(8.4) == (8.4 - 8.0) * 1000
    assert scale.holds(8.9)
    assert not scale.holds(9.0)
