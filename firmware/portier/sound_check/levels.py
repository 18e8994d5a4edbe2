"""How loud the microphone is, and what is played, shown as long as somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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


def show(
    card: Card, say: Callable[[str], None], *, seconds: float | None, tone: bool, terminal: bool
) -> None:
    """Show both directions: on a terminal bars that move, else a line a second. Raises AudioError.

    `seconds` None: for ever. With `tone` a short tone is played every two seconds. `say` ends no line.
    """
    bars = (Bar("microphone"), Bar("loudspeaker"))
    every = _FRAMES_A_DRAWING if terminal else _FRAMES_A_LINE
    peaks = [0, 0]
    drawn = False
    for number, (played, captured) in enumerate(moved(card, _frames(card.rate_hz, seconds, tone)), 1):
        peaks = [max(peaks[0], peak(captured)), max(peaks[1], peak(played))]
        if number % every:
            continue
        for bar, one in zip(bars, peaks, strict=True):
            bar.take(one, number * FRAME_MS / 1000)
        peaks = [0, 0]
        if terminal:
            say((_UP_AND_CLEAR * len(bars) if drawn else "") + "".join(f"{bar.drawn()}\n" for bar in bars))
            drawn = True
        else:
            say("; ".join(bar.said() for bar in bars) + "\n")


def _frames(rate_hz: int, seconds: float | None, tone: bool) -> Iterator[bytes]:
    silent = bytes(2 * rate_hz * FRAME_MS // 1000)
    beep = frames_of(Tone.TALK_NOW, rate_hz) if tone else ()
    count = 0
    while seconds is None or count * FRAME_MS < 1000 * seconds:
        place = count % _FRAMES_A_TONE
        yield beep[place] if place < len(beep) else silent
        count += 1
