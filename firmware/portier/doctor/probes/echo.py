"""Child: what would keep the far end from hearing itself, and how long does a frame take?"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from typing import get_args

from portier.doctor import probes
from portier.sound_settings import EchoChoice, SoundProcessing

_FRAMES = 50


@dataclass(frozen=True, slots=True)
class Cancels:
    """What runs, for people, and the median time of a frame of 20 ms."""

    words: str
    frame_ms: float


def try_echo(echo: EchoChoice, rate_hz: int) -> Cancels:
    """Make the chain that the station makes, and let it work."""
    from portier.adapters.audio.processing.making import make_chain

    chain = make_chain(SoundProcessing(echo), rate_hz)
    loud = bytes(range(256)) * (rate_hz // 50 // 128) + bytes(2 * (rate_hz // 50 % 128))
    took_ms = []
    chain.begin()
    for _ in range(_FRAMES):
        begun_s = time.perf_counter()
        chain.toward_far_end(loud)
        chain.toward_loudspeaker(loud)
        took_ms.append((time.perf_counter() - begun_s) * 1000)
    return Cancels(chain.words, round(statistics.median(took_ms), 2))


def _asked() -> Cancels:
    wanted = next(one for one in get_args(EchoChoice) if one == sys.argv[1])
    return try_echo(wanted, int(sys.argv[2]))


if __name__ == "__main__":
    sys.exit(probes.answer(_asked))
