"""The station's tones, computed here, in frames of 20 ms or 10."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import cache

from portier.core.effects import Tone
from portier.sound_settings import Telephony

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

# As ITU-T E.180, supplement 2, lists them for France; the three rising notes are E.180's own, 6.
_SCORES: dict[Tone, tuple[_Note, ...]] = {
    Tone.RINGBACK: (_pure(440, 1.5, 3.5),),
    Tone.BUSY: (_pure(440, 0.5, 0.5),) * 3,
    Tone.NOT_AVAILABLE: _THREE_RISING * 2,
    Tone.IN_USE: (_pure(880, 0.1, 0.1), _pure(880, 0.1)),
    Tone.GRANTED: (_pure(659.26, 0.18, decay_s=0.25), _pure(880, 0.5, decay_s=0.2)),
    Tone.DENIED: (_Note(_BUZZ, 0.45),),
    Tone.INCOMING: (_pure(523.25, 0.3), _pure(659.26, 0.3), _pure(523.25, 0.3)),
    Tone.ENDING: (_pure(1000, 0.15, 0.15),) * 3,
    Tone.TALK_NOW: (_pure(1200, 0.25),),
    Tone.HELD_OPEN: (_pure(740, 0.12, 0.38),) * 4,
    Tone.BLOCKED: (_Note(_BUZZ, 0.15, 0.1),) * 3,
    Tone.FIRE: (_pure(554, 0.1), _pure(440, 0.4)) * 6,
}


# What ETSI TR 101 041 recommends, and France takes up by and by.
_EUROPEAN: dict[Tone, tuple[_Note, ...]] = {
    Tone.RINGBACK: (_pure(425, 1.0, 4.0),),
    Tone.BUSY: (_pure(425, 0.5, 0.5),) * 3,
}


@cache
def frames_of(
    tone: Tone, rate_hz: int, telephony: Telephony = "french", frame_ms: int = FRAME_MS
) -> tuple[bytes, ...]:
    """All frames of a tone once through; the last is filled with silence. Kept, equal ones once."""
    score = _SCORES[tone] if telephony == "french" else _EUROPEAN.get(tone, _SCORES[tone])
    notes = {note: _play(note, rate_hz) for note in set(score)}
    pcm = array("h")
    for note in score:
        pcm.extend(notes[note])
    frame_samples = rate_hz * frame_ms // 1000
    pcm.extend([0] * (-len(pcm) % frame_samples))
    frames = (pcm[i : i + frame_samples].tobytes() for i in range(0, len(pcm), frame_samples))
    seen: dict[bytes, bytes] = {}
    return tuple(seen.setdefault(frame, frame) for frame in frames)


def mix(frame_a: bytes, frame_b: bytes) -> bytes:
    """The sum of two frames of the same length (S16), held at the limits instead of wrapping round."""
    total = [a + b for a, b in zip(array("h", frame_a), array("h", frame_b), strict=True)]
    if total and (max(total) > _MOST or min(total) < _LEAST):
        total = [_MOST if s > _MOST else _LEAST if s < _LEAST else s for s in total]
    return array("h", total).tobytes()


def quieter(frame: bytes, share: float) -> bytes:
    """The same frame (S16) at a share of its level, from 0 to 1."""
    factor = round(share * 32768)
    return array("h", [sample * factor >> 15 for sample in array("h", frame)]).tobytes()


def fade_out(frame: bytes) -> bytes:
    """The same frame (S16), sinking to silence over its length: how a tone is cut short without a click."""
    pcm = array("h", frame)
    count = len(pcm)
    return array("h", [sample * (count - i) // count for i, sample in enumerate(pcm)]).tobytes()


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
