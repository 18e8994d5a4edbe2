"""What a comparison comes to: rows of figures, each with its target, and what was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LOOK_EVERY_CALLS = 10
"""How often a process is looked at in a row of calls."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `measures` says from where to where, and where the clocks sit. `target` is what ours must not exceed, or
    must reach where `more_is_better`, in the row's unit; None where a row only informs. `series` are the
    single measurements behind the figures, by whose they are; a `curve` goes over the calls, one value every
    ten.
    """

    what: str
    unit: str
    ours: float | None
    rival: float | None = None
    target: float | None = None
    measures: str = ""
    series: dict[str, list[float]] = field(default_factory=dict)
    curve: bool = False
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        if self.ours is None:
            return False
        return self.ours >= self.target if self.more_is_better else self.ours <= self.target

    def plain(self) -> dict[str, Any]:
        """As an object for JSON."""
        return {
            "what": self.what,
            "ours": _rounded(self.ours),
            "rival": _rounded(self.rival),
            "unit": self.unit,
            "target": self.target,
            "met": self.met,
            "measures": self.measures,
            "series": {name: [round(one, 4) for one in values] for name, values in self.series.items()},
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all is not above (nearest rank); raises ValueError where there is none."""
    if not values:
        raise ValueError("no value was measured")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return quantile(values, 0.5)


def latency_rows(
    what: str, ours_ms: list[float], rival_ms: list[float], targets_ms: tuple[float, float], measures: str
) -> list[Row]:
    """The median and the 99th percentile of a latency."""
    rows = []
    for name, share, target_ms in (("p50", 0.5, targets_ms[0]), ("p99", 0.99, targets_ms[1])):
        rows.append(
            Row(
                f"{what}, {name}",
                "ms",
                quantile(ours_ms, share),
                quantile(rival_ms, share),
                target_ms,
                f"{measures}; {len(ours_ms)} and {len(rival_ms)} samples",
                {"ours": ours_ms, "rival": rival_ms} if name == "p50" else {},
            )
        )
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
