"""The row of the picture that shows SIP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .layout import groups
from .row import BESIDE_PX, write
from .scale import Look, Scale, fitted, text_px
from .style import Ink
from .wording import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LINES = 12
_LONGEST_SHARE = 0.48
"""Of the axis, for one message: two lists always fit side by side."""
_TO_LINE, _TO_DOOR = "\N{UPWARDS ARROW}", "\N{DOWNWARDS ARROW}"


class Messages:
    """SIP between two lifelines: an arrow at each moment, and the names of neighbours in one list."""

    title, in_pixels = "SIP", True
    subtitle = f"{_TO_LINE} sent  {_TO_DOOR} came"
    line_y, door_y = 7.0, 41.0

    def __init__(self, messages: Sequence[tuple[float, bool, str]], look: Look, scale: Scale) -> None:
        self._size_px, self._line_px = look.small_px, look.small_px * 1.3
        self._messages = [(scale.px(at_s), sent) for at_s, sent, _ in messages]
        self._plot_px = scale.plot_px
        room = _LONGEST_SHARE * scale.plot_px
        self._texts = [
            fitted(f"{scale.told(at_s)} {_TO_LINE if sent else _TO_DOOR} {clean(text)}", look.small_px, room)
            for at_s, sent, text in messages
        ]
        least = text_px("and 9999 more", look.small_px)
        widths = [max(least, text_px(text, look.small_px)) + 6 for text in self._texts]
        self._groups = groups([place for place, _ in self._messages], widths, scale.plot_px)
        longest = max((one.last - one.first + 1 for one in self._groups), default=0)
        self.height_px = self.door_y + 10 + self._line_px * min(longest, _MOST_LINES)

    def draw(self, axes: Axes) -> None:
        """Draw lifelines, arrows and lists."""
        for y, name, ink in ((self.line_y, "line", Ink.LINE), (self.door_y, "door", Ink.DOOR)):
            axes.plot([0, self._plot_px], [y, y], color=ink, linewidth=1.6)
            write(axes, -BESIDE_PX, y + self._size_px * 0.36, name, self._size_px, "right", ink)
        for sent, ink, marker, tip in (
            (True, Ink.DOOR, "^", self.line_y + 4.5),
            (False, Ink.LINE, "v", self.door_y - 4.5),
        ):
            places = [place for place, is_sent in self._messages if is_sent is sent]
            axes.vlines(places, self.line_y, self.door_y, colors=ink, linewidth=1)
            axes.plot(places, [tip] * len(places), marker, color=ink, markersize=5, markeredgewidth=0)
        for group in self._groups:
            self._draw_list(axes, group.first, group.last, group.left_px)

    def _draw_list(self, axes: Axes, first: int, last: int, left: float) -> None:
        top = self.door_y + 8
        begin, end = self._messages[first][0], self._messages[last][0]
        lines = list(range(first, last + 1))
        dropped = max(0, len(lines) - _MOST_LINES)
        if dropped:
            lines = lines[: _MOST_LINES - 1]
        bottom = top + self._line_px * (len(lines) + bool(dropped))
        across, down = self.door_y + 5, [left, left]
        axes.plot([min(begin, left), max(end, left)], [across, across], color=Ink.SOFT, linewidth=1)
        axes.plot(down, [across, bottom], color=Ink.SOFT, linewidth=1)
        for at, number in enumerate(lines):
            ink = Ink.DOOR if self._messages[number][1] else Ink.LINE
            base = top + self._line_px * (at + 0.8)
            write(axes, left + 4, base, self._texts[number], self._size_px, ink=ink, covers=True)
        if dropped:
            words = f"and {dropped + 1} more"
            write(axes, left + 4, bottom - self._line_px * 0.2, words, self._size_px, ink=Ink.SOFT)
