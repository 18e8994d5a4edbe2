"""The order in which a call's sound is worked on, frame by frame, in the media thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from portier.errors import AudioError

from .levels import FULL_SCALE, PLAIN, Arithmetic, Limiter, share
from .street_noise import StreetFollower
from .voice_switch import VoiceSwitch

LOG = logging.getLogger(__name__)

MOST_FAILURES = 3
LATE_S, LATE_FRAMES = 0.015, 25
"""Of a frame's 20 ms the rest is for PJSIP and the card; so many frames in a row are no chance any more.

Of shorter frames as much in proportion, for as long."""

Frame = Callable[[bytes], bytes]


class Canceller(Protocol):
    """Takes the loudspeaker's sound out of the microphone's. Frames are mono S16, all of one length."""

    @property
    def name(self) -> str:
        """What it is, for people."""
        ...

    def begin(self) -> None:
        """A call begins."""
        ...

    def opened(self) -> None:
        """The card was opened, and its delay may be another."""
        ...

    def cancelled(self, near: bytes, far: bytes) -> bytes:
        """What is left of a captured frame; `far` is what was played meanwhile. It may raise."""
        ...


class Chain:
    """Fulfils `line.Processing`. For the media thread alone, but for `words`.

    Microphone: canceller or `voice_switch`, then `clean`, then gain. Loudspeaker: gain and limiter. A
    canceller that raises, or is too slow for half a second, is left out of the call, and the voice switch
    `in_need` stands in; the third time for good. A `clean` that raises is left out, too. A `follower` adds to
    the loudspeaker's gain, in calls alone.
    """

    def __init__(
        self,
        canceller: Canceller | None,
        voice_switch: VoiceSwitch | None,
        in_need: VoiceSwitch,
        limiter: Limiter,
        arithmetic: Arithmetic = PLAIN,
        clean: Frame | None = None,
        microphone_gain_db: float = 0.0,
        clock: Callable[[], float] = time.perf_counter,
        frame_ms: int = 20,
        follower: StreetFollower | None = None,
        speaker_gain_db: float = 0.0,
    ) -> None:
        self._canceller = canceller
        self._left_out: Canceller | None = None
        self._failures = 0
        self._voice_switch = voice_switch
        self._in_need = in_need
        self._limiter = limiter
        self._scale, self._loudest = arithmetic
        self._clean = clean
        self._gain = share(microphone_gain_db)
        self._played = b""
        self._clock = clock
        self._late_s, self._most_late_frames = LATE_S * frame_ms / 20, LATE_FRAMES * 20 // frame_ms
        self._late_frames = 0
        self._follower = follower
        self._speaker_gain_db = speaker_gain_db
        self._follows = False
        self.words = canceller.name if canceller else "half-duplex" if voice_switch else "off"

    def begin(self) -> None:
        """A call begins."""
        self._played = b""
        if self._left_out and self._failures < MOST_FAILURES:
            self._canceller, self._left_out, self._voice_switch = self._left_out, None, None
            self._late_frames = 0
            self.words = self._canceller.name
            self._try(self._canceller.opened)
        if self._follower:
            self._follower.begin()
        if self._voice_switch:
            self._voice_switch.begin()
        if self._canceller:
            self._try(self._canceller.begin)

    def opened(self) -> None:
        """The card was opened."""
        self._played = b""
        if self._canceller:
            self._try(self._canceller.opened)

    def toward_far_end(self, captured: bytes, heard: bytes | None = None) -> bytes:
        """What the far end is to hear of a captured frame; `heard`, or the frame before, was played then."""
        frame = captured
        played = self._played if heard is None else heard
        if len(played) != len(captured):
            played = bytes(len(captured))
        if self._follower:
            self._follow(self._follower, captured, played)
        if self._canceller:
            canceller = self._canceller
            frame = self._try(lambda: self._cancelled(canceller, captured, played)) or captured
        if self._voice_switch:
            frame = self._louder(frame, *self._voice_switch.microphone_gains(self._loudest(played)))
        if self._clean:
            frame = self._cleaned(frame, self._clean)
        return self._louder(frame, self._gain, self._gain)

    def toward_loudspeaker(self, frame: bytes) -> bytes:
        """What is to be played of a frame."""
        if self._follower and not self._follows:
            self._limiter.set_gain(self._speaker_gain_db)
        self._follows = False
        self._played = self._limiter.limited(frame)
        return self._played

    def set_speaker_gain(self, gain_db: float) -> None:
        """Play everything with another gain from now on."""
        self._speaker_gain_db = gain_db
        self._limiter.set_gain(gain_db)

    def _follow(self, follower: StreetFollower, captured: bytes, played: bytes) -> None:
        """Hear the street; only a frame that belongs to a call is played louder for it."""
        more_db = follower.take(captured, self._loudest(played))
        self._limiter.set_gain(self._speaker_gain_db + more_db)
        self._follows = True

    def _louder(self, frame: bytes, begins: float, ends: float) -> bytes:
        return frame if begins == ends == 1.0 else self._scale(frame, begins, ends, FULL_SCALE)

    def _cancelled(self, canceller: Canceller, captured: bytes, played: bytes) -> bytes:
        begun_s = self._clock()
        left = canceller.cancelled(captured, played)
        self._late_frames = self._late_frames + 1 if self._clock() - begun_s > self._late_s else 0
        if self._late_frames >= self._most_late_frames:
            raise AudioError(
                f"audio: echo cancellation took over {1000 * self._late_s:g} ms for "
                f"{self._most_late_frames} frames in a row: "
                "this machine is too slow for it, or too busy"
            )
        return left

    def _try(self, work: Callable[[], bytes | None]) -> bytes | None:
        try:
            return work()
        except Exception:
            self._failures += 1
            LOG.exception(
                "audio: echo cancellation failed and is left out; half-duplex %s",
                "for the rest of this call"
                if self._failures < MOST_FAILURES
                else "until the station starts again",
            )
            self._canceller, self._left_out = None, self._canceller
            self._voice_switch = self._in_need
            self._voice_switch.begin()
            self.words = "half-duplex, as echo cancellation failed"
            return None

    def _cleaned(self, frame: bytes, clean: Frame) -> bytes:
        try:
            return clean(frame)
        except Exception:
            LOG.exception("audio: noise suppression failed and is left out")
            self._clean = None
            return frame
