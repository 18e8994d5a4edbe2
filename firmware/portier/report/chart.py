"""Charts of many measurements: over time, or how many are not above a value."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .style import Ink
from .svg import inline

_INKS = (Ink.DOOR, Ink.LINE, Ink.OPEN, Ink.ZOOM)
_STYLES = ("-", "--", "-.", ":")
_WIDTHS_IN = {"wide": 8.0, "narrow": 4.2}
_HEIGHT_IN = 2.4
_ALMOST_ALL = 0.995

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: `name` is part of its ids, `told` is what screen readers read of it."""

    name: str
    title: str
    told: str
    across: str
    up: str


def lines(chart: Chart, series: Mapping[str, Points]) -> str:
    """Values over time, or over anything else that goes on; a `figure` element."""

    def draw(axes: Any) -> None:
        for (label, points), ink, style in zip(series.items(), _INKS, _STYLES, strict=False):
            axes.plot(*zip(*points, strict=True), color=ink.value, linestyle=style, label=label)
        # What hardly moves is to look so.
        axes.set_ylim(min(0.0, axes.get_ylim()[0]), 1.15 * axes.get_ylim()[1])

    return _figure(chart, draw)


def shares(chart: Chart, series: Mapping[str, Sequence[float]], target: float | None = None) -> str:
    """For each value, the share of all that is not above it; a `figure` element.

    The few greatest of all may lie outside.
    """

    def draw(axes: Any) -> None:
        greatest = 0.0
        for (label, values), ink, style in zip(series.items(), _INKS, _STYLES, strict=False):
            ordered = sorted(values)
            steps = [(place + 1) / len(ordered) for place in range(len(ordered))]
            axes.step(ordered, steps, where="post", color=ink.value, linestyle=style, label=label)
            greatest = max(greatest, ordered[int(_ALMOST_ALL * (len(ordered) - 1))])
        if target is not None:
            axes.axvline(target, color=Ink.SOFT.value, linestyle=(0, (1, 3)), label="target")
        axes.set_ylim(0, 1.03)
        axes.set_xlim(min(0.0, *axes.get_xlim()), 1.1 * max(greatest, target or 0.0) or 1.0)

    return _figure(chart, draw)


def _figure(chart: Chart, draw: Any) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    parts = [f"<figure><figcaption><b>{html.escape(chart.title)}</b></figcaption>"]
    with mpl.rc_context():
        # Whatever style this machine prefers, the page is the same.
        mpl.rcdefaults()
        for look, width_in in _WIDTHS_IN.items():
            drawing = Figure(figsize=(width_in, _HEIGHT_IN), layout="constrained")
            axes = drawing.add_subplot()
            draw(axes)
            axes.set_xlabel(chart.across)
            axes.set_ylabel(chart.up)
            _ink(axes)
            parts.append(inline(drawing, f"{chart.name}-{look}", look, chart.title, chart.told))
    return "".join([*parts, "</figure>"])


def _ink(axes: Any) -> None:
    axes.legend(frameon=False, labelcolor=Ink.TEXT.value)
    axes.grid(color=Ink.GRID.value)
    axes.set_axisbelow(True)
    axes.tick_params(colors=Ink.SOFT.value)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(Ink.SOFT.value)
    for side in axes.spines.values():
        side.set_color(Ink.GRID.value)
