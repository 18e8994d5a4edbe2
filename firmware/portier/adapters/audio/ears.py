"""Listening for keys in the sound: what it takes is loaded when it is first wanted, and not before."""

from __future__ import annotations

import threading
from array import array
from typing import TYPE_CHECKING, Protocol

from portier.adapters.audio.joined import Joined
from portier.adapters.audio.tones import FRAME_MS
from portier.errors import AudioError
from portier.ports import Listener

if TYPE_CHECKING:
    from portier.adapters.audio.tone_keys import TellKey


class Line(Protocol):
    """Where there is something to hear."""

    def listen(self, listener: Listener | None) -> None: ...


class Ears:
    """Opened and closed by several who want them, from any thread; numpy takes 20 MB, and time to load."""

    def __init__(self, line: Line, rate_hz: int, tell: TellKey, frame_ms: int = FRAME_MS) -> None:
        self._line = line
        self._rate_hz = rate_hz
        self._tell = tell
        self._frame_ms = frame_ms
        self._listener: Listener | None = None
        self._wanted_by: set[str] = set()
        self._lock = threading.Lock()

    @property
    def ready(self) -> bool:
        """Whether they open at once."""
        return self._listener is not None

    def load(self) -> None:
        """Make ready. Raises AudioError where numpy is missing."""
        with self._lock:
            if self._listener is None:
                self._listener = self._made()

    def open(self, wanted_by: str) -> None:
        """Listen from now on. Raises AudioError where numpy is missing."""
        self.load()
        with self._lock:
            if not self._wanted_by:
                self._line.listen(self._listener)
            self._wanted_by.add(wanted_by)

    def close(self, wanted_by: str) -> None:
        """Listen no more, unless somebody else wants it."""
        with self._lock:
            self._wanted_by.discard(wanted_by)
            if not self._wanted_by:
                self._line.listen(None)

    def _made(self) -> Listener:
        try:
            from portier.adapters.audio.tone_keys import ToneKeys
        except ImportError as error:
            raise AudioError(
                f"audio: keys in the sound are not heard, as numpy is missing ({error}): "
                "pip install 'portier[scripted]'"
            ) from error
        keys = ToneKeys(self._rate_hz, self._tell)
        # The first run through cold code is not for the media thread.
        loud = array("h", (12000 * (-1) ** n for n in range(self._rate_hz // 50))).tobytes()
        keys.hear(loud, loud, 0.0)
        return keys if self._frame_ms == FRAME_MS else Joined(keys, FRAME_MS // self._frame_ms)
