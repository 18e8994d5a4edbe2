"""What a microphone heard while the test's sweeps were played, in numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from .signal import LEVEL_DBFS, SETTLES_S, SILENCE_S, SWEEP_S, Curve, Samples, begins, sweep

Marks = NDArray[np.bool_]

FULL_SCALE = 32760
"""From here on a sample counts as cut off: some converters stop a little below the last value."""

_CUT_SAMPLES = 3
_SILENT_DBFS = -96.0
_EARLIEST_S, _LATEST_S = -0.3, 0.5
"""A card that loses sound gives what comes afterwards too early. Together shorter than a period."""

JUMP_MS = 25.0
"""More than the station itself moves a sweep: single samples, or half a quiet frame, where two clocks drift
apart; half a frame or a frame of 20 ms where what waits is far too little or too much.
"""

_STANDS_OUT = 1.6
"""So much higher than the highest that silence gives."""

_ROOM_S = 0.1
_HUM_HZ = (50, 100)
_BESIDE_HZ = 20
_WIDTH_HZ = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """Levels in dBFS (RMS), -96 for silence.

    `peak` is of S16, without a constant part. `cut_share` is the share of the sweeps' time in which samples
    are cut off, `cut_in_silence` whether some are outside of it. `hum_dbfs` is by frequency, `hum_above_db`
    how far it stands out of the noise. `heard` of the sweeps came back; then `delay_ms` after they were
    played (the median of those before the first jump; negative where sound was lost earlier), within
    `delay_spread_ms`, and `loss_db` weaker.
    """

    peak: int
    noise_dbfs: float
    cut_share: float
    cut_in_silence: bool
    hum_dbfs: dict[int, float]
    hum_above_db: dict[int, float]
    heard: int
    delay_ms: float
    delay_spread_ms: float
    loss_db: float


def measure(captured: Samples, rate_hz: int) -> Measured:
    """Look at a recording that began with the first sample of `signal.signal`."""
    sound = captured.astype(np.float64)
    quiet = sound[round(SETTLES_S * rate_hz) : round((SETTLES_S + SILENCE_S) * rate_hz)]
    if len(quiet) < SILENCE_S * rate_hz:
        quiet = np.zeros(round(SILENCE_S * rate_hz))
    quiet = quiet - quiet.mean()
    hum, above = _hum(quiet, rate_hz)
    found = _found(sound, rate_hz)
    settled = captured[round(SETTLES_S * rate_hz) :]
    cut = _cut(captured)
    swept = _swept(len(captured), rate_hz, min([0, *(lag for lag, _ in found)]))
    swept[: round(SETTLES_S * rate_hz)] = True
    delays_ms = [1000 * lag / rate_hz for lag, _ in found]
    return Measured(
        peak=int(np.abs(settled - np.median(settled)).max(initial=0)) if len(settled) else 0,
        noise_dbfs=_dbfs(float(np.mean(quiet**2))),
        cut_share=float(cut[swept].mean()) if swept.any() else 0.0,
        cut_in_silence=bool(cut[~swept].any()),
        hum_dbfs=hum,
        hum_above_db=above,
        heard=len(found),
        delay_ms=_before_a_jump(delays_ms) if found else 0.0,
        delay_spread_ms=max(delays_ms) - min(delays_ms) if found else 0.0,
        loss_db=_loss_db([power for _, power in found], quiet, rate_hz),
    )


def _dbfs(power: float) -> float:
    return max(_SILENT_DBFS, 10 * float(np.log10(power / 32768**2))) if power > 0 else _SILENT_DBFS


def _cut(captured: Samples) -> Marks:
    """Where at least three samples in a row stand at the end of the scale, at the same end."""
    out = np.zeros(len(captured), bool)
    for beyond in (captured >= FULL_SCALE, captured <= -FULL_SCALE):
        runs = beyond[2:] & beyond[1:-1] & beyond[:-2]
        for shift in range(_CUT_SAMPLES):
            out[shift : shift + len(runs)] |= runs
    return out


def _swept(count: int, rate_hz: int, earliest: int) -> Marks:
    """Where a sweep may be heard: from `earliest` samples after its beginning to the latest that it comes."""
    out = np.zeros(count, bool)
    for start in begins(rate_hz):
        out[start + earliest : start + round((SWEEP_S + _LATEST_S) * rate_hz)] = True
    return out


def _before_a_jump(delays_ms: list[float]) -> float:
    steady = takewhile(lambda one: abs(one - delays_ms[0]) <= JUMP_MS, delays_ms)
    return float(np.median(list(steady)))


def _hum(quiet: Curve, rate_hz: int) -> tuple[dict[int, float], dict[int, float]]:
    """The level at the mains' frequencies, and how far each is above what is beside them."""
    window = np.hanning(len(quiet))
    # A sine of this power gives that power summed over its bins.
    scale = 2 / (float((window**2).sum()) * len(quiet))
    powers = np.abs(np.fft.rfft(quiet * window)) ** 2 * scale
    hertz = np.fft.rfftfreq(len(quiet), 1 / rate_hz)
    levels, above = {}, {}
    for mains in _HUM_HZ:
        power = float(powers[np.abs(hertz - mains) <= _WIDTH_HZ].sum())
        levels[mains] = _dbfs(power)
        away = np.abs(hertz - mains)
        floor = float(np.median(powers[(away > 2 * _WIDTH_HZ) & (away <= _BESIDE_HZ)]))
        above[mains] = levels[mains] - _dbfs(floor * (2 * _WIDTH_HZ + 1))
    return levels, above


def _found(sound: Curve, rate_hz: int) -> list[tuple[int, float]]:
    """Of each sweep that came back: after how many samples, and how strong it was (mean square).

    After fewer than none where sound was lost before.
    """
    one = sweep(rate_hz)
    size = len(sound) + len(one)
    matched = np.abs(np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(one, size)), size))
    silence = slice(round(SETTLES_S * rate_hz), round((SETTLES_S + SILENCE_S - SWEEP_S) * rate_hz))
    # One least bit of a sweep: nothing below counts in perfect silence.
    least = max(_STANDS_OUT * float(matched[silence].max(initial=0.0)), float((one**2).sum()))
    found = []
    for start in begins(rate_hz):
        earliest = round(_EARLIEST_S * rate_hz)
        window = matched[start + earliest : start + round(_LATEST_S * rate_hz)]
        if len(window) and window.max() > least:
            lag = earliest + int(window.argmax())
            room = sound[start + lag : start + lag + len(one) + round(_ROOM_S * rate_hz)]
            found.append((lag, float((room**2).sum()) / len(one)))
    return found


def _loss_db(powers: list[float], quiet: Curve, rate_hz: int) -> float:
    if not powers:
        return 0.0
    came = float(np.median(powers))
    noise = float(np.mean(quiet**2)) * (SWEEP_S + _ROOM_S) / SWEEP_S
    played = float(np.mean(sweep(rate_hz) ** 2)) * 32767**2 * 10 ** (LEVEL_DBFS / 10)
    return 10 * float(np.log10(played / max(came - noise, came / 20)))
