"""What the loudspeaker plays while a frame is captured: for who takes its echo out of that. Pure."""

from __future__ import annotations

from array import array
from collections import deque
from statistics import median

from portier.adapters.audio.drift import RESERVE_S

EARLIER_S = RESERVE_S
"""Told so much early, but no more than is written: no echo may come before its sound. A card that knows its
queue by the period alone tells it too long by as much as that."""

PERIOD_S = 0.010
"""A card with longer periods has what comes before its sound made up for."""

_AGREE_S = 0.001
_SUDDEN_S = 0.002
_SLOW_S = 0.000125
_SUDDEN_LOOKS, _SLOW_LOOKS = 3, 5
_STEP_SAMPLES, _FAR_OFF_STEP_SAMPLES = 1, 4
"""Each step is an echo that comes by another way: small ones spoil nothing, great ones follow bad clocks."""


class Heard:
    """What was written to a loudspeaker (S16), as late as it is played: how deep its queue is, is followed.

    What is written and what is captured change the queue by what is known. What is not known, looks at the
    queue tell: what three of them in a row agree upon, as after a stall, counts at once; of the rest, such as
    clocks that differ or a card that tells its queue by the period, a little is followed at each.
    """

    def __init__(self, rate_hz: int, frame_samples: int, channels: int = 1, period_samples: int = 0) -> None:
        self._frame_samples = frame_samples
        self._channels = channels
        longer_samples = max(0, period_samples - round(PERIOD_S * rate_hz))
        self._earlier_samples = round(EARLIER_S * rate_hz) + longer_samples
        self._agree_samples = _AGREE_S * rate_hz
        self._sudden_samples = _SUDDEN_S * rate_hz
        self._slow_samples = _SLOW_S * rate_hz
        self._most_samples = rate_hz // 4
        self._written = bytes(2 * self._most_samples)
        self._depth_samples = 0
        self._looked = False
        self._errors: deque[int] = deque(maxlen=_SLOW_LOOKS)

    def wrote(self, pcm: bytes) -> None:
        """So much was put into the queue."""
        self._depth_samples += len(pcm) // (2 * self._channels)
        first = pcm if self._channels == 1 else array("h", pcm)[:: self._channels].tobytes()
        self._written = (self._written + first)[-2 * self._most_samples :]

    def captured(self) -> None:
        """A frame was captured, and as much played."""
        self._depth_samples -= self._frame_samples

    def ran_dry(self) -> None:
        """The queue was found empty, at the end of a captured frame."""
        self._depth_samples = -self._frame_samples
        self._errors.clear()

    def seen(self, depth_samples: int) -> None:
        """What waits was looked at, at the end of a captured frame, before the next is written."""
        if not self._looked:
            self._looked, self._depth_samples = True, depth_samples
            return
        errors = self._errors
        errors.append(depth_samples - self._depth_samples)
        if len(errors) < _SUDDEN_LOOKS:
            return
        last = [errors[at] for at in range(-_SUDDEN_LOOKS, 0)]
        usual = round(median(last))
        if abs(usual) > self._sudden_samples and max(last) - min(last) <= self._agree_samples:
            self._depth_samples += usual
            errors.clear()
        elif len(errors) == _SLOW_LOOKS and abs(mean := sum(errors) / _SLOW_LOOKS) > self._slow_samples:
            step = _STEP_SAMPLES if abs(mean) <= self._agree_samples else _FAR_OFF_STEP_SAMPLES
            self._follow(step if mean > 0 else -step)

    def frame(self) -> bytes:
        """What was played, on the first channel, while the last frame was captured; a little early."""
        late_samples = min(
            max(0, self._depth_samples - self._earlier_samples), self._most_samples - self._frame_samples
        )
        end = len(self._written) - 2 * late_samples
        return self._written[end - 2 * self._frame_samples : end]

    def _follow(self, samples: int) -> None:
        self._depth_samples += samples
        for at in range(len(self._errors)):
            self._errors[at] -= samples
