"""What was measured between two moments of a call."""

from __future__ import annotations

from dataclasses import dataclass

from portier.record.call_record import CallRecord, Release

from .moments import origin
from .wording import duration, quoted


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured length of time: what it is called, its two moments, and what they are in words."""

    name: str
    start_s: float
    end_s: float
    begins: str
    ends: str

    @property
    def length(self) -> str:
        """How long it took, with its unit."""
        return duration(self.end_s - self.start_s)


def intervals(record: CallRecord) -> list[Interval]:
    """Those of the call itself, as far as a record has them."""
    is_press = record.debounce_s > 0
    press = "the edge at the button" if is_press else "the command"
    if record.caller:
        press = "the call that came"
    counts = "the moment the press counts" if is_press else press
    began = origin(record)
    found = [
        _interval("debounce", 0.0, record.debounce_s or None, press, "the moment the press counts"),
        _interval(f"{began} to INVITE", record.debounce_s, record.sent_s, counts, "the INVITE leaving"),
        _interval(f"{began} to ringing", 0.0, record.ringing_s, press, "the line's word that it rings"),
        _interval(f"{began} to answer", 0.0, record.answered_s, press, "the line going off hook"),
        _interval(f"{began} to first sound", 0.0, record.first_sound_s, press, "the first sound of the line"),
        _interval("talk", record.answered_s, record.ended_s, "the answer", "the end of the call"),
        _interval("whole call", 0.0, record.ended_s, press, "the end of the call"),
    ]
    return [one for one in found if one is not None]


def wait_of(release: Release) -> Interval | None:
    """How long a door took to be released, from the digit's arrival or else from the decision."""
    rises = f"the pin of {quoted(release.door)} rising"
    if release.digit_s is None:
        return _interval("decision to relay", release.decided_s, release.rose_s, "the decision", rises)
    return _interval("digit to relay", release.digit_s, release.rose_s, "the digit's arrival", rises)


def length_of(release: Release) -> Interval | None:
    """How long a door was released."""
    name = f"release of {quoted(release.door)}"
    return _interval(name, release.rose_s, release.fell_s, "its pin rising", "its pin falling")


def all_intervals(record: CallRecord) -> list[Interval]:
    """Those of the call and those of each release."""
    releases = [part(release) for release in record.releases for part in (wait_of, length_of)]
    return [*intervals(record), *(one for one in releases if one is not None)]


def _interval(
    name: str, start_s: float | None, end_s: float | None, begins: str, ends: str
) -> Interval | None:
    if start_s is None or end_s is None:
        return None
    return Interval(name, start_s, end_s, begins, ends)
