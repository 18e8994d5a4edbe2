"""What happened in a call, in words for somebody who was not there."""

from __future__ import annotations

from collections.abc import Sequence

from portier.record.call_record import CallRecord, Release

from .hearing import Series, gaps, was_heard
from .moments import origin
from .wording import clean, count, duration, listed, quoted

_ENDS = {
    "hung up": "the line hung up",
    "the caller hung up": "the caller hung up",
    "the caller gave up": "the caller gave up",
    "busy": "the line was busy",
    "declined": "the call was declined",
    "number unknown": "the number was not known",
    "not allowed": "the call was not allowed",
    "no answer": "nobody answered",
    "not confirmed": "nobody confirmed to be there",
    "unreachable": "the line could not be reached",
    "failed": "the call failed",
    "hung up by a press": "another press ended the call",
    "hung up by command": "a command ended the call",
    "longest talk time": "the station ended the call at the longest time set",
    "the station stopped": "the call ended because the station stopped",
    "SIP went down": "the call ended because SIP went down",
}
_OF_ANY_CALL = ("hung up", "ended the call", "ended")
_REFUSED_FROM = 300
_NOBODY_WAS_THERE = {
    "hung up",
    "busy",
    "declined",
    "no answer",
    "not confirmed",
    "number unknown",
    "unreachable",
}


def sentence(record: CallRecord) -> str:
    """The whole call in one sentence."""
    button = quoted(record.button)
    begin = f"Somebody pressed {button}" if record.debounce_s > 0 else f"A command began a call of {button}"
    if record.caller:
        begin = f"{clean(record.caller)} called the station"
    parts = _whom(record) or _line(record)
    if record.answered_s is not None:
        parts.append(_talk(record, record.answered_s))
    parts += _wrong(record)
    parts += _releases(record)
    parts.append(_end(record))
    return f"{begin}; {listed(parts)}."


def outcome(record: CallRecord) -> str:
    """The same in a few words."""
    doors = "door released" if _was_released(record) else "door not released"
    if record.answered_s is not None:
        return f"Answered, {doors}"
    if record.ended_s is None:
        return f"Not answered yet, {doors}"
    reason = f" ({clean(record.end)})" if clean(record.end) else ""
    return f"Not answered{reason}, {doors}"


def notes(record: CallRecord) -> list[str]:
    """What else was wrong, odd or missing; none after a call in which all was well."""
    found = [note for release in record.releases for note in _release_notes(release, record.releases)]
    if record.answered_s is not None:
        found += _sound_notes(record, record.answered_s)
    stream = record.stream
    if stream is not None and stream.lost > 0:
        found.append(f"{count(stream.lost, 'packet')} of sound never came from the line.")
    if stream is not None and stream.discarded > 0:
        found.append(f"{count(stream.discarded, 'packet')} of sound came too late to be played.")
    if stream is not None and (stream.lost_at_far_end or 0) > 0:
        found.append(
            f"The far end missed {count(stream.lost_at_far_end or 0, 'packet')} of the door's sound."
        )
    if record.legs_left_out > 0:
        found.append(f"The first {count(record.legs_left_out, 'call')} of this visit are not in its record.")
    if record.xruns > 0:
        found.append(f"The sound card ran dry {count(record.xruns, 'time')}.")
    return found


def _line(record: CallRecord) -> list[str]:
    steps = ((record.ringing_s, "rang"), (record.answered_s, "answered"))
    line = [f"{verb} after {duration(at_s)}" for at_s, verb in steps if at_s is not None]
    if record.caller:
        return [f"it {line[-1]}"] if line else []
    return [f"the line {' and '.join(line)}"] if line else []


def _whom(record: CallRecord) -> list[str]:
    """Who was rung, where that has names, and who was there."""
    names = list(dict.fromkeys(one.target for one in record.legs if one.target))
    if not names:
        return []
    rung = f"it called {listed([quoted(name) for name in names])}"
    if record.answered_s is None:
        return [rung]
    return [rung, f"{quoted(record.answered_by)} was there after {duration(record.answered_s)}"]


def _talk(record: CallRecord, answered_s: float) -> str:
    last_s = record.ended_s if record.ended_s is not None else float("inf")
    door, line = was_heard(record.captured, answered_s, last_s), was_heard(record.far, answered_s, last_s)
    long = "" if record.ended_s is None else f" for {duration(record.ended_s - answered_s)}"
    match door, line:
        case True, True:
            return f"sound went both ways{long}"
        case True, False:
            return f"only the door's sound was there{long}, nothing came from the line"
        case False, True:
            return f"only the line's sound was there{long}, the door's microphone was silent"
        case False, False:
            return f"there was no sound either way{long}"
        case _:
            return f"the call stood{long}"


def _wrong(record: CallRecord) -> list[str]:
    number = max(record.wrong_attempts, len(record.wrong_s))
    many = "a wrong attempt" if number == 1 else count(number, "wrong attempt")
    return [f"{many} released nothing"] if number > 0 else []


def _releases(record: CallRecord) -> list[str]:
    by_door: dict[str, list[Release]] = {}
    for release in record.releases:
        if release.rose_s is not None:
            by_door.setdefault(release.door, []).append(release)
    parts = []
    for door, releases in by_door.items():
        lengths = [
            one.fell_s - one.rose_s for one in releases if one.fell_s is not None and one.rose_s is not None
        ]
        long = f" for {duration(sum(lengths))}" if len(lengths) == len(releases) else ""
        times = f" {len(releases)} times" if len(releases) > 1 else ""
        all_in_all = " in all" if times and long else ""
        parts.append(f"the door {quoted(door)} was released{times}{long}{all_in_all}")
    return parts


def _was_released(record: CallRecord) -> bool:
    return any(one.rose_s is not None for one in record.releases)


def _end(record: CallRecord) -> str:
    if record.ended_s is None:
        return "the call had not ended when this was made"
    several = len({one.target for one in record.legs}) > 1
    if several and record.answered_s is None and record.end in _NOBODY_WAS_THERE:
        return "nobody of them was there"
    words = _ENDS.get(record.end) or f"the call ended{_colon(record.end)}"
    early = " before anybody answered" if record.answered_s is None and words.endswith(_OF_ANY_CALL) else ""
    status = f" (SIP status {record.status})" if record.status >= _REFUSED_FROM else ""
    return f"{words}{early}{status}"


def _colon(text: str) -> str:
    return f": {clean(text)}" if clean(text) else ""


def _release_notes(release: Release, releases: Sequence[Release]) -> list[str]:
    door = quoted(release.door)
    if any(_prolongs(release, one) for one in releases):
        return []
    if release.rose_s is None:
        return [f"A release of the door {door} was decided and the pin of its relay did not rise."]
    if release.fell_s is None:
        return [f"The door {door} was still released when the record ended."]
    return []


def _prolongs(release: Release, other: Release) -> bool:
    """Whether a release came while the same door was released already."""
    return (
        other.door == release.door
        and other.rose_s is not None
        and other.rose_s <= release.decided_s
        and (other.fell_s is None or release.decided_s <= other.fell_s)
        and other is not release
    )


def _sound_notes(record: CallRecord, answered_s: float) -> list[str]:
    found = []
    if record.first_sound_s is None:
        found.append("No sound of the line reached the loudspeaker.")
    last_s = record.ended_s if record.ended_s is not None else float("inf")
    talk: Series = [one for one in record.captured if answered_s <= one[0] <= last_s]
    for start_s, end_s in gaps(talk):
        found.append(
            f"The sound card gave nothing for {duration(end_s - start_s)}, {duration(start_s)} after the "
            f"{origin(record)}."
        )
    return found
