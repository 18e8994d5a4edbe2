"""What the levels of a call tell: whether anything was heard, and where they pause."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from portier.record.call_record import level_dbfs

Series = Sequence[tuple[float, int]]
"""Peaks (0 to 32767) by their moments, in the order of time."""

_AUDIBLE_DBFS = -50.0
_PAUSE_S = 0.5


def was_heard(series: Series, start_s: float, end_s: float) -> bool | None:
    """Whether any peak between two moments is above -50 dBFS; None where nothing was measured."""
    peaks = [peak for at, peak in series if start_s <= at <= end_s]
    return level_dbfs(max(peaks)) > _AUDIBLE_DBFS if peaks else None


def gaps(series: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where a series that comes at steady steps has none for at least 0.5 s: from, until."""
    moments = [at for at, _ in series]
    steps = sorted(after - before for before, after in itertools.pairwise(moments))
    limit_s = max(_PAUSE_S, 3 * steps[len(steps) // 2]) if steps else 0.0
    return [(before, after) for before, after in itertools.pairwise(moments) if after - before > limit_s]
