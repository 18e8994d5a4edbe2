"""What is heard from the station itself: eleven tones, computed here, in frames of 20 ms."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import cache

from portier.core.effects import Tone

FRAME_MS = 20
PEAK = round(32767 * 10 ** (-12 / 20))
"""-12 dBFS: loud enough at a door, and headroom for a voice above it."""

EDGE_S = 0.008
_MOST, _LEAST = 32767, -32768


@dataclass(frozen=True, slots=True)
class _Note:
    """Sound for `sound_s` made of partials (hertz, share of the level), then silence for `rest_s`."""

    partials: tuple[tuple[float, float], ...]
    sound_s: float
    rest_s: float = 0.0
    decay_s: float | None = None


def _pure(hz: float, sound_s: float, rest_s: float = 0.0, decay_s: float | None = None) -> _Note:
    return _Note(((hz, 1.0),), sound_s, rest_s, decay_s)


# A small loudspeaker does not give 150 Hz: its odd multiples are what is heard.
_BUZZ = tuple((150.0 * k, 1 / k) for k in (1, 3, 5, 7))
_THREE_RISING = (_pure(950, 0.33), _pure(1400, 0.33), _pure(1800, 0.33, 0.5))

_SCORES: dict[Tone, tuple[_Note, ...]] = {
    Tone.RINGBACK: (_pure(440, 1.5, 3.5),),
    Tone.BUSY: (_pure(440, 0.5, 0.5),) * 3,
    Tone.NOT_AVAILABLE: _THREE_RISING * 2,
    Tone.IN_USE: (_pure(880, 0.1, 0.1), _pure(880, 0.1)),
    Tone.GRANTED: (_pure(659.26, 0.18, decay_s=0.25), _pure(880, 0.5, decay_s=0.2)),
    Tone.DENIED: (_Note(_BUZZ, 0.45),),
    Tone.INCOMING: (_pure(523.25, 0.3), _pure(659.26, 0.3), _pure(523.25, 0.3)),
    Tone.ENDING: (_pure(1000, 0.15, 0.15),) * 3,
    Tone.FIRE: (_pure(800, 0.25), _pure(1000, 0.25)) * 6,
    Tone.HELD_OPEN: (_pure(1200, 0.12, 0.12), _pure(1200, 0.12, 0.5)) * 2,
    Tone.BLOCKED: (_Note(_BUZZ, 0.15, 0.1),) * 5,
}
_LOOPED = frozenset({Tone.RINGBACK})
_FOR_BOTH_SIDES = frozenset({Tone.ENDING, Tone.FIRE, Tone.BLOCKED})


class TonePlayer:
    """One tone from its beginning, frame by frame; RINGBACK never ends.

    An iterator over frames of 20 ms, mono S16 at `rate_hz` (8000 or 16000).
    """

    def __init__(self, tone: Tone, rate_hz: int) -> None:
        self.tone = tone
        self.loops = tone in _LOOPED
        self.for_both_sides = tone in _FOR_BOTH_SIDES
        self._frames = frames_of(tone, rate_hz)
        self._next = 0

    def __iter__(self) -> TonePlayer:
        return self

    @property
    def upcoming(self) -> bytes | None:
        """The frame that comes next; None at the end of a tone that does not loop."""
        if self._next == len(self._frames):
            return self._frames[0] if self.loops else None
        return self._frames[self._next]

    def __next__(self) -> bytes:
        if self._next == len(self._frames):
            if not self.loops:
                raise StopIteration
            self._next = 0
        frame = self._frames[self._next]
        self._next += 1
        return frame


class ToneTrack:
    """The tone that sounds at the moment, if any, laid over the far end's frames.

    A tone that loops goes on when a short one that interrupted it has ended. A tone that is replaced or
    stopped fades within one frame. For one thread only.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._player: TonePlayer | None = None
        self._interrupted: TonePlayer | None = None
        self._cut: TonePlayer | None = None

    @property
    def sounds(self) -> bool:
        """Whether a tone has frames left."""
        return self._player is not None

    def play(self, tone: Tone) -> None:
        """Begin a tone, in place of one that sounds."""
        looping = self._player if self._player is not None and self._player.loops else self._interrupted
        self.silence()
        self._player = TonePlayer(tone, self._rate_hz)
        self._interrupted = None if self._player.loops else looping

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
            self._player, self._interrupted = self._interrupted, None

    def forget_cut(self) -> None:
        """Let what was stopped while no card was open not fade any more."""
        self._cut = None

    def toward_far_end(self, captured: bytes) -> bytes:
        """The captured frame as the far end is to hear it: with a tone's next one where it is for both sides.

        To be asked before `over`, which takes that frame.
        """
        player = self._player
        if player is None or not player.for_both_sides or (frame := player.upcoming) is None:
            return captured
        return mix(captured, frame)

    def over(self, frame: bytes | None) -> bytes | None:
        """The far end's frame (None: nothing to hear) with the tone's next one; None when all is silent."""
        cut, self._cut = self._cut, None
        last = next(cut, None) if cut is not None else None
        sounding = next(self._player, None) if self._player is not None else None
        if sounding is None:
            self._player, self._interrupted = self._interrupted, None
        total = frame
        for part in (last and fade_out(last), sounding):
            if part is not None:
                total = part if total is None else mix(total, part)
        return total


@cache
def frames_of(tone: Tone, rate_hz: int) -> tuple[bytes, ...]:
    """All frames of a tone once through; the last is filled with silence. Kept once computed."""
    pcm = array("h")
    for note in _SCORES[tone]:
        pcm.extend(_play(note, rate_hz))
    frame_samples = rate_hz * FRAME_MS // 1000
    pcm.extend([0] * (-len(pcm) % frame_samples))
    return tuple(pcm[i : i + frame_samples].tobytes() for i in range(0, len(pcm), frame_samples))


def mix(frame_a: bytes, frame_b: bytes) -> bytes:
    """The sum of two frames of the same length (S16), held at the limits instead of wrapping round."""
    total = [a + b for a, b in zip(array("h", frame_a), array("h", frame_b), strict=True)]
    if total and (max(total) > _MOST or min(total) < _LEAST):
        total = [_MOST if s > _MOST else _LEAST if s < _LEAST else s for s in total]
    return array("h", total).tobytes()


def fade_out(frame: bytes) -> bytes:
    """The same frame (S16), sinking to silence over its length: how a tone is cut short without a click."""
    pcm = array("h", frame)
    count = len(pcm)
    return array("h", [sample * (count - i) // count for i, sample in enumerate(pcm)]).tobytes()


@cache
def _play(note: _Note, rate_hz: int) -> array[int]:
    count = round(note.sound_s * rate_hz)
    period = _period(note, rate_hz, count)
    turns = [(2 * math.pi * hz / rate_hz, share) for hz, share in note.partials]
    wave = [sum(share * math.sin(turn * i) for turn, share in turns) for i in range(period)]
    scale = PEAK / max(map(abs, wave))
    if note.decay_s is None:
        steady = array("h", [round(sample * scale) for sample in wave])
        pcm = (steady * (count // period + 1))[:count]
    else:
        fade = math.exp(-1 / (note.decay_s * rate_hz))
        pcm = array("h", [round(sample * scale * fade**i) for i, sample in enumerate(wave)])
    edge = round(EDGE_S * rate_hz)
    for i in range(min(edge, count)):
        pcm[i] = pcm[i] * i // edge
        pcm[-1 - i] = pcm[-1 - i] * i // edge
    pcm.extend([0] * round(note.rest_s * rate_hz))
    return pcm


def _period(note: _Note, rate_hz: int, count: int) -> int:
    """After how many samples the note repeats: sooner than its end where all is in whole hertz and steady."""
    if note.decay_s is not None or any(hz % 1 for hz, _ in note.partials):
        return count
    period = rate_hz // math.gcd(rate_hz, *(int(hz) for hz, _ in note.partials))
    return min(period, count)
