"""Where labels go so that none lies on another; all lengths in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_APART_PX = 8.0

Box = tuple[float, float]
"""The left and the right end of a label."""


def first_free_tiers(boxes: Sequence[Box]) -> list[int]:
    """The highest free line for each box, 0 at the top; boxes on one line do not touch."""
    lines: list[list[Box]] = []
    chosen = []
    for box in boxes:
        tier = next((at for at, line in enumerate(lines) if not _touches(box, line)), len(lines))
        if tier == len(lines):
            lines.append([])
        lines[tier].append(box)
        chosen.append(tier)
    return chosen


def hanging_tiers(places: Sequence[float], boxes: Sequence[Box], most: int) -> list[int]:
    """A line for each box with a stem down from its place (in order), so that no stem crosses a label.

    Where that would take more than `most` lines, the highest line with room, and the label hides the stem.
    """
    chosen: list[int] = []
    for number, (place, box) in enumerate(zip(places, boxes, strict=True)):
        lines: list[list[Box]] = [[] for _ in range(max(most, max(chosen, default=0) + 2))]
        stems: list[list[float]] = [[] for _ in lines]
        for other in range(number):
            lines[chosen[other]].append(boxes[other])
            for line in stems[chosen[other] + 1 :]:
                line.append(places[other])
        free = [tier for tier, line in enumerate(lines) if not _touches(box, line)]
        clear = [
            tier
            for tier in free
            if not any(box[0] < stem < box[1] for stem in stems[tier])
            and not any(left < place < right for line in lines[tier + 1 :] for left, right in line)
        ]
        chosen.append(next((tier for tier in clear if tier < most), free[0]))
    return chosen


@dataclass(slots=True)
class Group:
    """Neighbours that share one list of labels: the `first` to the `last` of them, and the list's box."""

    first: int
    last: int
    left_px: float
    width_px: float


def groups(places_px: Sequence[float], widths_px: Sequence[float], room_px: float) -> list[Group]:
    """Put labels of points (in order) into lists below them, in one row within `room_px`.

    A point too near to the list before it joins that list; so does a list that the right edge would push
    into the one before.
    """
    found: list[Group] = []
    for number, (place, width) in enumerate(zip(places_px, widths_px, strict=True)):
        found.append(Group(number, number, place, width))
        _settle(found, room_px)
    return found


def _settle(found: list[Group], room_px: float) -> None:
    while True:
        last = found[-1]
        last.left_px = max(0.0, min(last.left_px, room_px - last.width_px))
        if len(found) == 1 or found[-2].left_px + found[-2].width_px + _APART_PX <= last.left_px:
            return
        found.pop()
        found[-1].last = last.last
        found[-1].width_px = max(found[-1].width_px, last.width_px)


def _touches(box: Box, others: Sequence[Box]) -> bool:
    return any(box[0] < right + _APART_PX and left < box[1] + _APART_PX for left, right in others)
