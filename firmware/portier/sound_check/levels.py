"""How loud the microphone is, and what is played, shown as long as somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from portier.adapters.audio.meter import peak
from portier.adapters.audio.tones import FRAME_MS, frames_of
from portier.core.effects import Tone
from portier.ports import Card

from .bars import Bar
from .moving import moved

_FRAMES_A_DRAWING = 5
_FRAMES_A_LINE = 50
_FRAMES_A_TONE = 100
_UP_AND_CLEAR = "\x1b[F\x1b[K"


class Drawing:
    """Bars, one below the other: on a terminal drawn over and over, else as a line. `say` ends no line."""

    def __init__(self, bars: Sequence[Bar], say: Callable[[str], None], *, terminal: bool) -> None:
        self._bars = bars
        self._say = say
        self._terminal = terminal
        self._drawn = False

    def take(self, peaks: Sequence[int], at_s: float) -> None:
        """Show a peak of each bar (S16, without its sign), of the moment `at_s`."""
        for bar, one in zip(self._bars, peaks, strict=True):
            bar.take(one, at_s)
        if not self._terminal:
            self._say("; ".join(bar.said() for bar in self._bars) + "\n")
            return
        up = _UP_AND_CLEAR * len(self._bars) if self._drawn else ""
        self._say(up + "".join(f"{bar.drawn()}\n" for bar in self._bars))
        self._drawn = True


def show(
    card: Card, say: Callable[[str], None], *, seconds: float | None, tone: bool, terminal: bool
) -> None:
    """Show both directions: on a terminal bars that move, else a line a second. Raises AudioError.

    `seconds` None: for ever. With `tone` a short tone is played every two seconds. `say` ends no line.
    """
    drawing = Drawing((Bar("microphone"), Bar("loudspeaker")), say, terminal=terminal)
    every = _FRAMES_A_DRAWING if terminal else _FRAMES_A_LINE
    peaks = [0, 0]
    for number, (played, captured) in enumerate(moved(card, _frames(card.rate_hz, seconds, tone)), 1):
        peaks = [max(peaks[0], peak(captured)), max(peaks[1], peak(played))]
        if number % every:
            continue
        drawing.take(peaks, number * FRAME_MS / 1000)
        peaks = [0, 0]


def _frames(rate_hz: int, seconds: float | None, tone: bool) -> Iterator[bytes]:
    silent = bytes(2 * rate_hz * FRAME_MS // 1000)
    beep = frames_of(Tone.TALK_NOW, rate_hz) if tone else ()
    count = 0
    while seconds is None or count * FRAME_MS < 1000 * seconds:
        place = count % _FRAMES_A_TONE
        yield beep[place] if place < len(beep) else silent
        count += 1
