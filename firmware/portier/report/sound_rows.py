"""The rows of the picture that show sound: levels, spectrograms, and what waits in the jitter buffer."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from portier.record.call_record import level_dbfs

from .hearing import Series, gaps
from .row import POINTS
from .scale import Look, Scale, text_px
from .sound import FLOOR_DBFS, TOP_DBFS, Heard, spectrum
from .style import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

Point = TypeVar("Point", bound=tuple[float, float])
_LOWEST_DBFS = -60.0
_NOTHING = "nothing measured"
_PAUSE = "no sound card"


class Level:
    """How loud one way was: a peak for each tenth of a second."""

    in_pixels = False

    def __init__(self, title: str, subtitle: str, series: Series, ink: Ink, look: Look, scale: Scale) -> None:
        self.title, self.subtitle = title, subtitle
        self.height_px = 58.0
        self._ink = ink
        self._look = look
        self._scale = scale
        self._pauses = gaps(series)
        self._points = _loudest(series, scale)

    def draw(self, axes: Axes) -> None:
        """Draw the levels from -60 dBFS up, and where there are none."""
        axes.set_ylim(_LOWEST_DBFS, 0)
        _show_scale(
            axes,
            [-60, -40, -20, 0],
            ["\N{MINUS SIGN}60", "\N{MINUS SIGN}40", "\N{MINUS SIGN}20", "0"],
            self._look,
        )
        if not self._points:
            _say(axes, _NOTHING, self._look)
        for part in _unbroken(self._points, self._pauses):
            xs = [self._scale.number(at_s) for at_s, _ in part]
            ys = [max(_LOWEST_DBFS, min(0.0, level_dbfs(peak))) for _, peak in part]
            axes.fill_between(xs, ys, _LOWEST_DBFS, step="pre", facecolor=self._ink, alpha=0.35, linewidth=0)
            axes.step(xs, ys, where="pre", color=self._ink, linewidth=1.1)
        for start_s, end_s in self._pauses:
            if self._scale.px(end_s) - self._scale.px(start_s) > text_px(_PAUSE, self._look.small_px) + 6:
                at = self._scale.number((start_s + end_s) / 2)
                axes.text(at, -34, _PAUSE, fontsize=self._look.small_px * POINTS, color=Ink.SOFT, ha="center")


class Spectrogram:
    """Which frequencies were heard when: darker is louder."""

    in_pixels = False
    subtitle = "spectrogram, kHz"

    def __init__(
        self, title: str, heard: Heard | None, top_hz: float, ink: Ink, look: Look, scale: Scale
    ) -> None:
        self.title = title
        self.height_px = 78.0
        self._heard = heard
        self._top_hz = top_hz
        self._ink = ink
        self._look = look
        self._scale = scale

    def draw(self, axes: Axes) -> None:
        """Draw the image over the part of the axis that has sound."""
        axes.set_ylim(0, self._top_hz / 1000)
        _show_scale(axes, [0, self._top_hz / 2000, self._top_hz / 1000], None, self._look)
        heard, scale = self._heard, self._scale
        start_s = scale.end_s if heard is None else max(heard.start_s, scale.start_s)
        end_s = scale.start_s if heard is None else min(heard.end_s, scale.end_s)
        columns = round((scale.px(end_s) - scale.px(start_s)) / scale.plot_px * self._look.columns)
        if heard is None or columns < 1:
            _say(axes, "nothing recorded", self._look)
            return
        top_hz = min(self._top_hz, heard.rate_hz / 2)
        axes.imshow(
            spectrum(heard, start_s, end_s, columns, self._look.bands, top_hz),
            origin="lower",
            aspect="auto",
            interpolation="none",
            cmap=_shades(self._ink),
            vmin=FLOOR_DBFS,
            vmax=TOP_DBFS,
            extent=(scale.number(start_s), scale.number(end_s), 0, top_hz / 1000),
        )
        axes.set_xlim(scale.number(scale.start_s), scale.number(scale.end_s))
        axes.set_ylim(0, self._top_hz / 1000)


class Depth:
    """How much sound waited in the jitter buffer."""

    in_pixels = False
    title, subtitle = "Jitter buffer", "holds, ms"

    def __init__(self, series: Sequence[tuple[float, float]], look: Look, scale: Scale) -> None:
        self.height_px = 46.0
        self._look = look
        self._parts = _unbroken(_extremes(series, scale), gaps(series))
        self._scale = scale

    def draw(self, axes: Axes) -> None:
        """Draw the depth from zero up."""
        most = max((ms for part in self._parts for _, ms in part), default=0.0)
        top = max(40.0, 20.0 * -(-most // 20.0))
        axes.set_ylim(-0.06 * top, top * 1.06)
        _show_scale(axes, [0, top / 2, top], None, self._look)
        if not self._parts:
            _say(axes, _NOTHING, self._look)
        for part in self._parts:
            xs, ys = [self._scale.number(at_s) for at_s, _ in part], [max(0.0, ms) for _, ms in part]
            axes.plot(
                xs, ys, color=Ink.LINE, linewidth=1.2, marker="o" if len(part) < 80 else "", markersize=2.5
            )


def _loudest(series: Series, scale: Scale) -> list[tuple[float, int]]:
    """The greatest peak in each pixel."""
    return [max(near, key=lambda one: one[1]) for near in _by_pixel(series, scale)]


def _extremes(series: Sequence[tuple[float, float]], scale: Scale) -> list[tuple[float, float]]:
    """The least and the greatest in each pixel, in the order of time."""
    found: list[tuple[float, float]] = []
    for near in _by_pixel(series, scale):
        ends = (min(near, key=lambda one: one[1]), max(near, key=lambda one: one[1]))
        found += sorted(set(ends))
    return found


def _by_pixel(series: Sequence[Point], scale: Scale) -> list[list[Point]]:
    inside = (one for one in series if scale.holds(one[0]))
    return [list(near) for _, near in itertools.groupby(inside, key=lambda one: int(scale.px(one[0])))]


def _unbroken(points: Sequence[Point], pauses: Sequence[tuple[float, float]]) -> list[list[Point]]:
    """The points in parts, cut at each pause."""
    ends = [end_s for _, end_s in pauses]
    return [
        list(part) for _, part in itertools.groupby(points, key=lambda one: bisect.bisect_right(ends, one[0]))
    ]


def _shades(ink: Ink) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(ink.name, [Ink.PAPER.value, ink.value, "#000000"])


def _show_scale(axes: Axes, values: Sequence[float], names: Sequence[str] | None, look: Look) -> None:
    axes.set_yticks(values, names or [f"{value:g}" for value in values])
    axes.tick_params(
        axis="y", labelsize=look.small_px * POINTS, labelcolor=Ink.SOFT, color=Ink.SOFT, length=3, pad=2
    )
    axes.grid(axis="y", color=Ink.GRID, linewidth=0.6)
    axes.get_yticklabels()[0].set_verticalalignment("bottom")


def _say(axes: Axes, words: str, look: Look) -> None:
    axes.text(
        0.5, 0.4, words, transform=axes.transAxes, ha="center", color=Ink.SOFT, fontsize=look.text_px * POINTS
    )
