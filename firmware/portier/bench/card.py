"""A sound card without hardware: it keeps time, plays a microphone and remembers what was heard."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from portier.bench.echo_path import EchoPath
from portier.errors import AudioError

FRAME_S = 0.02
LATE_FRAMES = 4
READ_LIMIT_S = 0.2
KEPT_S = 600.0

Microphone = bytes | Callable[[int], bytes]
"""PCM (mono S16) that is repeated from each opening, or a function: frame number since then -> frame."""


class SimulatedCard:
    """A card paced by the monotonic clock alone: fulfils `ports.Card`.

    Of what it plays, the last ten minutes are kept in memory with the moment of each frame. With an `echo`
    its microphone hears its loudspeaker.
    `mute_microphone` and `mute_speaker` sabotage it, for a check that must notice; `vanish()` and
    `come_back()` act as the cable of a USB card.
    """

    def __init__(self, rate_hz: int, microphone: Microphone = b"", echo: EchoPath | None = None) -> None:
        self._echo = echo
        self.mute_microphone = False
        self.mute_speaker = False
        self.is_open = False
        self._rate_hz = rate_hz
        self._frame_bytes = 2 * round(rate_hz * FRAME_S)
        self._microphone = microphone
        self._gone = False
        self._stalled = False
        self._lock = threading.Lock()
        self._played: deque[tuple[float, bytes]] = deque(maxlen=round(KEPT_S / FRAME_S))

    @property
    def rate_hz(self) -> int:
        """Samples a second, in both directions."""
        return self._rate_hz

    @property
    def heard(self) -> bytes:
        """All that was played, mono S16 in order, without the pauses in which the card was closed."""
        return b"".join(frame for _, frame in self._frames())

    @property
    def heard_from_s(self) -> float | None:
        """The monotonic moment of the first frame that is kept; None while nothing has been played."""
        frames = self._frames()
        return frames[0][0] if frames else None

    def heard_between(self, start_s: float, end_s: float) -> bytes:
        """What was played between two monotonic moments, mono S16; silence where nothing was."""
        count = max(0, round((end_s - start_s) * self._rate_hz))
        pcm = bytearray(2 * count)
        for at_s, frame in self._frames():
            first = round((at_s - start_s) * self._rate_hz)
            last = first + len(frame) // 2
            if first < count and last > 0:
                skipped, end = max(0, -first), min(last, count)
                pcm[2 * (first + skipped) : 2 * end] = frame[2 * skipped : 2 * (end - first)]
        return bytes(pcm)

    def forget(self) -> None:
        """Keep nothing of what was played so far."""
        with self._lock:
            self._played.clear()

    def open(self) -> OpenSimulatedCard:
        """Open both directions; AudioError while the card is gone, or open already."""
        if self._gone:
            raise AudioError("audio: the simulated card has been pulled out. Cards here: none")
        if self.is_open:
            raise AudioError("audio: cannot open the simulated card: Device or resource busy")
        self.is_open = True
        return OpenSimulatedCard(self._check, self._captured, self._play, self._release)

    def vanish(self, silently: bool = False) -> None:
        """Pull the card out: everything raises AudioError, or `silently` no frame comes any more."""
        self._gone, self._stalled = not silently, silently

    def come_back(self) -> None:
        """Plug the card in again."""
        self._gone = self._stalled = False

    def _release(self) -> None:
        self.is_open = False

    def _frames(self) -> list[tuple[float, bytes]]:
        with self._lock:
            return list(self._played)

    def _captured(self, number: int) -> bytes:
        frame = self._spoken(number)
        return frame if self._echo is None or self.mute_microphone else self._echo.over(frame)

    def _spoken(self, number: int) -> bytes:
        if self.mute_microphone or self._microphone == b"":
            return bytes(self._frame_bytes)
        if callable(self._microphone):
            return self._microphone(number)
        start = number * self._frame_bytes % len(self._microphone)
        frame = self._microphone[start : start + self._frame_bytes]
        while len(frame) < self._frame_bytes:
            frame += self._microphone[: self._frame_bytes - len(frame)]
        return frame

    def _play(self, at_s: float, frame: bytes) -> None:
        sounding = bytes(len(frame)) if self.mute_speaker else frame
        if self._echo is not None:
            self._echo.played(sounding)
        with self._lock:
            self._played.append((at_s, sounding))

    def _check(self) -> bool:
        """True while frames come; AudioError when the card is gone."""
        if self._gone:
            raise AudioError("audio: the simulated card stopped: No such device")
        return not self._stalled


class OpenSimulatedCard:
    """Both directions of a simulated card: fulfils `ports.OpenCard`."""

    def __init__(
        self,
        check: Callable[[], bool],
        captured: Callable[[int], bytes],
        play: Callable[[float, bytes], None],
        release: Callable[[], None],
    ) -> None:
        self._check = check
        self._captured = captured
        self._play = play
        self._release = release
        self._number = 0
        self._opened_s = time.monotonic()
        self._ran_dry = False

    def read(self) -> bytes | None:
        """The next frame of the microphone, 20 ms after the one before; None where none comes any more."""
        if not self._check():
            time.sleep(READ_LIMIT_S)
            return None
        late_s = time.monotonic() - self._due_s(self._number + 1)
        if late_s < 0:
            time.sleep(-late_s)
        elif late_s > LATE_FRAMES * FRAME_S:
            self._number += int(late_s / FRAME_S)
            self._ran_dry = True
        frame = self._captured(self._number)
        self._number += 1
        return frame

    def write(self, frame: bytes) -> bool:
        """Play a frame at the moment of the last one that was read; False after more than 80 ms of delay."""
        self._check()
        self._play(self._due_s(self._number), frame)
        ran_dry, self._ran_dry = self._ran_dry, False
        return not ran_dry

    def heard(self) -> None:
        """What is played meanwhile is always the frame before."""

    def close(self) -> None:
        """Give the card back."""
        self._release()

    def _due_s(self, number: int) -> float:
        return self._opened_s + number * FRAME_S
