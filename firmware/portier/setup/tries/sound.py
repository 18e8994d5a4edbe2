"""Child: plays the station's tones, or listens to the microphone, by the station's own media line.

Says READY, then PLAYED at the end of the tones, or LEVEL (number: peak of the last 200 ms, 0 to 32767); LOST
when the card fails.
"""

from __future__ import annotations

import sys

from portier import app
from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.meter import peak
from portier.core.effects import Tone
from portier.core.events import Event, SoundLost
from portier.plan import SoundPlan
from portier.setup.tries import What, child, tell, told_to_end

_TONES = (Tone.GRANTED, Tone.GRANTED, Tone.GRANTED)
_TONE_LIMIT_S = 6.0
_LISTEN_LIMIT_S = 60.0
_LOOK_S = 0.05
_STOP_S = 1.0
_FRAMES_A_LEVEL = 10


class _Ear:
    """A far end that says nothing and looks at what the microphone gives."""

    def __init__(self) -> None:
        self._frames = 0
        self._peak = 0

    def attach(self) -> None:
        """Nothing to attach to."""

    def take_clock(self) -> None:
        """No clock but the card's."""

    def exchange(self, captured: bytes) -> bytes | None:
        """Look at a frame; there is nothing to hear."""
        self._peak = max(self._peak, peak(captured))
        self._frames += 1
        if self._frames % _FRAMES_A_LEVEL == 0:
            tell(What.LEVEL, number=self._peak)
            self._peak = 0
        return None

    def give_clock(self) -> None:
        """No clock but the card's."""


def play(line: MediaLine) -> None:
    """Play the tone of a released door, a few times."""
    for tone in _TONES:
        line.play(tone)
        waited_s = 0.0
        while line.stats.busy and waited_s < _TONE_LIMIT_S:
            if told_to_end(_LOOK_S):
                return
            waited_s += _LOOK_S
    tell(What.PLAYED)


def listen(line: MediaLine) -> None:
    """Tell how loud it is until the parent has heard enough."""
    line.open()
    told_to_end(_LISTEN_LIMIT_S)


def main(mode: str, card: str, capture: str, playback: str, rate_hz: str) -> int:
    """The child: `mode` is "tone" or "microphone", `card` "alsa" or "simulated"."""
    kinds: dict[str, SoundPlan] = {
        "alsa": SoundPlan("alsa", capture, playback, None),
        "simulated": SoundPlan("simulated", "", "", None),
    }

    def work() -> None:
        line = MediaLine(app.make_card(kinds[card], int(rate_hz)), _Ear(), _told)
        line.start()
        try:
            tell(What.READY)
            play(line) if mode == "tone" else listen(line)
        finally:
            line.stop(_STOP_S)

    return child(work)


def _told(event: Event) -> None:
    if isinstance(event, SoundLost):
        tell(What.LOST)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
