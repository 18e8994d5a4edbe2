"""The page of the three intercom modes: what each means, and what came of each call on one time axis."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portier import __version__
from portier.bench.line_mode import LineMode
from portier.bench.three_modes import Call, Fate, Visit
from portier.report.document import document
from portier.report.drawing import Backdrop, drawn
from portier.report.event_rows import Band, Flags, Segment
from portier.report.moments import Moment
from portier.report.plain import plain_style
from portier.report.row import Row
from portier.report.scale import LOOKS, Look, Scale
from portier.report.style import Ink
from portier.report.svg import inline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARGIN = 0.03
_CSS = "th[scope=row]{white-space:nowrap;padding-right:1rem}\n"
_TITLE = "The intercom modes of a line"
_MEANINGS = {
    LineMode.OFF: ("no", "the operator knows no such number (404)", "the telephone rings"),
    LineMode.PREFIXED: ("prefixed", "the telephone answers by itself", "the telephone rings"),
    LineMode.YES: ("yes", "the telephone answers by itself", "the telephone answers by itself"),
}
_INTRODUCTION = (
    "Three lines at one operator, each in another mode, and two presses for each: one that dials 3691 and "
    "the line, one that dials the line alone. Where the prefix is refused the station rings the line once "
    "more without it: the visitor waits until somebody goes off hook by hand."
)
_CAVEAT = (
    "What “yes” does is not documented, nor with which answer the prefix is refused: that every call is "
    "answered by the telephone itself, and that the number is unknown, is our reading. "
    "The operator is played by the bench; nobody has tried this at a real one."
)


def page_of(visits: Sequence[Visit]) -> str:
    """The page as HTML that needs nothing from elsewhere; LibraryMissingError without what draws."""
    told = " ".join(f"{_title(one)}: {one.told}." for one in visits)
    with plain_style():
        pictures = "".join(
            inline(_drawn(visits, look), f"modes-{look.name}", look.name, _TITLE, told) for look in LOOKS
        )
    went = (
        "went as the modes have it"
        if all(one.ok for one in visits)
        else "went otherwise than the modes have it"
    )
    lines = "".join(
        f'<tr><th scope="row">{html.escape(_title(one))}</th><td>{html.escape(one.in_log)}</td></tr>'
        for one in visits
    )
    parts = (
        f"<h1>{_TITLE}</h1>",
        '<p class="when">real SIP on loopback, mocked pins</p>',
        f'<p class="outcome">{went}</p>',
        f'<p class="story">{html.escape(_INTRODUCTION)}</p>',
        f"<figure>{pictures}</figure>",
        f"<h2>What the modes mean</h2>{_meanings()}<p>{html.escape(_CAVEAT)}</p>",
        f"<h2>What the station's log says</h2><table><tbody>{lines}</tbody></table>",
        f'<p class="soft">Portier {html.escape(__version__)}. Moments as the line saw them.</p>',
    )
    return document(f"Portier: {_TITLE}", "\n".join(parts), _CSS)


def _meanings() -> str:
    rows = "".join(
        f'<tr><th scope="row">{mode}</th><td>{html.escape(api)}</td><td>{html.escape(prefixed)}</td>'
        f"<td>{html.escape(plain)}</td></tr>"
        for mode, (api, prefixed, plain) in _MEANINGS.items()
    )
    return (
        "<table><thead><tr><th>mode</th><th>word of OVHcloud</th><th>3691 + line</th><th>line alone</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _drawn(visits: Sequence[Visit], look: Look) -> Figure:
    end_s = max((one.ended_s or 0.0 for visit in visits for one in visit.calls), default=1.0) or 1.0
    scale = Scale(-_MARGIN * end_s, (1 + _MARGIN) * end_s, look.plot_px)
    rows = [row for one in visits for row in _rows(one, look, scale)]
    return drawn(rows, Backdrop("seconds after the press", (0.0,)), look, scale)


def _rows(visit: Visit, look: Look, scale: Scale) -> list[Row]:
    moments = [Moment(0.0, "press")]
    segments: list[Segment] = []
    for call in visit.calls:
        moments += _moments(call)
        segments += _segments(call)
    return [
        Flags(moments, look, scale, _title(visit), timed=False),
        Band("telephone", segments, look, scale),
    ]


def _moments(call: Call) -> list[Moment]:
    found = [Moment(call.invited_s, f"INVITE {call.to}")]
    if call.fate is Fate.REFUSED and call.ended_s is not None:
        return [*found, Moment(call.ended_s, f"refused: {call.status}")]
    if call.answered_s is not None:
        found.append(
            Moment(call.answered_s, "somebody answers" if call.fate is Fate.BY_HAND else "answers by itself")
        )
    if call.ended_s is not None:
        found.append(Moment(call.ended_s, "hangs up" if call.answered_s is not None else "ended"))
    return found


def _segments(call: Call) -> list[Segment]:
    end_s = call.ended_s if call.ended_s is not None else call.invited_s
    rings_until_s = end_s if call.answered_s is None else call.answered_s
    found = []
    if call.ringing_s is not None:
        found.append(Segment(call.ringing_s, rings_until_s, "rings", Ink.RINGING))
    if call.answered_s is not None:
        found.append(Segment(call.answered_s, end_s, "both talk", Ink.TALKING))
    return found


def _title(visit: Visit) -> str:
    return f"{visit.mode}: {'3691' if visit.prefixed else 'plain'}"
