"""How loud both ways of a running station's call are, as the station tells it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from .bars import Bar
from .levels import Drawing

_A_LITTLE_FASTER = 0.8
"""What is drawn is a second late, and is not to be later and later."""


def show(
    events: Iterable[dict[str, Any]],
    say: Callable[[str], None],
    *,
    seconds: float | None,
    terminal: bool,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Show the levels of `events` of the control socket; why it ended, "" where the seconds are over.

    On a terminal bars that move, else a line a second. `seconds` None: as long as the call.
    """
    drawing = Drawing((Bar("microphone"), Bar("far end")), say, terminal=terminal)
    at_s = 0.0
    for event in events:
        if event.get("event") != "levels":
            continue
        if "over" in event:
            return str(event["over"])
        every_s = float(event["every_s"])
        pairs = list(zip(event["microphone"], event["far_end"], strict=False))
        # Without a terminal the highest of the second is told.
        highest = [max(one) for one in zip(*pairs, strict=True)]
        for place, peaks in enumerate(pairs if terminal else [highest]):
            drawing.take(peaks, at_s + place * every_s)
            if terminal:
                pause(every_s * _A_LITTLE_FASTER)
        at_s += every_s * len(pairs)
        if seconds is not None and at_s >= seconds:
            return ""
    return "the station ended"
