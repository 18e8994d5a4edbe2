"""A call's record in words: what came of it, and its line for the log."""

from __future__ import annotations

from collections.abc import Iterable

from portier.core.events import EndReason
from portier.record.call_record import CallRecord, Release, Rung

_NOBODY = {reason.value for reason in EndReason if reason is not EndReason.FORBIDDEN}
_REFUSED_FROM = 300
_UNKNOWN = EndReason.UNKNOWN_NUMBER.value
_MODE_MAY_BE_OFF = "the line's intercom mode may be off, portier doctor tells"
_CHECK_THE_NUMBER = "check it, and in which form the line wants it"
_CALLERS_OWN = ("the caller hung up", "the caller gave up")


def line(record: CallRecord) -> str:
    """All figures of a call in one line. Times count from the press, but for what says otherwise."""
    whose = f"from {record.caller}" if record.caller else f'from button "{record.button}"'
    parts = [f"call {record.leg} {whose}: {outcome(record)}"]
    progress = ", ".join(_progress(record))
    if progress or not record.caller:
        parts.append(progress or "no INVITE was sent")
    parts += _refused_at_prefix(record)
    parts += [_release(release) for release in record.releases]
    if record.wrong_attempts:
        parts.append(f"wrong attempts: {record.wrong_attempts}")
    parts += _stream(record)
    if record.echo:
        parts.append(f"echo: {record.echo}")
    if record.muted_s:
        parts.append(f"microphone muted for {record.muted_s:.1f} s")
    return "; ".join(parts)


def outcome(record: CallRecord) -> str:
    """What came of the call."""
    if record.caller:
        return _received(record)
    code = f" ({record.status})" if record.status and record.answered_s is None else ""
    whom = f"rang {rung}; " if (rung := _rung(record)) else ""
    by = f'"{record.answered_by}" was there, ' if record.answered_by else ""
    if record.ended_s is None:
        return f"{whom}{by}{'not over yet' if record.answered_s is None else 'talking'}"
    if record.talked_s is None:
        several = len({one.target for one in record.legs}) > 1
        nobody = "nobody was there" if several and record.end in _NOBODY else f"{record.end}{code}"
        return f"{whom}{nobody} after {record.ended_s:.1f} s"
    end = "hung up by the far end" if record.end == "hung up" else record.end
    return f"{whom}{by}talked {record.talked_s:.1f} s, {end}"


def _refused_at_prefix(record: CallRecord) -> list[str]:
    """Which lines know no call with the prefix, or are no lines at all, and where to look."""
    targets: dict[tuple[str, str], dict[str, None]] = {}
    for one in record.legs:
        if found := _at_prefix(record, one):
            targets.setdefault(found, {})[one.target] = None
    return [f"{refused}{_names(names)}{then}" for (refused, then), names in targets.items()]


def _at_prefix(record: CallRecord, one: Rung) -> tuple[str, str] | None:
    """That a leg was refused for its prefix, and what came of it then; None where it was not."""
    later = (other for other in record.legs if other.leg > one.leg and other.target == one.target)
    plainly = next(later, None)
    if plainly is not None and not plainly.plain:
        plainly = None
    if one.plain or (plainly is None and not (one.prefixed and one.end == _UNKNOWN)):
        return None
    return f"the number with the prefix was refused ({one.status})", _then(one, plainly)


def _then(refused: Rung, plainly: Rung | None) -> str:
    if plainly is None:
        return f": {_MODE_MAY_BE_OFF}"
    if plainly.end == _UNKNOWN:
        return f", and so was the one without it: {_CHECK_THE_NUMBER}"
    if (plainly.end, plainly.status) == (refused.end, refused.status):
        return ", and so was the one without it: its intercom mode is not why"
    if plainly.end == EndReason.FORBIDDEN.value:
        return f", and none without it is allowed: {_MODE_MAY_BE_OFF}"
    return f", and rung once more without it: {_MODE_MAY_BE_OFF}"


def _names(targets: Iterable[str]) -> str:
    names = ", ".join(f'"{one}"' for one in targets if one)
    return f" for {names}" if names else ""


def _received(record: CallRecord) -> str:
    """What came of a call to the station."""
    if record.answered_s is None:
        return "not over yet" if record.ended_s is None else f"not answered, {_end(record, record.ended_s)}"
    answered = f"answered after {record.answered_s:.1f} s"
    if record.talked_s is None:
        return f"{answered}, talking"
    return f"{answered}, talked {record.talked_s:.1f} s, {record.end}"


def _end(record: CallRecord, ended_s: float) -> str:
    code = f" ({record.status})" if record.status and record.end not in _CALLERS_OWN else ""
    return f"{record.end}{code} after {ended_s:.1f} s"


def _rung(record: CallRecord) -> str:
    """Who was rung, each once and in order, and why it was not they who talked."""
    by_name: dict[str, list[Rung]] = {}
    for one in record.legs:
        if one.target:
            by_name.setdefault(one.target, []).append(one)
    rung = ", ".join(_one_rung(name, tries, record.answered_by) for name, tries in by_name.items())
    if not rung:
        return ""
    left_out = f" ({record.legs_left_out} calls before that left out)" if record.legs_left_out else ""
    return f"{rung}{left_out}"


def _one_rung(name: str, tries: list[Rung], answered_by: str) -> str:
    times = f" {len(tries)} times" if len(tries) > 1 else ""
    last = tries[-1]
    plain = "the second time without the prefix, " if last.plain and len(tries) == 2 else ""
    code = f" {last.status}" if last.status >= _REFUSED_FROM else ""
    why = "" if name == answered_by or not last.end else f"{last.end}{code}"
    told = f"{plain}{why}".removesuffix(", ")
    return f'"{name}"{times}{f" ({told})" if told else ""}'


def _progress(record: CallRecord) -> list[str]:
    parts = []
    if record.press_to_invite_ms is not None:
        debounce = f" beyond {record.debounce_s * 1000:.0f} ms of debounce" if record.debounce_s else ""
        parts.append(f"press to INVITE {record.press_to_invite_ms:.1f} ms{debounce}")
    for what, moment_s in (
        ("ringing", record.ringing_s),
        ("answer", None if record.caller else record.answered_s),
        ("first sound", record.first_sound_s),
    ):
        if moment_s is not None:
            parts.append(f"{what} after {moment_s * 1000:.0f} ms")
    return parts


def _release(release: Release) -> str:
    what = f'door "{release.door}"'
    if release.rose_s is None:
        return f"{what} did not move"
    held = "" if release.fell_s is None else f" for {release.fell_s - release.rose_s:.1f} s"
    if release.digit_to_relay_ms is None:
        return f"{what} released{held}"
    return f"{what} released {release.digit_to_relay_ms:.1f} ms after its digit{held}"


def _stream(record: CallRecord) -> list[str]:
    stream = record.stream
    if stream is None:
        return []
    far = "" if stream.lost_at_far_end is None else f", {stream.lost_at_far_end} of them lost on the way"
    jitter = "" if stream.jitter_ms is None else f"jitter {stream.jitter_ms:.1f} ms, "
    return [
        f"{stream.codec}, {stream.received} packets came, {stream.lost} lost, {stream.discarded} late, "
        f"{jitter}{stream.sent} sent{far}",
        "no xrun" if record.xruns == 0 else f"{record.xruns} xruns",
    ]
