"""A sound card in a room: its microphone hears its loudspeaker, later and weaker. It takes no time."""

from __future__ import annotations

from array import array
from collections import deque

from portier.errors import AudioError

FRAME_MS = 20


class RoomCard:
    """Fulfils `ports.Card`, and is its own open one. Frames come as fast as they are asked for.

    What is played comes back after `delay_frames`, `loss_db` weaker (None: not at all), above a rumble so
    small that it is only no silence. With `fails_at` the card goes before the frame of that number.
    """

    def __init__(
        self,
        rate_hz: int,
        loss_db: float | None = 20.0,
        delay_frames: int = 3,
        fails_at: int | None = None,
    ) -> None:
        self._rate_hz = rate_hz
        self._share = 0.0 if loss_db is None else 10 ** (-loss_db / 20)
        self._silent = bytes(2 * rate_hz * FRAME_MS // 1000)
        self._coming = deque([self._silent] * delay_frames)
        self._fails_at = fails_at
        self._reads = 0
        self.is_open = False
        self.loudest = 0

    @property
    def rate_hz(self) -> int:
        """Samples a second, in both directions."""
        return self._rate_hz

    def open(self) -> RoomCard:
        """Open it."""
        self.is_open = True
        return self

    def read(self) -> bytes | None:
        """What is heard in the next 20 ms."""
        if self._reads == self._fails_at:
            raise AudioError("audio: the card in its room stopped: No such device")
        self._reads += 1
        frame = array("h", self._coming.popleft())
        return array(
            "h", [round(one * self._share) + place * place % 23 - 11 for place, one in enumerate(frame)]
        ).tobytes()

    def write(self, frame: bytes) -> bool:
        """Play 20 ms."""
        self.loudest = max(self.loudest, *map(abs, array("h", frame)))
        self._coming.append(frame)
        return True

    def heard(self) -> None:
        """What is played meanwhile is always the frame before."""

    def close(self) -> None:
        """Give it back."""
        self.is_open = False
