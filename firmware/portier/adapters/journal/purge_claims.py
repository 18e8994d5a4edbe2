"""What the purges that a log tells of have taken, and whether the rows that are left gainsay the last.

A station begins by a row of its start. Where it started since the limit, that row was too young to go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portier.core.audit import What

from .row import Own, Row

_TOLD = re.compile(r"up to row (\d+), by (\d+) days and (\d+) rows$")
_DAY_US = 24 * 3600 * 1_000_000
_SPARE = 100
_OWN = {one.value for one in Own}


@dataclass(frozen=True, slots=True)
class Purge:
    """Rows up to `up_to` went; `row` tells of it."""

    row: Row
    up_to: int
    keep_days: int
    keep_rows: int


def told(row: Row) -> Purge | None:
    """The purge that such a row tells of; None where it is none that a station writes."""
    found = _TOLD.match(row.why)
    return Purge(row, *(int(one) for one in found.groups())) if found else None


def gainsaid(purge: Purge, first: Row | None) -> str:
    """Why a purge cannot have been one, "" where nothing speaks against it.

    `first` is the first row that is left and not the log's own; None where rows were lost before it.
    """
    at = purge.row.stamp
    if purge.row.number - purge.up_to >= purge.keep_rows - purge.keep_rows // _SPARE - 1:
        return ""
    words = f"row {purge.row.number} tells of a purge up to row {purge.up_to}, which there was no cause for: "
    few = f"fewer than {purge.keep_rows} rows were left, and "
    if not at.clock_right:
        return f"{words}{few}the clock was not known to be right"
    if first is None or first.what == What.STARTED.value or not first.stamp.clock_right:
        return ""
    up_since_us = first.stamp.at_us - first.stamp.mono_us
    if up_since_us > at.at_us - (purge.keep_days - 1) * _DAY_US:
        return f"{words}{few}the station had started since: the row of that was too young to go"
    return ""


def is_logs_own(row: Row) -> bool:
    """Whether a row tells of the log itself."""
    return row.what in _OWN
