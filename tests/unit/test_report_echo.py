"""The picture of the echo: its figures are true, its axes named, and what is missing is said."""

from __future__ import annotations

import itertools
import math
from array import array
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from tests.unit.call_records import sounds, visit
from tests.unit.html_page import Page

from portier.bench.voice import voice
from portier.report.echo import Echo, peaks
from portier.report.echo_figure import echo_figure
from portier.report.page import page
from portier.report.scale import LOOKS, Look
from portier.report.sound import Heard

RATE_HZ = 16000
START_S = 0.3


def _heard(pcm: bytes) -> Heard:
    return Heard(pcm, RATE_HZ, START_S)


def _weaker(pcm: bytes, db: float) -> bytes:
    return array("h", [round(one * 10 ** (-db / 20)) for one in array("h", pcm)]).tobytes()


def _echo(first_db: float = 10.0, then_db: float = 30.0, visitor_from_s: float | None = None) -> Echo:
    """Six seconds of a phone, two of silence; its echo is sent so much weaker, from 1.5 s on differently."""
    far = voice("phone", RATE_HZ, 6.0) + bytes(2 * 2 * RATE_HZ)
    echo = _weaker(far, 6)
    cut = 2 * RATE_HZ * 3 // 2
    sent = _weaker(echo[:cut], first_db) + _weaker(echo[cut:], then_db)
    return Echo(_heard(echo), _heard(sent), _heard(far), "a test", visitor_from_s)


def test_erle_is_how_much_less_of_the_loudspeaker_is_sent_while_it_sounds_alone() -> None:
    assert _echo().erle_db == pytest.approx(30, abs=0.2)


def test_the_visitor_does_not_count_as_echo() -> None:
    echo = _echo(visitor_from_s=START_S + 4.0)
    sent = echo.sent.pcm[: 2 * 4 * RATE_HZ] + voice("door", RATE_HZ, 4.0)
    with_visitor = replace(echo, sent=_heard(sent))
    assert with_visitor.erle_db == pytest.approx(30, abs=0.2)
    assert replace(with_visitor, visitor_from_s=None).erle_db != pytest.approx(30, abs=3)


@pytest.mark.parametrize(
    "echo",
    [
        _echo(visitor_from_s=START_S + 1.0),
        replace(_echo(), microphone=_heard(bytes(16 * RATE_HZ))),
        replace(_echo(), played=_heard(bytes(16 * RATE_HZ))),
        Echo(_heard(b""), _heard(b""), _heard(b""), "a test"),
    ],
    ids=["never alone", "microphone broken", "nothing played", "no sound at all"],
)
def test_where_nothing_can_be_said_nothing_is(echo: Echo) -> None:
    assert echo.erle_db is None


def test_an_echo_that_is_quite_gone_is_a_number_all_the_same() -> None:
    gone = replace(_echo(), sent=_heard(bytes(16 * RATE_HZ)))
    assert gone.erle_db is not None
    assert 60 < gone.erle_db < 100
    assert math.isfinite(gone.erle_db)


def test_a_peak_is_at_its_moment_and_full_scale_is_the_most() -> None:
    pcm = array("h", [0] * RATE_HZ)
    pcm[8000] = -32768
    ((at_s, peak),) = (one for one in peaks(_heard(pcm.tobytes())) if one[1])
    assert at_s == pytest.approx(START_S + 0.5)
    assert peak == 32767


class _Listening(RendererAgg):
    """Draws as always, and keeps each text that it draws with its place."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(*figure.bbox.size, figure.dpi)  # type: ignore[no-untyped-call]
        self.texts: list[str] = []

    def draw_text(self, *what: Any, **_how: Any) -> None:
        """Keep the text."""
        self.texts.append(what[3])


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_every_axis_is_named_and_both_sides_of_the_cancellation_are_there(look: Look) -> None:
    figure = echo_figure(_echo(visitor_from_s=START_S + 4.0), "press", look)
    listening = _Listening(figure)
    figure.draw(listening)
    assert "seconds after the press" in listening.texts
    for title in ("Loudspeaker", "Microphone", "Sent to the phone"):
        assert listening.texts.count(title) == 2
    assert listening.texts.count("peak, dBFS") == listening.texts.count("spectrogram, kHz") == 3
    assert {"loudspeaker", "both", "visitor"} <= set(listening.texts)
    bottoms = [axes.get_position().y0 for axes in figure.axes[1:]]
    assert all(above > below for above, below in itertools.pairwise(bottoms))


def test_the_page_shows_it_within_itself_and_writes_its_figure_below() -> None:
    read = Page(page(visit(), replace(sounds(), echo=_echo())))
    assert read.outside() == []
    assert "The echo before and after cancellation" in read.source
    assert read.source.index('id="echo-wide-title"') < read.source.index("30 dB while the loudspeaker")
    assert len([one for one in read.all("svg") if "echo-" in one.attributes["aria-labelledby"]]) == 2
    assert set(read.references()) <= set(read.ids())


def test_without_echo_cancellation_the_page_says_so_and_keeps_the_levels() -> None:
    read = Page(page(visit(), replace(sounds(), echo_missing=True)))
    assert "pip install &#x27;portier[bench,echo]&#x27;" in read.source
    assert "Door speaks" in read.source
    assert "echo-wide" not in read.source


@pytest.mark.parametrize("kept", [True, False])
def test_a_station_keeps_no_sound_and_its_page_says_nothing_of_it(kept: bool) -> None:
    assert "before and after" not in page(visit(), sounds() if kept else None)
