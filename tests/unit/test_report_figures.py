"""The pictures themselves: no label lies on another or is cut, and nothing measured is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from tests.unit.call_records import ODD, sounds, visit

from portier.record.call_record import CallRecord
from portier.report.figures import enlarged, whole, whole_scale
from portier.report.intervals import all_intervals
from portier.report.scale import LOOKS, NARROW, WIDE, Look
from portier.report.tidy import extent_s, tidy
from portier.report.zooms import Zoom, zooms

RECORDS = {"visit": visit, **ODD}
_SLACK_PX = 2.0
"""What hinting on whole pixels makes letters wider or higher."""


def _zooms(record: CallRecord) -> list[Zoom]:
    scale = whole_scale(record, WIDE)
    return zooms(record, scale.end_s - scale.start_s)


def _figures(record: CallRecord, look: Look) -> Iterator[tuple[str, Figure]]:
    stretches = _zooms(record)
    yield "whole", whole(record, sounds() if record.sip == visit().sip else None, stretches, look)
    for zoom in stretches:
        yield zoom.letter, enlarged(record, zoom, look)


class _Listening(RendererAgg):
    """Draws as always, and keeps each text that it draws."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(*figure.bbox.size, figure.dpi)  # type: ignore[no-untyped-call]
        self.texts: list[Text] = []

    def draw_text(self, *_what: Any, mtext: Text | None = None, **_how: Any) -> None:
        """Keep the text."""
        assert mtext is not None
        self.texts.append(mtext)


def _labels(figure: Figure) -> list[tuple[str, Bbox]]:
    listening = _Listening(figure)
    figure.draw(listening)
    return [(one.get_text(), Text.get_window_extent(one, listening)) for one in listening.texts]


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("name", RECORDS)
def test_no_label_lies_on_another_or_leaves_the_picture(name: str, look: Look) -> None:
    for part, figure in _figures(tidy(RECORDS[name]()), look):
        labels = _labels(figure)
        for text, box in labels:
            assert box.x0 > -_SLACK_PX, (part, text)
            assert box.x1 < look.width_px + _SLACK_PX, (part, text)
        for (one, first), (other, second) in itertools.combinations(labels, 2):
            wide = min(first.x1, second.x1) - max(first.x0, second.x0)
            high = min(first.y1, second.y1) - max(first.y0, second.y0)
            assert wide < _SLACK_PX or high < _SLACK_PX, (part, one, other)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_every_interval_of_the_visit_is_drawn_where_it_can_be_seen(look: Look) -> None:
    drawn = {text for _, figure in _figures(visit(), look) for text, _ in _labels(figure)}
    for one in all_intervals(visit()):
        assert f"{one.name} {one.length}" in drawn


def test_what_takes_milliseconds_has_an_axis_on_which_it_is_to_be_seen() -> None:
    press, begin, release = _zooms(visit())
    for zoom, start_s, end_s in (
        (press, 0.03, 0.0309),
        (begin, 0.0309, 0.121),
        (release, 8.1302, 8.1315),
    ):
        assert (end_s - start_s) / (zoom.end_s - zoom.start_s) * NARROW.plot_px > 3
    assert press.start_s < -0.0043, "the bounces before the edge that counts"


def test_a_call_without_anything_short_is_not_enlarged() -> None:
    assert _zooms(CallRecord(1, "bell", "", answered_s=4.0, ringing_s=3.0, ended_s=9.0)) == []


def test_what_happens_long_after_the_call_does_not_stretch_its_axis() -> None:
    record = visit()
    record.pins["lamp status"] += [(15.0 + 3 * n, n % 2) for n in range(20)]
    record.signs.append((3600.0, ("failure",)))
    assert extent_s(tidy(record)) == pytest.approx((-0.0043, 12.041), abs=0.001)


def test_a_release_that_outlasts_the_call_is_shown_to_its_end() -> None:
    record = visit()
    record.releases[0].fell_s = 18.0
    assert extent_s(tidy(record))[1] == 18.0


def test_all_rows_of_a_picture_share_one_time_axis() -> None:
    figure = whole(visit(), sounds(), _zooms(visit()), WIDE)
    in_time = [axes for axes in figure.axes if axes.get_xlim() != (0.0, WIDE.plot_px)]
    assert len(in_time) >= 8
    assert len({axes.get_xlim() for axes in in_time}) == 1
    assert len({(axes.get_position().x0, axes.get_position().x1) for axes in figure.axes}) == 1
