"""The self-test of loudspeaker and microphone among all else that the media thread does."""

from __future__ import annotations

from collections.abc import Callable

from portier.core.events import SoundTestOver
from portier.core.sound_test_state import SoundTestOutcome
from portier.ports import Post

from .tone_test import RunningTest


class SelfTests:
    """One test at a time, which posts what came of it. For the media thread only."""

    def __init__(self, post: Post, clock: Callable[[], float], frame_ms: int) -> None:
        self._post = post
        self._clock = clock
        self._frame_ms = frame_ms
        self._running: RunningTest | None = None

    @property
    def runs(self) -> bool:
        """Whether a test goes on."""
        return self._running is not None

    def begin(self, number: int, rate_hz: int) -> None:
        """Begin a test with the next frame."""
        self._running = RunningTest(number, rate_hz, self._frame_ms)

    def refuse(self, number: int, why: str) -> None:
        """A test does not begin."""
        self._tell(number, SoundTestOutcome.GAVE_WAY, why)

    def impossible(self, number: int, why: str) -> None:
        """A test cannot be passed here."""
        self._tell(number, SoundTestOutcome.NOT_HEARD, f"failed: {why}")

    def give_way(self, why: str) -> None:
        """End a test that goes on, without a verdict."""
        if self._running is not None:
            running, self._running = self._running, None
            self.refuse(running.number, why)

    def fail(self, why: str) -> None:
        """End a test that goes on: the card failed."""
        if self._running is not None:
            running, self._running = self._running, None
            self.impossible(running.number, why)

    def over(self, played: bytes, captured: bytes) -> bytes:
        """The test's next frame in place of what is played, as it is: no gain makes it louder."""
        if (running := self._running) is None:
            return played
        if (frame := running.exchange(captured)) is not None:
            return frame
        self._running, result = None, running.result
        outcome = SoundTestOutcome.HEARD if result.passed else SoundTestOutcome.NOT_HEARD
        self._tell(running.number, outcome, result.words)
        return played

    def _tell(self, number: int, outcome: SoundTestOutcome, words: str) -> None:
        self._post(SoundTestOver(number, outcome, words, at_s=self._clock()))
