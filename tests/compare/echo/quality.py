"""Figures of a canceller: how much echo it leaves, and how much of the visitor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .speech import Samples

_WINDOW, _STEP = 0.032, 0.008
_FROM_HZ, _TO_HZ = 200.0, 7000.0
_LONGEST_DELAY_S = 0.1


def level_db(sound: Samples) -> float:
    """The RMS below full scale (1.0)."""
    return float(10 * np.log10(np.mean(sound**2) + 1e-12))


def speech_lost_db(heard: Samples, spoken: Samples, rate_hz: int) -> float:
    """How much weaker `spoken` is in what was heard, whatever else is in there.

    What goes along with it counts, at each frequency by itself: so a filter that only shifts phases loses
    nothing, and what is turned down now and then does.
    """
    delay = delay_samples(heard, spoken, rate_hz)
    late = _spectra(heard[delay:], rate_hz)
    said = _spectra(spoken[: len(spoken) - delay], rate_hz)
    together = np.abs((late * np.conj(said)).sum(axis=0)) ** 2
    power = (np.abs(said) ** 2).sum(axis=0)
    kept = (together / (power + 1e-12)).sum() / power.sum()
    return float(-10 * np.log10(kept))


def delay_samples(heard: Samples, spoken: Samples, rate_hz: int) -> int:
    """After how many samples what was spoken is heard."""
    size = 2 * len(spoken)
    together = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(spoken, size)), size)
    return int(np.abs(together[: round(_LONGEST_DELAY_S * rate_hz)]).argmax())


def score(heard: Samples, spoken: Samples, rate_hz: int) -> float:
    """PESQ (ITU-T P.862.2 at 16 kHz, P.862 at 8 kHz) of what was heard, 1 to 4.6."""
    from pesq import pesq

    delay = delay_samples(heard, spoken, rate_hz)
    kind = "wb" if rate_hz == 16000 else "nb"
    return float(pesq(rate_hz, _whole(spoken[: len(spoken) - delay]), _whole(heard[delay:]), kind))


def _whole(sound: Samples) -> NDArray[np.int16]:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def _spectra(sound: Samples, rate_hz: int) -> NDArray[np.complex128]:
    window, step = round(_WINDOW * rate_hz), round(_STEP * rate_hz)
    pieces = np.lib.stride_tricks.sliding_window_view(sound, window)[::step] * np.hanning(window)
    hz = np.fft.rfftfreq(window, 1 / rate_hz)
    return np.fft.rfft(pieces)[:, (hz >= _FROM_HZ) & (hz <= min(_TO_HZ, 0.45 * rate_hz))]
