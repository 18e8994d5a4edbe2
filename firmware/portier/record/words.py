"""A call's record in words: what came of it, and its line for the log."""

from __future__ import annotations

from portier.record.call_record import CallRecord, Release


def line(record: CallRecord) -> str:
    """All figures of a call in one line. Times count from the press, but for what says otherwise."""
    parts = [f'call {record.leg} from button "{record.button}": {outcome(record)}']
    parts.append(", ".join(_progress(record)) or "no INVITE was sent")
    parts += [_release(release) for release in record.releases]
    if record.wrong_attempts:
        parts.append(f"wrong attempts: {record.wrong_attempts}")
    parts += _stream(record)
    return "; ".join(parts)


def outcome(record: CallRecord) -> str:
    """What came of the call."""
    code = f" ({record.status})" if record.status and record.answered_s is None else ""
    if record.ended_s is None:
        return "not over yet" if record.answered_s is None else "talking"
    if record.talked_s is None:
        return f"{record.end}{code} after {record.ended_s:.1f} s"
    end = "hung up by the far end" if record.end == "hung up" else record.end
    return f"talked {record.talked_s:.1f} s, {end}"


def _progress(record: CallRecord) -> list[str]:
    parts = []
    if record.press_to_invite_ms is not None:
        debounce = f" beyond {record.debounce_s * 1000:.0f} ms of debounce" if record.debounce_s else ""
        parts.append(f"press to INVITE {record.press_to_invite_ms:.1f} ms{debounce}")
    for what, moment_s in (
        ("ringing", record.ringing_s),
        ("answer", record.answered_s),
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
    return [
        f"{stream.codec}, {stream.received} packets came, {stream.lost} lost, {stream.discarded} late, "
        f"jitter {stream.jitter_ms:.1f} ms, {stream.sent} sent{far}",
        "no xrun" if record.xruns == 0 else f"{record.xruns} xruns",
    ]
