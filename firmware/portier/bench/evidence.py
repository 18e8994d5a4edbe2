"""Is this signal in that recording? Judged by the sound itself, piece by piece, not by packet counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portier.errors import PortierError

PIECE_S = 0.4
_ALIKE = 0.7
_ENOUGH_S = 2.0
_ENOUGH_SHARE = 0.6
_AUDIBLE_RMS = 100.0

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Match:
    """How much of a recording is the signal: seconds with sound, and the share of those that were found."""

    sounding_s: float
    share: float

    @property
    def heard(self) -> bool:
        """Whether that is proof that the signal came through."""
        return self.sounding_s >= _ENOUGH_S and self.share >= _ENOUGH_SHARE


def find(signal: bytes, recording: bytes, rate_hz: int, piece_s: float = PIECE_S) -> Match:
    """Look for `signal`, which was played in a loop, in `recording`; both mono S16 at `rate_hz`.

    The recording is cut into pieces; one that sounds is found when somewhere in the signal its normalised
    cross-correlation exceeds 0.7. Shorter pieces find a signal that a jitter buffer has stretched here and
    there, and take others for it a little sooner.
    """
    looped = _samples(signal)
    piece = round(piece_s * rate_hz)
    if len(looped) < piece:
        raise PortierError(f"bench: a signal of {len(looped)} samples is too short to be looked for")
    looped = np.concatenate([looped, looped[:piece]])
    heard = _samples(recording)
    pieces = [heard[at : at + piece] for at in range(0, len(heard) - piece + 1, piece)]
    sounding = [one for one in pieces if np.sqrt(np.mean(one**2)) > _AUDIBLE_RMS]
    found = sum(_likeness(looped, one) > _ALIKE for one in sounding)
    return Match(len(sounding) * piece_s, found / len(sounding) if sounding else 0.0)


def _likeness(signal: Samples, piece: Samples) -> float:
    """The greatest normalised cross-correlation of a piece with any stretch of the signal, 0 to 1."""
    size = 1 << (len(signal) + len(piece) - 1).bit_length()
    spectrum = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(piece, size))
    products = np.fft.irfft(spectrum, size)[: len(signal) - len(piece) + 1]
    energy = np.concatenate([[0.0], np.cumsum(signal**2)])
    local = np.maximum(energy[len(piece) :] - energy[: -len(piece)], 1.0)
    return float(np.max(products / np.sqrt(local * np.sum(piece**2))))


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, dtype=np.int16).astype(np.float64)
