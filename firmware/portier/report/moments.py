"""The moments of a call that have a name."""

from __future__ import annotations

from dataclasses import dataclass

from portier.record.call_record import CallRecord

from .wording import clean


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment and its name. A `fine` one is shown where milliseconds are to be seen."""

    at_s: float
    name: str
    fine: bool = False


def origin(record: CallRecord) -> str:
    """What all times of a record count from: a press is debounced, a command is not, and who calls offers."""
    if record.caller:
        return "offer"
    return "press" if record.debounce_s > 0 else "command"


def moments(record: CallRecord) -> list[Moment]:
    """All of a record, in the order of time."""
    found = [Moment(0.0, origin(record))]
    if record.debounce_s > 0:
        found.append(Moment(record.debounce_s, "press counts", fine=True))
    single = (
        (record.ringing_s, "line rings"),
        (record.answered_s, "answered"),
        (record.first_sound_s, "first sound"),
        (record.ended_s, clean(record.end) or "ended"),
    )
    found += [Moment(at_s, name) for at_s, name in single if at_s is not None]
    found += [Moment(at_s, "wrong attempt") for at_s in record.wrong_s]
    for release in record.releases:
        if release.digit_s is None:
            found.append(Moment(release.decided_s, "release decided"))
        else:
            found.append(Moment(release.digit_s, "digit"))
            if release.decided_s > release.digit_s:
                found.append(Moment(release.decided_s, "decided", fine=True))
        if release.rose_s is not None:
            found.append(Moment(release.rose_s, "relay on", fine=True))
    return sorted(found, key=lambda moment: moment.at_s)
