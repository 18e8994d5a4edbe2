"""Parts of the media thread alone, as a program: `alone.py sleep|line RATE_HZ SECONDS` prints CPU seconds.

`sleep` wakes fifty times a second and does nothing; `line` is the station's media line on a simulated card,
with a far end that gives each frame back: no PJSIP, no ALSA.
"""

from __future__ import annotations

import sys
import threading
import time

from portier.adapters.audio.line import MediaLine
from portier.bench.card import FRAME_S, SimulatedCard
from portier.bench.voice import voice
from portier.core.events import Event


class Echo:
    """A far end that gives every frame back."""

    def attach(self) -> None:
        """Nothing to do."""

    def take_clock(self) -> None:
        """Nothing to do."""

    def exchange(self, captured: bytes) -> bytes | None:
        """The same frame."""
        return captured

    def give_clock(self) -> None:
        """Nothing to do."""


def main(what: str, rate_hz: int, seconds: float) -> None:
    """Run one part for some seconds."""
    if what == "sleep":
        thread = threading.Thread(target=_sleep, args=(seconds,))
        before_s = time.process_time()
        thread.start()
        thread.join()
    else:
        card = SimulatedCard(rate_hz, voice("door", rate_hz, 2.0))
        line = MediaLine(card, Echo(), _nobody)
        line.start()
        line.open()
        time.sleep(1.0)
        before_s = time.process_time()
        time.sleep(seconds)
    print(time.process_time() - before_s, flush=True)


def _sleep(seconds: float) -> None:
    due_s = time.monotonic()
    until_s = due_s + seconds
    while due_s < until_s:
        due_s += FRAME_S
        time.sleep(max(0.0, due_s - time.monotonic()))


def _nobody(event: Event) -> None:
    del event


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
