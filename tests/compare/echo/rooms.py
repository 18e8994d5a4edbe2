"""Doors to measure at: three rooms, a loudspeaker that distorts, and a microphone beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .speech import Samples

_MICROPHONE_BESIDE_M = 0.05
_TALKER_AWAY_M = 0.6
_RESPONSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Room:
    """A place in front of a door: its size, and how long it echoes."""

    name: str
    size_m: tuple[float, float, float]
    rt60_s: float


ROOMS = (
    Room("porch", (2.0, 1.6, 2.5), 0.25),
    Room("passage", (7.0, 3.0, 3.2), 0.6),
    Room("street", (12.0, 9.0, 8.0), 0.35),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A door in its room.

    `echo_db` is how much louder the echo is at the microphone than the visitor, `delay_ms` what buffers and
    converters take of it, `distortion` how far the loudspeaker is driven (0: not at all), `noise_dbfs` what
    the street adds.
    """

    room: Room
    delay_ms: float = 60.0
    echo_db: float = 6.0
    distortion: float = 0.5
    noise_dbfs: float = -65.0


@dataclass(frozen=True, slots=True)
class AtMicrophone:
    """What is at the microphone, apart: from -1 to 1. They add up."""

    echo: Samples
    near: Samples
    noise: Samples


def at_microphone(scene: Scene, far: Samples, near: Samples, rate_hz: int, seed: int = 1) -> AtMicrophone:
    """What the microphone hears while the loudspeaker plays `far` and the visitor says `near`."""
    echo_path, near_path = responses(scene.room, rate_hz)
    delay = np.zeros(round(scene.delay_ms * rate_hz / 1000))
    driven = np.concatenate((delay, distorted(far, scene.distortion)))[: len(far)]
    echo, heard = _through(driven, echo_path), _through(near, near_path)
    heard *= 0.05 / _rms(heard)
    echo *= 0.05 * 10 ** (scene.echo_db / 20) / _rms(echo)
    noise = np.random.default_rng(seed).standard_normal(len(far)) * 10 ** (scene.noise_dbfs / 20)
    return AtMicrophone(echo, heard, noise)


def distorted(sound: Samples, drive: float) -> Samples:
    """What a small loudspeaker makes of it: louder parts flatter, one side more than the other."""
    if drive == 0:
        return sound
    peak = float(np.abs(sound).max())
    pushed = sound / peak * (1 + 2 * drive)
    bent = np.tanh(pushed + 0.1 * drive * pushed**2) / np.tanh(1 + 2 * drive)
    return np.asarray(bent * peak)


def responses(room: Room, rate_hz: int) -> tuple[Samples, Samples]:
    """How a click in the loudspeaker, and one at the visitor's mouth, arrive at the microphone."""
    import pyroomacoustics

    absorption, order = pyroomacoustics.inverse_sabine(room.rt60_s, room.size_m)
    shoebox = pyroomacoustics.ShoeBox(
        room.size_m,
        fs=rate_hz,
        materials=pyroomacoustics.Material(absorption),
        max_order=min(order, 20),
    )
    across, height = room.size_m[0] / 2, 1.4
    shoebox.add_source((across, 0.05, height))
    shoebox.add_source((across + 0.1, 0.05 + _TALKER_AWAY_M, height + 0.2))
    shoebox.add_microphone((across, 0.05, height - _MICROPHONE_BESIDE_M))
    shoebox.compute_rir()
    ((echo, near),) = shoebox.rir
    length = round(_RESPONSE_S * rate_hz)
    return np.asarray(echo[:length], np.float64), np.asarray(near[:length], np.float64)


def _through(sound: Samples, response: Samples) -> Samples:
    size = len(sound) + len(response) - 1
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]


def _rms(sound: Samples) -> float:
    return float(np.sqrt(np.mean(sound**2)))
