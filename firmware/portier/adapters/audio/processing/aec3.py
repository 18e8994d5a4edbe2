"""Echo cancellation by WebRTC's AEC3 of pywebrtc-audio, with a linear canceller beside it for double talk."""

from __future__ import annotations

import logging
import math
from collections import deque

import numpy as np
from numpy.typing import NDArray
from pywebrtc_audio import AudioProcessor, EchoCanceller

from portier.adapters.audio.tones import FRAME_MS
from portier.errors import AudioError

from .double_talk import DoubleTalk
from .linear import LinearCanceller

LOG = logging.getLogger(__name__)

_WARM_UP_FRAMES = 50
_LONGEST_DELAY_S = 0.016
_SETTLES_S = 0.02
"""What the high-pass has forgotten after this long is below a sample's last bit."""

Samples = NDArray[np.int16]


class Aec3:
    """Fulfils `chain.Canceller`, for frames of 10 or 20 ms at 8 or 16 kHz. For one thread only.

    Made and warmed up at the station's start: its first frame takes much longer than the others.
    """

    def __init__(self, rate_hz: int, frame_samples: int | None = None, *, linear: bool = True) -> None:
        self._rate_hz = rate_hz
        self._frame = frame_samples or rate_hz * FRAME_MS // 1000
        self._linear = self._made_linear() if linear else None
        self.name = "AEC3 and a linear filter" if self._linear else "AEC3"
        # In place of digital silence, after a while of which AEC3 computes with denormal numbers: ten times
        # as long.
        faint = np.random.default_rng(1).integers(-1, 2, self._frame)
        self._faint = faint.astype(np.int16).tobytes()
        self._silent = bytes(2 * self._frame)
        self._processor = _processor(rate_hz)
        # AEC3 has one in front of it, always: both must sound the same where they are mixed.
        self._high_pass = _high_pass(rate_hz)
        # What resamples is late itself.
        self._delay = self._late_by(_processor(rate_hz)) - self._late_by(_high_pass(rate_hz))
        self._double_talk = DoubleTalk(1000 * self._frame // rate_hz)
        self._ramp = np.linspace(0, 1, self._frame, dtype=np.float32)
        self._late: Samples = np.zeros(self._delay, np.int16)
        # The high-pass runs while it is heard alone, and then begins with these.
        earlier = math.ceil((self._delay + _SETTLES_S * rate_hz) / self._frame)
        self._earlier = deque([np.zeros(self._frame, np.int16)] * earlier, earlier)
        self._passes = False
        self._warm_up()

    def begin(self) -> None:
        """A call begins. What was learnt since the card was opened stays."""
        self._double_talk.begin()

    def opened(self) -> None:
        """The card was opened, which may have brought another delay: what was learnt would cancel wrongly."""
        self._processor.reset()
        if self._linear:
            self._linear.reset()
        self._earlier.extend([np.zeros(self._frame, np.int16)] * len(self._earlier))
        self._passes = False
        self._double_talk.begin()

    def cancelled(self, near: bytes, far: bytes) -> bytes:
        """What is left of a captured frame; `far` was played meanwhile. ValueError for other lengths."""
        if len(near) != 2 * self._frame or len(far) != len(near):
            raise ValueError(f"a frame has {2 * self._frame} bytes here, these {len(near)} and {len(far)}")
        near, far = self._sounding(near), self._sounding(far)
        heard, played = np.frombuffer(near, np.int16), np.frombuffer(far, np.int16)
        left = self._processor.process(heard, played)
        if self._linear is None:
            return left.tobytes()
        linear = self._linear.cancelled(near, far)
        exact = heard.astype(np.float32)
        cancelled = left.astype(np.float32)
        mixed = self._mixed(exact, linear, cancelled, played.astype(np.float32))
        return left.tobytes() if mixed is None else mixed.astype(np.int16).tobytes()

    def _sounding(self, frame: bytes) -> bytes:
        return self._faint if frame == self._silent else frame

    def _mixed(
        self,
        heard: NDArray[np.float32],
        linear: Samples,
        cancelled: NDArray[np.float32],
        played: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """AEC3's sound with the linear one's share; None where that is none."""
        exact = linear.astype(np.float32)
        predicted = heard - exact
        begins = self._double_talk.share
        ends = self._double_talk.weigh(
            *(float(one @ one) / self._frame for one in (played, heard, exact, predicted, cancelled))
        )
        if begins == ends == 0.0:
            self._earlier.append(linear)
            self._passes = False
            return None
        late = self._passed(linear)
        self._earlier.append(linear)
        share = begins + (ends - begins) * self._ramp
        return np.asarray(cancelled + (late - cancelled) * share)

    def _passed(self, linear: Samples) -> Samples:
        """The linear canceller's sound through the high-pass, as late as AEC3's."""
        if not self._passes:
            passed = np.concatenate([self._high_pass.process(one) for one in self._earlier])
            self._late = passed[len(passed) - self._delay :]
            self._passes = True
        both = np.concatenate((self._late, self._high_pass.process(linear)))
        self._late = both[self._frame :]
        return both[: self._frame]

    def _made_linear(self) -> LinearCanceller | None:
        try:
            return LinearCanceller(self._rate_hz, self._frame)
        except AudioError as error:
            LOG.warning("%s. Until then, while both speak, the visitor is heard more weakly", error)
            return None

    def _late_by(self, trial: AudioProcessor | EchoCanceller) -> int:
        """By how many samples it is late: a click shows it."""
        click = np.zeros(self._rate_hz // 10, np.int16)
        place = self._rate_hz // 20
        click[place] = 16000
        longest = round(self._rate_hz * _LONGEST_DELAY_S)
        heard = trial.process(click, np.resize(np.frombuffer(self._faint, np.int16), len(click)))
        return int(np.abs(heard[place : place + longest].astype(np.int32)).argmax())

    def _warm_up(self) -> None:
        noise = (np.random.default_rng(2).standard_normal(self._frame) * 1000).astype(np.int16).tobytes()
        for _ in range(_WARM_UP_FRAMES):
            self.cancelled(noise, noise)
        silent = bytes(len(noise))
        for _ in range(_WARM_UP_FRAMES):
            self.cancelled(silent, silent)
        self.opened()


def _high_pass(rate_hz: int) -> AudioProcessor:
    return AudioProcessor(sample_rate=rate_hz, high_pass_filter=True)


def _processor(rate_hz: int) -> AudioProcessor | EchoCanceller:
    """AEC3 alone where it takes this rate; what resamples for it looks for voices, too, which takes time."""
    if rate_hz == 16000:
        return EchoCanceller(sample_rate=rate_hz)
    return AudioProcessor(sample_rate=rate_hz, echo_cancellation=True)
