"""The page of a call: words, numbers, the picture, the ladder and the terms in one HTML text."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from portier import __version__
from portier.errors import FileError
from portier.record.call_record import CallRecord

from .document import document
from .intervals import all_intervals, intervals
from .ladder import ladder
from .moments import origin
from .plain import need_libraries, plain_style
from .releases import releases
from .sound import Sounds
from .story import notes, outcome, sentence
from .terms import terms
from .tidy import tidy
from .wording import clean, count, duration, quoted

_LONGEST_CODEC = 24


def write(path: Path, record: CallRecord, sounds: Sounds | None = None) -> None:
    """Write the page of a call to a file. FileError where it cannot be written; else as `page`."""
    text = page(record, sounds)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"report: cannot write {path}: {error.strerror}") from error


def page(record: CallRecord, sounds: Sounds | None = None) -> str:
    """The page of a call as HTML that needs nothing from elsewhere.

    `sounds` is what was heard at each end, where that was kept (the bench does, a station never);
    without it the spectrograms are left out. The same record gives the same page. Raises
    LibraryMissingError without the libraries that draw.
    """
    need_libraries()
    record = tidy(record)
    whose = f"from {clean(record.caller)}" if record.caller else f"button {quoted(record.button)}"
    title = f"Call {record.leg}, {whose}"
    when = _when(record.begun_at)
    parts = (
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="when">{html.escape(when)}</p>',
        f'<p class="outcome">{html.escape(outcome(record))}</p>',
        f'<p class="story">{html.escape(sentence(record))}</p>',
        _notes(notes(record)),
        f'<div class="side">{_intervals(record)}{releases(record)}{_stream(record)}</div>',
        _figures(record, sounds),
        _echo(record, sounds),
        f"<h2>The SIP ladder</h2>{ladder(record.sip, origin(record))}",
        f"<h2>The words</h2>{terms(record, bool(sounds))}",
        f'<p class="soft">Portier {html.escape(__version__)}. Measured by the station itself. No key that '
        "was pressed, no code and no password is in this page.</p>",
    )
    return document(f"Portier: {title}, {when}", "\n".join(parts))


def _figures(record: CallRecord, sounds: Sounds | None) -> str:
    from .figures import enlarged, whole, whole_scale
    from .scale import LOOKS, WIDE
    from .svg import inline
    from .zooms import zooms

    scale = whole_scale(record, WIDE)
    stretches = zooms(record, scale.end_s - scale.start_s)
    told = f"{sentence(record)} {_told(record)}"
    parts = ["<h2>The call on one time axis</h2>", "<figure>"]
    with plain_style():
        for look in LOOKS:
            figure = whole(record, sounds, stretches, look)
            parts.append(inline(figure, f"call-{look.name}", look.name, "The whole call over time", told))
        parts.append("</figure>")
        for one in stretches:
            parts.append(
                f"<figure><figcaption><b>{one.letter}</b> Enlarged: {html.escape(one.title)}. "
                f"{html.escape(one.text)}</figcaption>"
            )
            for look in LOOKS:
                figure = enlarged(record, one, look)
                name = f"zoom-{one.letter.lower()}-{look.name}"
                parts.append(inline(figure, name, look.name, f"Enlarged: {one.title}", one.text))
            parts.append("</figure>")
    return "\n".join(parts)


def _echo(record: CallRecord, sounds: Sounds | None) -> str:
    if sounds is None:
        return ""
    from .echo_figure import echo_section

    with plain_style():
        return echo_section(sounds, origin(record))


def _told(record: CallRecord) -> str:
    return " ".join(f"{one.name}: {one.length}." for one in all_intervals(record))


def _notes(found: Sequence[str]) -> str:
    if not found:
        return ""
    return f"<ul>{''.join(f'<li>{html.escape(note)}</li>' for note in found)}</ul>"


def _intervals(record: CallRecord) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(one.name)}<small>from {html.escape(one.begins)} to '
        f'{html.escape(one.ends)}</small></th><td class="number">{one.length}</td></tr>'
        for one in intervals(record)
    )
    if not rows:
        return ""
    return f"<section><h2>Measured intervals</h2><table><tbody>{rows}</tbody></table></section>"


def _stream(record: CallRecord) -> str:
    stream = record.stream
    if stream is None:
        return ""
    far = "not told" if stream.lost_at_far_end is None else count(stream.lost_at_far_end, "packet")
    facts = (
        ("codec", clean(stream.codec)[:_LONGEST_CODEC]),
        ("received from the line", count(stream.received, "packet")),
        ("never came", count(stream.lost, "packet")),
        ("came too late", count(stream.discarded, "packet")),
        ("sent to the line", count(stream.sent, "packet")),
        ("lost on the way there", far),
        ("jitter", "not told" if stream.jitter_ms is None else duration(stream.jitter_ms / 1000)),
        ("sound card ran dry", count(record.xruns, "time")),
    )
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td class="number">{html.escape(value)}</td></tr>'
        for name, value in facts
    )
    return f"<section><h2>Sound in numbers</h2><table><tbody>{rows}</tbody></table></section>"


def _when(begun_at: str) -> str:
    try:
        at = datetime.fromisoformat(begun_at)
    except ValueError:
        return clean(begun_at) or "at an unknown time"
    zone = f" {at.tzname()}" if at.tzname() else ""
    return f"{at.day} {at:%B %Y, %H:%M:%S}{zone}"
