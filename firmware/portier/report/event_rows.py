"""The rows of the picture that show what happened: named moments, what held when, and pins."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .layout import Box, hanging_tiers
from .moments import Moment
from .row import BESIDE_PX, POINTS, Side, write
from .scale import Look, Scale, text_px
from .style import Ink
from .wording import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TIERS = 8


class Flags:
    """Named moments, each with its label at a stem: its name and, where `timed`, when it was."""

    in_pixels = True

    def __init__(
        self,
        moments: Sequence[Moment],
        look: Look,
        scale: Scale,
        title: str = "Moments",
        timed: bool = True,
    ) -> None:
        self.title = title
        self._size_px, self._line_px = look.text_px, look.text_px * 1.4
        texts = [f"{one.name} {scale.told(one.at_s)}" if timed else one.name for one in moments]
        places = [scale.px(one.at_s) for one in moments]
        sides = [
            _side(place, text_px(text, look.text_px), scale.plot_px)
            for place, text in zip(places, texts, strict=True)
        ]
        tiers = hanging_tiers(places, [box for _, box in sides], _MOST_TIERS)
        self._flags = [
            (place, side, tier, text)
            for place, (side, _), tier, text in zip(places, sides, tiers, texts, strict=True)
            if tier < _MOST_TIERS
        ]
        missing = len(moments) - len(self._flags)
        self.subtitle = f"and {missing} more, too close" if missing else ""
        self.height_px = self._line_px * (1 + max((tier for _, _, tier, _ in self._flags), default=0)) + 3

    def draw(self, axes: Axes) -> None:
        """Draw stems and labels."""
        for place, _, tier, _ in self._flags:
            top = self._line_px * tier + 2
            axes.plot([place, place], [top, self.height_px], color=Ink.TEXT, linewidth=1)
        for place, side, tier, text in self._flags:
            top = self._line_px * tier + 2
            beside = BESIDE_PX if side == "left" else -BESIDE_PX
            write(axes, place + beside, top + self._size_px, text, self._size_px, side, covers=True)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a band with what holds in it."""

    start_s: float
    end_s: float
    name: str
    ink: Ink


class Band:
    """What held when: stretches side by side, named where there is room."""

    subtitle, in_pixels = "", True

    def __init__(self, title: str, segments: Sequence[Segment], look: Look, scale: Scale) -> None:
        self.title = title
        self.height_px = look.text_px * 1.6
        self._size_px = look.text_px
        self._segments = segments
        self._scale = scale

    def draw(self, axes: Axes) -> None:
        """Draw the stretches."""
        for one in self._segments:
            left = max(0.0, self._scale.px(one.start_s))
            right = min(self._scale.plot_px, self._scale.px(one.end_s))
            if right <= left:
                continue
            axes.fill_between(
                [left, right], 0, self.height_px, facecolor=one.ink, edgecolor=Ink.SOFT, linewidth=0.6
            )
            for name in (clean(one.name), clean(one.name.split(",")[0])):
                if text_px(name, self._size_px) + 2 * BESIDE_PX < right - left:
                    write(axes, left + BESIDE_PX, self._size_px * 1.18, name, self._size_px)
                    break


class Trace:
    """The level of a pin, as a logic analyser shows it."""

    in_pixels = False

    def __init__(self, name: str, changes: Sequence[tuple[float, int]], look: Look, scale: Scale) -> None:
        self.title = clean(name)
        self.height_px = look.text_px * 1.7
        self._size_px = look.text_px
        self._scale = scale
        self._steps = _steps(changes, scale)
        kind = self.title.split(" ")[0]
        self._word = {
            "door": "released",
            "lamp": "lit",
            "button": "closed",
            "gong": "sounding",
            "light": "lit",
        }.get(kind, "high")
        self.subtitle = f"up: {self._word}" if look.titles_above else ""
        self._ink = Ink.OPEN if kind == "door" else Ink.TEXT

    def draw(self, axes: Axes) -> None:
        """Draw the steps, and what being high means where there is room for it."""
        xs = [self._scale.number(at_s) for at_s, _ in self._steps]
        ys = [level for _, level in self._steps]
        fill = Ink.OPENED if self._ink is Ink.OPEN else Ink.QUIET
        axes.set_ylim(-0.15, 1.15)
        axes.fill_between(xs, ys, 0, step="post", facecolor=fill, linewidth=0)
        crowded = len(xs) > self._scale.plot_px / 4
        axes.step(xs, ys, where="post", color=self._ink, linewidth=0.4 if crowded else 1.3)
        for (start_s, level), (end_s, _) in itertools.pairwise(self._steps):
            left, right = self._scale.px(start_s), self._scale.px(end_s)
            if level and right - left > text_px(self._word, self._size_px) + 2 * BESIDE_PX:
                at = self._scale.number(start_s + (end_s - start_s) * BESIDE_PX / (right - left))
                axes.text(at, 0.3, self._word, fontsize=self._size_px * POINTS, color=self._ink)
                return


def _steps(changes: Sequence[tuple[float, int]], scale: Scale) -> list[tuple[float, int]]:
    """Moment and level from one end of the axis to the other; of many changes in a pixel, two."""
    before = [high for at_s, high in changes if at_s < scale.start_s]
    first = before[-1] if before else int(not changes[0][1]) if changes else 0
    inside: list[tuple[float, int]] = []
    for _, near in itertools.groupby(
        (one for one in changes if scale.holds(one[0])), key=lambda one: int(scale.px(one[0]))
    ):
        kept = list(near)
        inside += [kept[0], kept[-1]] if len(kept) > 1 else kept
    steps = [(scale.start_s, first), *inside]
    return [(at_s, int(bool(high))) for at_s, high in [*steps, (scale.end_s, steps[-1][1])]]


def _side(place: float, width: float, plot_px: float) -> tuple[Side, Box]:
    """A label to the right of its place, or to the left where the axis ends."""
    if place + BESIDE_PX + width <= plot_px or place < width:
        return "left", (place, place + BESIDE_PX + width)
    return "right", (place - BESIDE_PX - width, place)
