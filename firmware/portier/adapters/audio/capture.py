"""The microphone's side of a card: whole frames, each asked for when it is due."""

from __future__ import annotations

import select
import time
from typing import Any

from portier.errors import AudioError

READ_LIMIT_S = 0.2
# Once a second the device itself has to say when it has a frame: that keeps our clock to its own.
FRAMES_BY_OUR_CLOCK = 50
DUE_MARGIN_S = 0.0003
# Some plugins report a descriptor as ready without having a frame, one some times, one at once and for ever.
FALSE_ALARMS_BORNE = 3
FALSE_ALARM_PAUSE_S = 0.005
# And some keep silent about a frame that is there until they have the next.
LOOK_AGAIN_S = 0.002


class Capture:
    """Reads an open capture device (not blocking, mono S16) in frames of `frame_s`. For one thread only."""

    def __init__(self, pcm: Any, frame_samples: int, frame_s: float) -> None:
        self._pcm = pcm
        self._frame_bytes = 2 * frame_samples
        self._frame_s = frame_s
        self._pending: bytes = b""
        self._due_s = 0.0
        self._by_our_clock = 0
        self._poll = select.poll()
        self._descriptors: list[tuple[int, int]] = pcm.polldescriptors()
        for descriptor, events in self._descriptors:
            self._poll.register(descriptor, events)

    def start(self) -> None:
        """Begin to capture: the first read does that, and has nothing yet."""
        self._take()

    def read(self) -> bytes | None:
        """The next frame, or None when it did not come within 200 ms.

        Raises AudioError when the device is gone. An overrun loses sound and goes on.
        """
        if self._by_our_clock > 0:
            self._sleep_until_due()
            if len(self._pending) == 0:
                # Almost always: the device gives a frame as a whole.
                self._take()
                if len(self._pending) == self._frame_bytes:
                    frame, self._pending = self._pending, b""
                    return frame
        if not self._fill() and not self._wait_for_frame():
            return None
        frame, self._pending = self._pending[: self._frame_bytes], self._pending[self._frame_bytes :]
        return frame

    def waiting_samples(self) -> int | None:
        """What has been captured and not been read; None in an xrun, of which `read` will tell."""
        try:
            waiting = int(self._pcm.avail())
        except Exception:  # noqa: BLE001 -- read tells what is wrong
            return None
        return None if waiting < 0 else waiting + len(self._pending) // 2

    def _sleep_until_due(self) -> None:
        # One wake-up a frame, where the device's own would be one for each of its periods.
        self._by_our_clock -= 1
        self._due_s += self._frame_s
        early_s = self._due_s - time.monotonic()
        if early_s > 0:
            time.sleep(early_s)

    def _fill(self) -> bool:
        """Take what is there; whether that makes a frame."""
        while len(self._pending) < self._frame_bytes:
            if not self._take():
                return False
        return True

    def _wait_for_frame(self) -> bool:
        """Wait until the device says that it has the rest of a frame; False when it does not in time."""
        give_up_s = time.monotonic() + READ_LIMIT_S
        alarms = 0
        while not self._fill():
            left_s = give_up_s - time.monotonic()
            if left_s <= 0:
                self._by_our_clock = 0
                return False
            if alarms >= FALSE_ALARMS_BORNE:
                time.sleep(FALSE_ALARM_PAUSE_S)
            alarms += self._woken(min(left_s, LOOK_AGAIN_S))
        # After a pause the frame may have been there for a while: its moment is not known.
        self._by_our_clock = FRAMES_BY_OUR_CLOCK if alarms <= FALSE_ALARMS_BORNE else 0
        self._due_s = time.monotonic() + DUE_MARGIN_S
        return True

    def _woken(self, limit_s: float) -> bool:
        ready = dict(self._poll.poll(max(1, int(limit_s * 1000))))
        try:
            self._pcm.polldescriptors_revents([(fd, ready.get(fd, 0)) for fd, _ in self._descriptors])
        except Exception as error:
            raise AudioError(f"audio: the capture device stopped: {error}") from error
        return bool(ready)

    def _take(self) -> bool:
        try:
            count, data = self._pcm.read()
        except Exception as error:
            raise AudioError(f"audio: the capture device stopped: {error}") from error
        self._pending = self._pending + data if self._pending else data
        return bool(count > 0)
