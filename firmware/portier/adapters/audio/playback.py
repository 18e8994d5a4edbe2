"""The loudspeaker's side of a card: never dry, and no longer a queue than it needs."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from portier.adapters.audio.drift import RESERVE_S, Drift
from portier.adapters.audio.heard import Heard
from portier.adapters.audio.meter import peak
from portier.errors import AudioError

PREFILL_FRAMES = 2
"""The silence it begins with."""
LOOK_EVERY_FRAMES = 5
WINDOW_LOOKS = 20
LONGEST_PATIENCE = 32
STUCK_S = 0.5
QUIET_PEAK = 300
"""-41 dBFS: half a frame less is not heard in what is so quiet."""


class Playback:
    """Writes to an open playback device (not blocking, S16, its channels interleaved). For one thread only.

    Two cards, or one after a stall, drift apart, and a queue that has grown is delay for ever. What waits
    from microphone to loudspeaker when a frame is written is therefore looked at. Slow changes are followed
    sample by sample (`Drift`). For sudden ones half a frame of silence is put in before it runs dry, a frame
    left out when it is far too long, half a quiet frame left out when it was longer than needed for two
    seconds. Each xrun doubles the time before that is tried again. A loudspeaker that takes nothing for half
    a second is gone, whatever its driver says.
    """

    def __init__(self, pcm: Any, frame_samples: int, channels: int = 1) -> None:
        self._pcm = pcm
        self._frame_samples = frame_samples
        self._channels = channels
        facts = pcm.info()
        self._buffer_samples: int = facts["buffer_size"]
        self._prefill_samples = min(
            PREFILL_FRAMES * max(frame_samples, facts["period_size"]), self._buffer_samples
        )
        self._shallow_samples = frame_samples // 5
        self._ample_samples = frame_samples // 2 + round(RESERVE_S * facts["rate"])
        self._deep_samples = self._prefill_samples + max(frame_samples // 4, facts["rate"] // 200)
        self._drift = Drift(facts["rate"], channels)
        self._heard = Heard(facts["rate"], frame_samples, channels, facts["period_size"])
        self._stuck_frames = round(STUCK_S * facts["rate"] / frame_samples)
        self._refused = 0
        self._frames = 0
        self._least_samples = self._buffer_samples
        self._looks = 0
        self._patience = 1
        self._too_much = False

    def start(self) -> None:
        """Begin with silence, as a reserve."""
        self._play_silence(self._prefill_samples)

    def write(self, frame: bytes, captured: Callable[[], int | None]) -> bool:
        """Play a frame without waiting; False when the loudspeaker had run dry.

        `captured` tells how many samples of the microphone wait to be read. Raises AudioError when the
        device is gone.
        """
        left_out = self._frames % LOOK_EVERY_FRAMES == 0 and self._look(captured())
        self._frames += 1
        self._heard.captured()
        if left_out:
            return True
        if self._too_much and peak(frame) < QUIET_PEAK:
            self._too_much = False
            self._drift.spare(0)
            frame = frame[self._frame_samples * self._channels :]
        else:
            frame = self._drift.suited(frame)
        taken = self._play(frame)
        if taken != -errno.EPIPE:
            # A short count means a full buffer: what did not fit is left out.
            self._see_it_moves(taken)
            return True
        self._be_patient()
        self._heard.ran_dry()
        self._play_silence(max(self._frame_samples, self._prefill_samples - self._frame_samples))
        self._play(frame)
        return False

    def heard(self) -> bytes:
        """What was played, on the first channel, while the frame was captured that was read last."""
        return self._heard.frame()

    def _look(self, captured_samples: int | None) -> bool:
        """See what waits, and put in silence where it is little; whether a frame is to be left out."""
        try:
            free = int(self._pcm.avail())
        except Exception:  # noqa: BLE001 -- write tells what is wrong
            return False
        if free < 0 or captured_samples is None:
            return False
        depth_samples = self._buffer_samples - free + captured_samples
        self._heard.seen(depth_samples)
        if depth_samples > self._deep_samples:
            return True
        if depth_samples < self._shallow_samples:
            self._play_silence(self._frame_samples // 2)
            self._be_patient()
        else:
            self._drift.seen(depth_samples)
        self._least_samples = min(self._least_samples, depth_samples)
        self._looks += 1
        if self._looks >= WINDOW_LOOKS * self._patience:
            self._too_much = self._least_samples > self._ample_samples
            if self._too_much:
                self._drift.spare(self._frame_samples // 2)
            self._looks, self._least_samples = 0, self._buffer_samples
        return False

    def _see_it_moves(self, taken: int) -> None:
        self._refused = self._refused + 1 if taken == 0 else 0
        if self._refused >= self._stuck_frames:
            raise AudioError(
                f"audio: the playback device is open but took no sound for {STUCK_S:g} s: "
                "look whether it is still plugged in"
            )

    def _be_patient(self) -> None:
        self._patience = min(2 * self._patience, LONGEST_PATIENCE)
        self._looks, self._least_samples, self._too_much = 0, self._buffer_samples, False

    def _play(self, pcm: bytes) -> int:
        try:
            taken = int(self._pcm.write(pcm))
        except Exception as error:
            raise AudioError(f"audio: the playback device stopped: {error}") from error
        if taken > 0:
            self._heard.wrote(pcm[: 2 * self._channels * taken])
        return taken

    def _play_silence(self, samples: int) -> None:
        self._play(bytes(2 * samples * self._channels))
