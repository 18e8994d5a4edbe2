"""The judge of sound: finds what is there and nothing else."""

from __future__ import annotations

import random
from array import array

import pytest

from portier.bench.evidence import find
from portier.bench.voice import voice
from portier.errors import PortierError

RATE_HZ = 8000


def _quieter(pcm: bytes, by: int) -> bytes:
    return array("h", [sample // by for sample in array("h", pcm)]).tobytes()


def test_a_voice_is_found_late_and_quieter() -> None:
    door = voice("door", RATE_HZ, 4.0)
    match = find(door, _quieter(door[3001 * 2 :] + door, 4), RATE_HZ)
    assert match.heard
    assert match.share > 0.9


def test_the_other_voice_noise_and_silence_are_not_found() -> None:
    door, phone = voice("door", RATE_HZ, 4.0), voice("phone", RATE_HZ, 4.0)
    noise = random.Random(1)
    hiss = array("h", [noise.randrange(-3000, 3000) for _ in range(4 * RATE_HZ)]).tobytes()
    for other in (phone, hiss, bytes(8 * RATE_HZ)):
        assert not find(door, other, RATE_HZ).heard


def test_a_moment_of_the_voice_is_not_enough() -> None:
    door = voice("door", RATE_HZ, 4.0)
    assert not find(door, door[: 2 * RATE_HZ], RATE_HZ).heard


def test_a_signal_too_short_to_look_for_is_an_error() -> None:
    with pytest.raises(PortierError, match="too short"):
        find(bytes(10), bytes(100), RATE_HZ)
