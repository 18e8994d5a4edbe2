"""Series that stay short, however long a call lasts: a record is read over a socket, as one line."""

from __future__ import annotations

from typing import Generic, TypeVar

MOST_POINTS = 600
MOST_EVENTS = 100

_N = TypeVar("_N", int, float)
_T = TypeVar("_T")


class Thinned(Generic[_N]):
    """Writes (moment, value) into `points`: when it is full, two neighbours become one, the greater value.

    What follows is taken together in the same way, so that the points keep an even distance.
    """

    def __init__(self, points: list[tuple[float, _N]]) -> None:
        self._points: list[tuple[float, _N]] = points
        self._together = 1
        self._taken = 0

    def add(self, at_s: float, value: _N) -> None:
        """Take the next value."""
        if self._taken == 0:
            self._points.append((at_s, value))
        else:
            first_s, greatest = self._points[-1]
            self._points[-1] = (first_s, max(greatest, value))
        self._taken = (self._taken + 1) % self._together
        if self._taken == 0 and len(self._points) == MOST_POINTS:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points[:] = [(first[0], max(first[1], second[1])) for first, second in pairs]
            self._together *= 2


def keep_newest(events: list[_T], event: _T) -> int:
    """Add an event to the last hundred; how many were left out for that."""
    events.append(event)
    too_many = max(0, len(events) - MOST_EVENTS)
    del events[:too_many]
    return too_many


def keep(events: list[_T], event: _T) -> None:
    """Add one of the first hundred events; what is more is left out."""
    if len(events) < MOST_EVENTS:
        events.append(event)
