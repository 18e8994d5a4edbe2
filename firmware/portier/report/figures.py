"""The figures of a call: which rows stand below each other, on which time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portier.record.call_record import CallRecord

from .dimensions import Dimensions, Span
from .drawing import Backdrop, drawn
from .event_rows import Band, Flags, Segment, Trace
from .intervals import all_intervals
from .messages import Messages
from .moments import moments, origin
from .row import Row
from .scale import Look, Scale
from .sound import Sounds, top_hz
from .sound_rows import Depth, Level, Spectrogram
from .style import Ink
from .tidy import extent_s
from .zooms import Zoom

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_PINS = 16
_SHORTEST_PX = 18.0
_INKS = {
    "calling": Ink.CALLING,
    "ringing": Ink.RINGING,
    "talking": Ink.TALKING,
    "released": Ink.OPENED,
    "failure": Ink.FAILED,
    "out of service": Ink.FAILED,
}


def whole_scale(record: CallRecord, look: Look) -> Scale:
    """The axis of the whole call, with a little room at both ends."""
    start_s, end_s = extent_s(record)
    margin_s = 0.015 * (end_s - start_s)
    return Scale(start_s - margin_s, end_s + margin_s, look.plot_px)


def whole(record: CallRecord, sounds: Sounds | None, zooms: Sequence[Zoom], look: Look) -> Figure:
    """The whole call."""
    scale = whole_scale(record, look)
    named = [one for one in moments(record) if not one.fine and scale.holds(one.at_s)]
    lengths = [
        Span(one.start_s, one.end_s, one.name, one.length)
        for one in all_intervals(record)
        if scale.px(one.end_s) - scale.px(one.start_s) > _SHORTEST_PX and scale.holds(one.end_s)
    ]
    rows: list[Row] = []
    if zooms:
        marks = [Span(one.start_s, one.end_s, one.letter) for one in zooms]
        rows.append(Dimensions("Enlarged below", marks, Ink.ZOOM, look, scale))
    rows.append(Flags(named, look, scale))
    rows += _bands(record, look, scale)
    if lengths:
        rows.append(Dimensions("Intervals", lengths, Ink.TEXT, look, scale))
    rows.append(Messages(record.sip, look, scale))
    rows += [Trace(name, record.pins[name], look, scale) for name in list(record.pins)[:_MOST_PINS]]
    rows += _sound(record, sounds, look, scale)
    label = f"{'minutes' if scale.by_clock else 'seconds'} after the {origin(record)}"
    backdrop = Backdrop(label, [one.at_s for one in named], [(one.start_s, one.end_s) for one in zooms])
    return drawn(rows, backdrop, look, scale)


def enlarged(record: CallRecord, zoom: Zoom, look: Look) -> Figure:
    """One short stretch of the call on an axis of its own, in milliseconds."""
    scale = Scale(zoom.start_s, zoom.end_s, look.plot_px, zoom.zero_s, in_ms=True)
    named = [one for one in moments(record) if scale.holds(one.at_s)]
    lengths = [
        Span(one.start_s, one.end_s, one.name, one.length)
        for one in all_intervals(record)
        if scale.holds(one.start_s) and scale.holds(one.end_s) and one.end_s >= one.start_s
    ]
    messages = [one for one in record.sip if scale.holds(one[0])]
    rows: list[Row] = [Flags(named, look, scale)]
    rows += _bands(record, look, scale)
    if lengths:
        rows.append(Dimensions("Intervals", lengths, Ink.TEXT, look, scale))
    if messages:
        rows.append(Messages(messages, look, scale))
    rows += [
        Trace(name, changes, look, scale)
        for name, changes in record.pins.items()
        if any(scale.holds(at_s) for at_s, _ in changes)
    ][:_MOST_PINS]
    backdrop = Backdrop(f"milliseconds after {zoom.counts_from}", [one.at_s for one in named])
    return drawn(rows, backdrop, look, scale)


def _bands(record: CallRecord, look: Look, scale: Scale) -> list[Row]:
    rows: list[Row] = []
    signs = [(at_s, ", ".join(names)) for at_s, names in record.signs]
    for title, changes in (("Call", record.states), ("Visitor sees", signs)):
        if any(scale.holds(at_s) for at_s, _ in changes):
            rows.append(Band(title, _segments(changes, scale), look, scale))
    return rows


def _segments(changes: Sequence[tuple[float, str]], scale: Scale) -> list[Segment]:
    ends = [at_s for at_s, _ in changes[1:]] + [scale.end_s]
    return [
        Segment(start_s, end_s, name, _INKS.get(name.split(",")[0], Ink.QUIET))
        for (start_s, name), end_s in zip(changes, ends, strict=True)
    ]


def _sound(record: CallRecord, sounds: Sounds | None, look: Look, scale: Scale) -> list[Row]:
    rows: list[Row] = []
    answered = record.answered_s is not None
    heard = sounds or Sounds()
    top = top_hz(heard)
    if record.captured or answered:
        rows.append(Level("Door speaks", "microphone, dBFS", record.captured, Ink.DOOR, look, scale))
    if sounds:
        rows.append(Spectrogram("Phone hears it", heard.phone_heard, top, Ink.DOOR, look, scale))
    if record.far or answered:
        rows.append(Level("Phone speaks", "at the door, dBFS", record.far, Ink.LINE, look, scale))
    if sounds:
        rows.append(Spectrogram("Door hears it", heard.door_heard, top, Ink.LINE, look, scale))
    if record.buffer or answered:
        rows.append(Depth(record.buffer, look, scale))
    return rows
