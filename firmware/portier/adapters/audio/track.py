"""What sounds at the door from the station itself: a tone, and the words that follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portier.core.effects import Tone
from portier.sound_settings import Telephony

from .tones import FRAME_MS, fade_out, frames_of, mix, quieter

PAUSE_FRAMES = 6
AFTER_WORDS_FRAMES = 50
"""Of 20 ms each."""
_LOOPED = frozenset({Tone.RINGBACK})
_FOR_BOTH_SIDES = frozenset({Tone.ENDING, Tone.FIRE, Tone.BLOCKED})
_WORDS_ALONE = frozenset({Tone.TALK_NOW})
_NO_WORDS: Mapping[Tone, bytes] = {}


class TonePlayer:
    """One tone from its beginning with its words, frame by frame; RINGBACK never ends, and speaks once.

    An iterator over frames of `frame_ms`, mono S16 at `rate_hz` (8000 or 16000), as `words` are. Words
    stand in place of the tone that begins a talk. The far end is sent what is for both sides, never a word.
    """

    def __init__(
        self,
        tone: Tone,
        rate_hz: int,
        words: bytes = b"",
        *,
        for_both_sides: bool = False,
        telephony: Telephony = "french",
        frame_ms: int = FRAME_MS,
    ) -> None:
        self.tone = tone
        self.loops = tone in _LOOPED
        self._for_both_sides = for_both_sides or tone in _FOR_BOTH_SIDES
        self._again = frames_of(tone, rate_hz, telephony, frame_ms)
        self._frames: Sequence[bytes] = self._again
        self._before_words = len(self._again)
        if words:
            self._frames = self._with_words(
                words, bytes(2 * (rate_hz * frame_ms // 1000)), FRAME_MS // frame_ms
            )
        self._next = 0

    def __iter__(self) -> TonePlayer:
        return self

    @property
    def toward_far_end(self) -> bytes | None:
        """The frame that comes next, where the far end is to hear it, too."""
        if not self._for_both_sides or self._next >= self._before_words:
            return None
        return self._frames[self._next]

    def __next__(self) -> bytes:
        if self._next == len(self._frames):
            if not self.loops:
                raise StopIteration
            self._frames, self._next = self._again, 0
        frame = self._frames[self._next]
        self._next += 1
        return frame

    def skip_words(self) -> None:
        """Say no word of what is still to be said: half a sentence helps nobody."""
        if self._frames is not self._again:
            self._frames, self._next = self._again, 0

    def _with_words(self, words: bytes, silent: bytes, parts: int) -> Sequence[bytes]:
        """The tone without the rest at its end, and the words; a frame is this part of 20 ms."""
        size = len(silent)
        spoken = [words[at : at + size].ljust(size, b"\0") for at in range(0, len(words), size)]
        if self.tone in _WORDS_ALONE:
            return spoken
        sounding = len(self._again)
        while sounding and self._again[sounding - 1] == silent:
            sounding -= 1
        self._before_words = sounding
        after = AFTER_WORDS_FRAMES if self.loops else 0
        pause, rest = [silent] * (PAUSE_FRAMES * parts), [silent] * (after * parts)
        return [*self._again[:sounding], *pause, *spoken, *rest]


class ToneTrack:
    """The tone that sounds at the moment with its words, if any, laid over the far end's frames.

    A tone that loops goes on when a short one that interrupted it has ended. What is replaced or stopped
    fades within one frame of `frame_ms`. `words` are mono S16 at `rate_hz`. For one thread only.
    """

    def __init__(
        self,
        rate_hz: int,
        words: Mapping[Tone, bytes] = _NO_WORDS,
        telephony: Telephony = "french",
        frame_ms: int = FRAME_MS,
    ) -> None:
        self._rate_hz = rate_hz
        self._telephony = telephony
        self._frame_ms = frame_ms
        self._words = words
        self._level = 1.0
        self._player: TonePlayer | None = None
        self._interrupted: TonePlayer | None = None
        self._cut: TonePlayer | None = None

    @property
    def sounds(self) -> bool:
        """Whether a tone has frames left."""
        return self._player is not None

    def play(self, tone: Tone, *, to_far_end: bool = False) -> None:
        """Begin a tone, in place of one that sounds."""
        looping = self._player if self._player is not None and self._player.loops else self._interrupted
        self.silence()
        words = self._words.get(tone, b"")
        self._player = TonePlayer(
            tone,
            self._rate_hz,
            words,
            for_both_sides=to_far_end,
            telephony=self._telephony,
            frame_ms=self._frame_ms,
        )
        self._interrupted = None if self._player.loops else looping

    def set_volume(self, volume_db: float) -> None:
        """Be so loud from the next frame on, toward the visitor alone."""
        self._level = 10 ** (volume_db / 20)

    def silence(self) -> None:
        """Stop the tone that sounds."""
        self._cut, self._player, self._interrupted = self._player or self._cut, None, None

    def end_loops(self) -> None:
        """Stop a tone that would never end; let a short one end."""
        self._interrupted = None
        if self._player is not None and self._player.loops:
            self.silence()

    def end_short(self) -> None:
        """Stop a short tone, in favour of the looping one it interrupted."""
        if self._player is not None and not self._player.loops:
            self._resume()

    def forget_cut(self) -> None:
        """Let what was stopped while no card was open not fade any more."""
        self._cut = None

    def toward_far_end(self, captured: bytes) -> bytes:
        """The captured frame as the far end is to hear it: with a tone's next one where it is for both sides.

        To be asked before `over`, which takes that frame.
        """
        if self._player is None or (frame := self._player.toward_far_end) is None:
            return captured
        return mix(captured, frame)

    def over(self, frame: bytes | None) -> bytes | None:
        """The far end's frame (None: nothing to hear) with the tone's next one; None when all is silent."""
        cut, self._cut = self._cut, None
        last = next(cut, None) if cut is not None else None
        sounding = next(self._player, None) if self._player is not None else None
        if sounding is None:
            self._resume()
        total = frame
        for part in (last and fade_out(last), sounding):
            if part is not None:
                ours = part if self._level == 1.0 else quieter(part, self._level)
                total = ours if total is None else mix(total, ours)
        return total

    def _resume(self) -> None:
        self._player, self._interrupted = self._interrupted, None
        if self._player is not None:
            self._player.skip_words()
