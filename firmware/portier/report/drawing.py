"""How a figure is drawn: rows below each other on one time axis, in front of a common grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .row import POINTS, Row
from .scale import Look, Scale, fitted, text_px
from .style import Ink
from .wording import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_APART_PX = 9.0
_TITLE_ABOVE_PX = 16.0
_AXIS_PX = 38.0
_TOP_PX = 22.0
_TICK_APART_PX = 52.0
_PER_INCH = 96
_CLOCK_STEPS_S = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What is behind all rows: the axis' `label`, moments to mark, and stretches shown enlarged elsewhere."""

    label: str
    marks_s: Sequence[float]
    stretches_s: Sequence[tuple[float, float]] = ()


def drawn(rows: Sequence[Row], backdrop: Backdrop, look: Look, scale: Scale) -> Figure:
    """Draw rows from top to bottom on one time axis."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    above = _TITLE_ABOVE_PX if look.titles_above else 0.0
    content_px = sum(row.height_px + above + _APART_PX for row in rows)
    height_px = _TOP_PX + content_px + _AXIS_PX
    with rc_context({"text.parse_math": False, "axes.unicode_minus": True, "font.family": "DejaVu Sans"}):
        size_inches = (look.width_px / _PER_INCH, height_px / _PER_INCH)
        figure = Figure(figsize=size_inches, dpi=_PER_INCH)
        figure.patch.set_visible(False)
        _draw_backdrop(_axes(figure, _TOP_PX, content_px, look, scale), backdrop, look, scale)
        top = _TOP_PX + _APART_PX / 2
        for row in rows:
            _title(figure, row, top, look)
            top += above
            axes = _axes(figure, top, row.height_px, look, scale)
            axes.patch.set_visible(False)
            if row.in_pixels:
                axes.set_axis_off()
                axes.set_xlim(0, look.plot_px)
                axes.set_ylim(row.height_px, 0)
            else:
                _plain_frame(axes)
            row.draw(axes)
            top += row.height_px + _APART_PX
    return figure


def _axes(figure: Figure, top_px: float, height_px: float, look: Look, scale: Scale) -> Axes:
    total_px = figure.get_figheight() * _PER_INCH
    axes = figure.add_axes(
        (
            look.left_px / look.width_px,
            1 - (top_px + height_px) / total_px,
            look.plot_px / look.width_px,
            height_px / total_px,
        )
    )
    axes.set_xlim(scale.number(scale.start_s), scale.number(scale.end_s))
    return axes


def _plain_frame(axes: Axes) -> None:
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.set_yticks([])
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_backdrop(axes: Axes, backdrop: Backdrop, look: Look, scale: Scale) -> None:
    _set_ticks(axes, scale)
    axes.patch.set_visible(False)
    axes.set_zorder(-1)
    axes.set_yticks([])
    axes.tick_params(
        axis="x",
        top=True,
        labeltop=True,
        labelsize=look.small_px * POINTS,
        color=Ink.SOFT,
        labelcolor=Ink.SOFT,
        length=4,
        pad=2,
    )
    axes.set_xlabel(backdrop.label, fontsize=look.text_px * POINTS, color=Ink.TEXT, labelpad=2)
    axes.grid(axis="x", color=Ink.GRID, linewidth=0.7)
    for side in axes.spines.values():
        side.set(color=Ink.SOFT.value, linewidth=0.7)
    for at_s in backdrop.marks_s:
        axes.axvline(scale.number(at_s), color=Ink.SOFT, linewidth=0.7, linestyle=(0, (2, 2)))
    for start_s, end_s in backdrop.stretches_s:
        axes.axvspan(scale.number(start_s), scale.number(end_s), facecolor=Ink.ZOOM, alpha=0.16, linewidth=0)


def _set_ticks(axes: Axes, scale: Scale) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

    most = int(scale.plot_px / _TICK_APART_PX)
    if not scale.by_clock:
        axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
        return
    least_s = (scale.end_s - scale.start_s) / most
    step_s = next((step_s for step_s in _CLOCK_STEPS_S if step_s >= least_s), _CLOCK_STEPS_S[-1])
    axes.xaxis.set_major_locator(MultipleLocator(step_s))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))


def _title(figure: Figure, row: Row, top_px: float, look: Look) -> None:
    total_px = figure.get_figheight() * _PER_INCH
    beside_px = 20 + text_px(row.subtitle, look.small_px)
    room_px = look.plot_px - beside_px if look.titles_above else look.left_px - 36
    title = fitted(row.title, look.text_px, room_px)

    def write(text: str, x_px: float, y_px: float, size_px: float, ink: Ink) -> None:
        figure.text(
            x_px / look.width_px,
            1 - y_px / total_px,
            text,
            fontsize=size_px * POINTS,
            color=ink,
            va="baseline",
        )

    if look.titles_above:
        x_px = look.left_px + 5
        write(title, x_px, top_px + look.text_px, look.text_px, Ink.TEXT)
        if row.subtitle:
            x_px += text_px(title, look.text_px) + 8
            write(row.subtitle, x_px, top_px + look.text_px, look.small_px, Ink.SOFT)
        return
    y_px = top_px + min(row.height_px / 2 - 2, look.text_px * 1.2) + 4
    write(title, 4, y_px, look.text_px, Ink.TEXT)
    if row.subtitle:
        write(row.subtitle, 4, y_px + look.small_px * 1.3, look.small_px, Ink.SOFT)
