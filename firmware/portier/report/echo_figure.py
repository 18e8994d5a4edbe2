"""The picture of the echo: loudspeaker, microphone and what was sent, each as level and spectrogram."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from .drawing import Backdrop, drawn
from .echo import Echo, peaks
from .event_rows import Band, Segment
from .row import Row
from .scale import LOOKS, Look, Scale
from .sound import Sounds, top_hz
from .sound_rows import Level, Spectrogram
from .style import Ink
from .svg import inline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAME = "The echo before and after"
_EXPLAINED = (
    "The bench pretends a loudspeaker beside the microphone. Above: what the loudspeaker played, phone and "
    "tones. In the middle: what the microphone heard, that echo and the visitor. Below: what "
    "of it was sent to the phone. Where the loudspeaker sounds alone, nothing should be left there."
)
_MISSING = (
    "No echo was pretended and none taken away: echo cancellation is not installed here. For its picture: "
    "pip install 'portier[bench,echo]'."
)


def echo_section(sounds: Sounds, origin: str) -> str:
    """The part of the page that shows it, as HTML; why there is none, where the bench could not."""
    heading = f"<h2>{_NAME} cancellation</h2>"
    echo = sounds.echo
    if echo is None:
        if not sounds.echo_missing:
            return ""
        return f'{heading}<p class="soft">{html.escape(_MISSING)}</p>'
    told = _told(echo)
    figures = "".join(
        inline(echo_figure(echo, origin, look), f"echo-{look.name}", look.name, _NAME, told) for look in LOOKS
    )
    return (
        f"{heading}<figure><figcaption>{html.escape(_EXPLAINED)}</figcaption>{figures}</figure>"
        f"<p>{html.escape(told)}</p>"
    )


def echo_figure(echo: Echo, origin: str, look: Look) -> Figure:
    """Draw it on the time axis of the call, for the time that has sound."""
    margin_s = 0.015 * (echo.played.end_s - echo.played.start_s)
    scale = Scale(echo.played.start_s - margin_s, echo.played.end_s + margin_s, look.plot_px)
    top = top_hz(Sounds(echo.microphone, echo.played))
    marks = [] if echo.visitor_from_s is None else [echo.visitor_from_s]
    rows: list[Row] = [Band("What sounds", _speakers(echo, scale), look, scale)]
    for title, heard, ink in (
        ("Loudspeaker", echo.played, Ink.LINE),
        ("Microphone", echo.microphone, Ink.TEXT),
        ("Sent to the phone", echo.sent, Ink.DOOR),
    ):
        rows.append(Level(title, "peak, dBFS", peaks(heard), ink, look, scale))
        rows.append(Spectrogram(title, heard, top, ink, look, scale))
    return drawn(rows, Backdrop(f"seconds after the {origin}", marks), look, scale)


def _speakers(echo: Echo, scale: Scale) -> list[Segment]:
    """The loudspeaker alone, both, the visitor alone."""
    end_s = min(echo.played.end_s, scale.end_s)
    near_s = end_s if echo.visitor_from_s is None else echo.visitor_from_s
    found: list[Segment] = []
    at_s = near_s
    for begins_s, ends_s in echo.far_s:
        found.append(Segment(begins_s, min(ends_s, near_s), "loudspeaker", Ink.RINGING))
        both_s = max(begins_s, near_s)
        if ends_s > both_s:
            found.append(Segment(at_s, both_s, "visitor", Ink.TALKING))
            found.append(Segment(both_s, ends_s, "both", Ink.CALLING))
            at_s = ends_s
    found.append(Segment(at_s, end_s, "visitor", Ink.TALKING))
    return [one for one in found if one.end_s > one.start_s]


def _told(echo: Echo) -> str:
    erle_db = echo.erle_db
    if erle_db is None:
        return f"By {echo.by}. The loudspeaker was not heard alone for long enough to say by how much."
    return (
        f"By {echo.by}. ERLE (echo return loss enhancement, ITU-T G.168): {erle_db:.0f} dB while the "
        "loudspeaker sounds alone, from 2 s after its first sound on. So much weaker is "
        "what goes back than what the microphone heard."
    )
