"""A key's two tones in a few milliseconds of sound, within the limits of ITU-T Q.23 and Q.24.

Q.24 (annex A) has each tone accepted down to -25 dBm0 and up to 1.5 % beside its frequency, refused from
3.5 % on; the higher one up to 4 dB above the lower, and up to 8 dB below. A full-scale sine is +3.14 dBm0
(G.711).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

WINDOW_S = 0.020
_LOW_HZ = np.array((697.0, 770.0, 852.0, 941.0))
_HIGH_HZ = np.array((1209.0, 1336.0, 1477.0, 1633.0))
_KEYPAD = "123A456B789C*0#D"
_LOW_BAND_HZ, _HIGH_BAND_HZ = (660.0, 990.0), (1150.0, 1710.0)
_BESIDE = 0.024
"""Between what must be accepted and what must be refused, with the error of 20 ms."""

_LEAST_DBFS = -33.0
_HIGHER_DB, _LOWER_DB = 6.0, 10.0
"""The twist, with 2 dB for a codec and a line that is not level."""

_PURE = 0.80
"""The share of the energy that is in the two tones. So much of the window must they fill, too."""

_SURE = 0.88
"""The same of the 30 ms with which a key begins. A child's voice reaches 0.84, with two harmonics."""

_SURE_BESIDE = 0.021
_THIRD = 0.03
"""The share that a third tone may have: of a voice, the next harmonic is in the rest. Noise has no tone."""

_BAND_HZ = (600.0, 1800.0)
_ECHO_WEAKER_DB, _ECHO_FLOOR_DBFS = 30.0, -66.0
"""How much weaker than its echo a tone that we sent may have been: each by itself, as no way back is even."""

_ECHO_SHARE, _ECHO_NEAR_SHARE = 0.6, 0.5
"""How much must have been the two tones of what we sent in the keys' band, and one of what was near it."""

_NEAR_HZ = 120.0
_MASKS, _MASK_BESIDE_HZ = 2, 70.0
"""So many other tones the way back may have taken away, each with what 30 ms make of it on both sides."""

_MASKED_SHARE, _MASKED_NEAR_SHARE = 0.75, 0.85
"""The shares of what is left then: more, as a voice has few harmonics."""

_BINS_S = 0.064
"""Spectra have a bin for each 15.6 Hz: zeros are added up to this length."""

_FULL_SCALE = 32768.0


class Pair(NamedTuple):
    """Two tones at one moment: a key, its measured frequencies, and how loud each is (dBFS, sine to sine)."""

    key: str
    low_hz: float
    high_hz: float
    low_dbfs: float
    high_dbfs: float

    def __repr__(self) -> str:
        return f"Pair({self.low_dbfs:.0f}, {self.high_dbfs:.0f} dBFS)"


class PairFinder:
    """Looks for pairs in windows of 20 ms. `rate_hz` is 8000 or 16000."""

    def __init__(self, rate_hz: int) -> None:
        self.window = round(WINDOW_S * rate_hz)
        self._rate_hz = rate_hz
        self._size = round(_BINS_S * rate_hz)
        self._step_hz = rate_hz / self._size
        self._taper = np.hanning(self.window + 1)[:-1]
        self._sure_taper = np.hanning(3 * self.window // 2 + 1)[:-1]
        self._low = self._bins(_LOW_BAND_HZ)
        self._high = self._bins(_HIGH_BAND_HZ)
        self._turns = 2j * np.pi * np.arange(3 * self.window // 2) / rate_hz
        # Of two tones that are just loud enough.
        self._least_power = 10 ** (_LEAST_DBFS / 10) * _FULL_SCALE**2

    def find(self, sound: Samples) -> Pair | None:
        """The pair in one window (S16 as floats); None where there is none."""
        power = float(sound @ sound) / self.window
        if power < self._least_power:
            return None
        spectrum = np.abs(np.fft.rfft(sound * self._taper, self._size))
        low_hz, high_hz = self._peak(spectrum, self._low), self._peak(spectrum, self._high)
        row, column = _nearest(_LOW_HZ, low_hz), _nearest(_HIGH_HZ, high_hz)
        if row is None or column is None:
            return None
        low, high = self._fitted(sound, low_hz, high_hz)
        if low + high < _PURE * power or min(low, high) * 2 < self._least_power:
            return None
        twist_db = 10 * np.log10(high / low)
        if not -_LOWER_DB <= twist_db <= _HIGHER_DB:
            return None
        return Pair(_KEYPAD[4 * row + column], low_hz, high_hz, _dbfs(low), _dbfs(high))

    def sure(self, sound: Samples, before: Pair, pair: Pair) -> bool:
        """Whether two windows, 10 ms apart, are one key's; `sound` is the 30 ms of both."""
        low_hz, high_hz = (before.low_hz + pair.low_hz) / 2, (before.high_hz + pair.high_hz) / 2
        if (
            _nearest(_LOW_HZ, low_hz, _SURE_BESIDE) is None
            or _nearest(_HIGH_HZ, high_hz, _SURE_BESIDE) is None
        ):
            return False
        basis, weights = self._fit(sound, low_hz, high_hz)
        rest = sound - weights @ basis
        power, rest_power = float(sound @ sound), float(rest @ rest)
        if rest_power > (1 - _SURE) * power:
            return False
        third = np.abs(np.fft.rfft(rest * self._sure_taper, self._size)).max() ** 2
        return float(third) * 8 / len(sound) <= _THIRD * power

    def holds(self, sound: Samples, pair: Pair) -> NDArray[np.bool_]:
        """In which windows of 30 ms, each 10 ms after the other, the same two tones are, however much weaker.

        They may be uneven, and up to two louder tones beside them. The last windows begin less than 30 ms
        before the end and are not looked at.
        """
        taper = self._sure_taper
        if len(sound) < len(taper):
            return np.zeros(0, np.bool_)
        windows = np.lib.stride_tricks.sliding_window_view(sound, len(taper))[:: self.window // 2] * taper
        waves = np.exp(np.outer((pair.low_hz, pair.high_hz), self._turns))
        basis = (waves.real[0], waves.imag[0], waves.real[1], waves.imag[1])
        across, _ = np.linalg.qr((np.array(basis) * taper).T)
        weights = windows @ across
        tones = np.stack(((weights[:, :2] ** 2).sum(axis=1), (weights[:, 2:] ** 2).sum(axis=1)), axis=1)
        there = np.asarray((tones >= self._least_of_echo(pair)).all(axis=1), np.bool_)
        rest = windows[there] - weights[there] @ across.T
        there[there] = self._stand_out(tones[there], rest, pair)
        return there

    def _stand_out(self, tones: Samples, rest: Samples, pair: Pair) -> NDArray[np.bool_]:
        """In which windows the tones, by their energies, are more than chance has in such a rest."""
        band = self._bins(_BAND_HZ)
        spectra = np.fft.rfft(rest, self._size, axis=1)[:, band]
        # By Parseval, as what the tones have.
        others = (spectra.real**2 + spectra.imag**2) * (2 / self._size)
        hz = np.arange(band.start, band.stop) * self._step_hz
        near = [np.abs(hz - one) <= _NEAR_HZ for one in (pair.low_hz, pair.high_hz)]

        def shares(of_all: float, of_near: float) -> NDArray[np.bool_]:
            enough = tones.sum(axis=1) * (1 - of_all) >= of_all * others.sum(axis=1)
            for tone, bins in zip(tones.T, near, strict=True):
                enough &= tone * (1 - of_near) >= of_near * others[:, bins].sum(axis=1)
            return np.asarray(enough)

        plain = shares(_ECHO_SHARE, _ECHO_NEAR_SHARE)
        for _ in range(_MASKS):
            loudest_hz = hz[others.argmax(axis=1)]
            others[np.abs(hz - loudest_hz[:, np.newaxis]) <= _MASK_BESIDE_HZ] = 0
        return plain | shares(_MASKED_SHARE, _MASKED_NEAR_SHARE)

    def _least_of_echo(self, pair: Pair) -> Samples:
        """The energies of the two weakest tones in a tapered window that may come back as these."""
        dbfs = np.maximum(np.array((pair.low_dbfs, pair.high_dbfs)) - _ECHO_WEAKER_DB, _ECHO_FLOOR_DBFS)
        energies = 10 ** (dbfs / 10) * _FULL_SCALE**2 / 2 * (self._sure_taper @ self._sure_taper)
        return np.asarray(energies)

    def _bins(self, band_hz: tuple[float, float]) -> slice:
        return slice(round(band_hz[0] / self._step_hz), round(band_hz[1] / self._step_hz) + 1)

    def _peak(self, spectrum: Samples, band: slice) -> float:
        """The frequency of the loudest tone of a band, between bins by a parabola through their levels."""
        at = band.start + int(spectrum[band].argmax())
        before, peak, after = np.log(spectrum[at - 1 : at + 2] + 1e-9)
        bend = before - 2 * peak + after
        return float((at + (0.5 * (before - after) / bend if bend < 0 else 0.0)) * self._step_hz)

    def _fitted(self, sound: Samples, low_hz: float, high_hz: float) -> tuple[float, float]:
        """The mean power of each of the two sines that together fit the sound best."""
        a, b, c, d = self._fit(sound, low_hz, high_hz)[1].tolist()
        return (a * a + c * c) / 2, (b * b + d * d) / 2

    def _fit(self, sound: Samples, low_hz: float, high_hz: float) -> tuple[Samples, Samples]:
        waves = np.exp(np.outer((low_hz, high_hz), self._turns[: len(sound)]))
        basis = np.concatenate((waves.real, waves.imag))
        return basis, np.linalg.solve(basis @ basis.T, basis @ sound)


def _nearest(nominal_hz: Samples, hz: float, beside: float = _BESIDE) -> int | None:
    """Which of the four frequencies it is; None where it is too far beside each."""
    at = int(np.abs(nominal_hz - hz).argmin())
    return at if abs(hz / nominal_hz[at] - 1) <= beside else None


def _dbfs(power: float) -> float:
    return float(10 * np.log10(2 * power / _FULL_SCALE**2))
