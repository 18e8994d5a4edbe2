"""A record as it can be drawn: every series in the order of time, and no moment that cannot be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from portier.record.call_record import CallRecord, Release

_EARLIEST_S = -3600.0
_LATEST_S = 7 * 86400.0
_LEAST_LENGTH_S = 1.0
_SHOWN_AFTER_S = 6.0

Entry = TypeVar("Entry", bound=tuple[Any, ...])


def tidy(record: CallRecord) -> CallRecord:
    """A copy with each series sorted; moments that are no number, or days away, are left out."""
    return replace(
        record,
        debounce_s=_moment(record.debounce_s) or 0.0,
        sent_s=_moment(record.sent_s),
        ringing_s=_moment(record.ringing_s),
        answered_s=_moment(record.answered_s),
        first_sound_s=_moment(record.first_sound_s),
        ended_s=_moment(record.ended_s),
        releases=sorted(
            (_release(one) for one in record.releases if _is_possible(one.decided_s)),
            key=lambda one: one.decided_s,
        ),
        wrong_s=sorted(filter(_is_possible, record.wrong_s)),
        states=_series(record.states),
        signs=_series(record.signs),
        sip=_series(record.sip),
        pins={name: _series(changes) for name, changes in record.pins.items()},
        buffer=[one for one in _series(record.buffer) if math.isfinite(one[1])],
        captured=_series(record.captured),
        far=_series(record.far),
    )


def extent_s(record: CallRecord) -> tuple[float, float]:
    """The first and the last moment of the call of a tidy record, the press included; a second at least.

    What pins do after it may be in a record too, and does not make it longer.
    """
    single = (record.sent_s, record.ringing_s, record.answered_s, record.first_sound_s, record.ended_s)
    moments = [0.0, record.debounce_s, *record.wrong_s, *(at_s for at_s in single if at_s is not None)]
    for series in (record.sip, record.buffer, record.captured, record.far):
        moments += [one[0] for one in series]
    latest_s = _LATEST_S if record.ended_s is None else max(moments) + _SHOWN_AFTER_S
    moments += [one[0] for series in (record.states, record.signs) for one in series if one[0] <= latest_s]
    for release in record.releases:
        if release.decided_s <= latest_s:
            ends = (release.decided_s, release.digit_s, release.rose_s, release.fell_s)
            moments += [at_s for at_s in ends if at_s is not None]
    first_s = min(*moments, *(at_s for changes in record.pins.values() for at_s, _ in changes))
    return first_s, max(*moments, first_s + _LEAST_LENGTH_S)


def _release(release: Release) -> Release:
    return replace(
        release,
        digit_s=_moment(release.digit_s),
        rose_s=_moment(release.rose_s),
        fell_s=_moment(release.fell_s),
    )


def _series(entries: Iterable[Entry]) -> list[Entry]:
    return sorted((one for one in entries if _is_possible(one[0])), key=lambda one: float(one[0]))


def _moment(at_s: float | None) -> float | None:
    return at_s if at_s is not None and _is_possible(at_s) else None


def _is_possible(at_s: float) -> bool:
    return _EARLIEST_S <= at_s <= _LATEST_S
