"""Keys in the sound of the far end: which of its tone pairs are a press, and which are our own, come back.

What the street plays into our microphone is heard in the far room and may come back by its telephone. So
a pair that was in what we sent during the 3 s before counts as an echo, unless the far end had sent it before
and our own loudspeaker brought it to the microphone: then only what is clearly weaker has made the whole
round. What comes back later than that counts as a key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from portier.adapters.audio.tone_pairs import Pair, PairFinder, Samples
from portier.keys_heard import Stage

TellKey = Callable[[str, Stage, float, float], None]
"""Told from the media thread: the key, the stage, a moment of the line's clock, and how long so far in s."""

STEP_S = 0.010
ECHO_S = 3.0
"""How long what we sent may take to come back, by way of mobile networks and full buffers."""

_ENDS_STEPS = 4
"""A gap of 10 ms is seen as three steps at most, and one of 40 ms as five (Q.24: no end, and an end)."""

_TELL_STEPS = 20
_WINDOW_STEPS = 3
_ECHO_STEPS, _LOUDSPEAKER_STEPS = round(ECHO_S / STEP_S), 40
"""How long after the far end has sent a tone our microphone may still hear it from our loudspeaker."""

_ROUND_DB = 10.0
"""So much weaker than a key of the far end's is the same one that has been at our microphone and back."""


@dataclass(slots=True)
class _Press:
    """A key that is down: `own` where it is what we sent. Times in steps; `dbfs` is of a tone as it began."""

    key: str = field(repr=False)
    begun: int
    seen: int
    own: bool
    dbfs: float


class ToneKeys:
    """Listens to one call, for the media thread alone. Frames are 20 ms of mono S16 at `rate_hz`."""

    def __init__(self, rate_hz: int, tell: TellKey) -> None:
        self._rate_hz = rate_hz
        self._tell = tell
        self._finder = PairFinder(rate_hz)
        self._frame = round(0.02 * rate_hz)
        self._silent = np.zeros(self._frame)
        self.begin()

    def begin(self) -> None:
        """A call begins."""
        self._steps = 0
        self._far: Samples = self._silent
        self._sent = np.zeros(round(ECHO_S * self._rate_hz), np.int16)
        self._sent_at = 0
        self._last: Pair | None = None
        self._press: _Press | None = None
        self._theirs: deque[_Press] = deque()

    def hear(self, captured: bytes, far: bytes | None, at_s: float) -> None:
        """Take what we sent and what the far end sent in this frame; tell the keys."""
        self._keep(captured)
        frame = self._silent if far is None else np.frombuffer(far, np.int16).astype(np.float64)
        half = self._frame // 2
        sound = np.concatenate((self._far, frame))
        self._far = frame
        for begin in (0, half):
            self._steps += 1
            self._step(sound[begin : begin + self._frame + half], at_s)

    def _step(self, sound: Samples, at_s: float) -> None:
        """Look at the last 20 of these 30 ms; a key that begins must fill them all."""
        press, before, pair = self._press, self._last, self._finder.find(sound[-self._frame :])
        self._last, key = pair, pair.key if pair else None
        if press and press.key == key:
            press.seen = self._steps
            if (self._steps - press.begun) % _TELL_STEPS == 0:
                self._say(press, Stage.HELD, at_s)
            return
        begins = pair and before and before.key == key and self._finder.sure(sound, before, pair)
        if press and (begins or self._steps - press.seen >= _ENDS_STEPS):
            self._say(press, Stage.UP, at_s)
            self._press = None
        if begins and pair:
            self._press = _Press(pair.key, self._steps - 1, self._steps, self._is_own(pair), _dbfs(pair))
            if not self._press.own:
                self._theirs.append(self._press)
            self._say(self._press, Stage.DOWN, at_s)

    def _say(self, press: _Press, stage: Stage, at_s: float) -> None:
        if not press.own:
            self._tell(press.key, stage, at_s, (press.seen - press.begun + 2) * STEP_S)

    def _keep(self, captured: bytes) -> None:
        self._sent[self._sent_at : self._sent_at + self._frame] = np.frombuffer(captured, np.int16)
        self._sent_at = (self._sent_at + self._frame) % len(self._sent)

    def _is_own(self, pair: Pair) -> bool:
        """Whether the same pair was in what we sent of late, and the far end had not sent it so loud."""
        sent = np.roll(self._sent, -self._sent_at).astype(np.float64)
        there = self._finder.holds(sent, pair)
        # What we sent ends with the second step of a frame; its first window began `ECHO_S` before.
        oldest = self._steps + self._steps % 2 - _ECHO_STEPS
        while self._theirs and self._theirs[0].seen + _LOUDSPEAKER_STEPS < oldest:
            self._theirs.popleft()
        begins = oldest + np.arange(len(there))
        from_street, weaker = there.copy(), False
        for press in self._theirs:
            if press.key == pair.key:
                weaker |= _dbfs(pair) <= press.dbfs - _ROUND_DB
                from_street &= (begins < press.begun - _WINDOW_STEPS) | (
                    begins > press.seen + _LOUDSPEAKER_STEPS
                )
        return bool(from_street.any() or (weaker and there.any()))


def _dbfs(pair: Pair) -> float:
    return (pair.low_dbfs + pair.high_dbfs) / 2
