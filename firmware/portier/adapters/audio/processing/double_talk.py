"""When both speak: how much of what a linear canceller leaves may be heard beside what AEC3 leaves.

AEC3 takes away what it is not sure of: of a visitor who speaks together with the loudspeaker it keeps little.
A linear filter takes away only what it can predict, so that the visitor stays whole, and some echo with him.
While both speak that echo is hidden by the visitor; while the far end speaks alone nothing may be let
through. Pure: it is told powers, and answers with a share.
"""

from __future__ import annotations

MOST = 0.75
"""The share of the linear canceller's sound in double talk; the rest is AEC3's."""

_FAR_SPEAKS = 30.0**2
_ECHO_ALONE = 10**-2.6
"""AEC3 left so little of the microphone's sound that it was echo alone."""

_BOTH = 10**-2.7
_BESIDE_ECHO = 10**0.4
"""So much more than is left of echo alone is somebody else."""

_ABOVE_NOISE = 8.0
_NOISE_RISES = 1.005
"""In a frame of 20 ms, as all that follows."""
_LEAST_NOISE = 1.0
_LOUD_ECHO = 100.0**2
_FADES, _FORGETS = 0.85, 0.97
_LEAST_FIT, _FULL_FIT = 10**0.3, 10**0.6
"""From this much taken away on the linear filter is heard at all, and from that much on fully."""

_REMEMBERS, _TAKEN_AWAY = 0.9, -0.3
"""What is predicted rightly goes out of the microphone's sound, and its power with it. After the card has
slipped, or somebody has moved the microphone, it does not: what is predicted then comes on top."""

_SEEN_FRAMES = 25
"""Of echo alone, before it is known how well the linear filter fits."""

_HANG_FRAMES = 20
_DOWN_A_FRAME = 0.25


class DoubleTalk:
    """For frames of `frame_ms`, S16. Powers are mean squares of a frame. For one thread only."""

    def __init__(self, frame_ms: int = 20) -> None:
        frames = frame_ms / 20
        self._fades, self._forgets, self._remembers = _FADES**frames, _FORGETS**frames, _REMEMBERS**frames
        self._noise_rises = _NOISE_RISES**frames
        self._seen_frames, self._hang_frames = round(_SEEN_FRAMES / frames), round(_HANG_FRAMES / frames)
        self._down_a_frame = _DOWN_A_FRAME * frames
        self.begin()

    def begin(self) -> None:
        """A call begins: how well the linear filter fits has to be seen anew."""
        self.share = 0.0
        self._noise = 1e9
        self._microphone = self._predicted = 0.0
        self._forget_fit()
        self._gone = self._expected = 0.0
        self._far_hangs = 0

    def _forget_fit(self) -> None:
        self._echo = self._left = 1e-9
        self._seen = self._hangs = 0

    def weigh(
        self, far: float, microphone: float, linear: float, predicted: float, cancelled: float
    ) -> float:
        """The share, 0 to `MOST`, at the end of this frame.

        `far` went to the loudspeaker, `microphone` was heard; `linear` is what the linear filter left of
        that, `predicted` what it took away, and `cancelled` what AEC3 left.
        """
        self._far_hangs = self._hang_frames if far > _FAR_SPEAKS else self._far_hangs - 1
        self._hangs -= 1
        self._noise = min(max(microphone, _LEAST_NOISE), self._noise * self._noise_rises)
        self._microphone = max(microphone, self._microphone * self._fades)
        self._predicted = max(predicted, self._predicted * self._fades)
        self._gone = self._gone * self._remembers + microphone - linear
        self._expected = self._expected * self._remembers + predicted
        if self._gone < _TAKEN_AWAY * self._expected:
            self._forget_fit()
        wanted = self._wanted(microphone, linear, cancelled) if self._far_hangs > 0 else 0.0
        self.share = max(wanted, self.share - self._down_a_frame)
        return self.share

    def _wanted(self, microphone: float, linear: float, cancelled: float) -> float:
        if self._hangs <= 0 and microphone > _LOUD_ECHO and cancelled < _ECHO_ALONE * self._microphone:
            self._seen += 1
            self._echo = self._forgets * self._echo + microphone
            self._left = self._forgets * self._left + linear
        fit = self._echo / self._left
        if (
            cancelled > _BOTH * self._microphone
            and linear * fit > _BESIDE_ECHO * self._predicted
            and cancelled > _ABOVE_NOISE * self._noise
        ):
            self._hangs = self._hang_frames
        if self._hangs <= 0 or self._seen < self._seen_frames:
            return 0.0
        return MOST * min(1.0, max(0.0, (fit - _LEAST_FIT) / (_FULL_FIT - _LEAST_FIT)))
