"""A hearing loop at the card's second channel, whose level is not the loudspeaker's."""

from __future__ import annotations

from array import array

from .levels import Limiter

_LIMIT_DBFS = -1.0


class HearingLoop:
    """Gives both channels: the loudspeaker's left, the loop's right. For one thread only.

    Frames are mono S16. The loop has what is played before the loudspeaker's gain: neither night nor street
    change it.
    """

    def __init__(self, rate_hz: int, gain_db: float) -> None:
        self._limiter = Limiter(rate_hz, gain_db, _LIMIT_DBFS)

    def beside(self, speaker: bytes, unchanged: bytes) -> bytes:
        """The next frame, interleaved; `unchanged` is what `speaker` was made of."""
        both = array("h", bytes(2 * len(speaker)))
        both[0::2] = array("h", speaker)
        both[1::2] = array("h", self._limiter.limited(unchanged))
        return both.tobytes()
