"""What is told of the loudspeaker's sound beside a captured frame, and what it plays at that time."""

from __future__ import annotations

import errno
import random
from array import array
from collections.abc import Callable
from itertools import pairwise

import pytest

from portier.adapters.audio.heard import EARLIER_S, Heard
from portier.adapters.audio.playback import Playback

RATE_HZ = 16000
FRAME = 320
BUFFER = 4 * FRAME
EARLY_MS = 1000 * EARLIER_S


class Loudspeaker:
    """Plays on its own clock, `ppm` faster than the microphone's, and tells its queue by the period."""

    def __init__(self, ppm: float = 0.0, period: int = 1, channels: int = 1) -> None:
        self._ppm = ppm
        self._period = period
        self._channels = channels
        self.written = array("h")
        self.played = 0.0

    def info(self) -> dict[str, int]:
        return {"rate": RATE_HZ, "period_size": FRAME, "buffer_size": BUFFER}

    def pass_time(self, samples: float) -> None:
        self.played += samples * (1 + self._ppm * 1e-6)

    def avail(self) -> int:
        queued = len(self.written) - self.played
        if queued < 0:
            return -errno.EPIPE
        return BUFFER - -(-round(queued) // self._period) * self._period

    def write(self, pcm: bytes) -> int:
        if self.played > len(self.written):
            self.played = float(len(self.written))
            return -errno.EPIPE
        first = array("h", pcm)[:: self._channels]
        taken = first[: BUFFER - round(len(self.written) - self.played)]
        self.written.extend(taken)
        return len(taken)


def frames(count: int, channels: int = 1) -> list[bytes]:
    """Loud noise, in which each place is known."""
    chance = random.Random(3)
    made = []
    for _ in range(count):
        both = array("h", bytes(2 * FRAME * channels))
        both[::channels] = array("h", [chance.randint(-20000, 20000) for _ in range(FRAME)])
        made.append(both.tobytes())
    return made


def early_ms(told: bytes, speaker: Loudspeaker, around: int = 480) -> float | None:
    """How much earlier than it is played a frame was told; None where it is nothing that was written."""
    first = array("h", told)[:24].tobytes()
    begins = round(speaker.played) - FRAME
    for off in sorted(range(-around, around), key=abs):
        at = begins + off
        if at >= 0 and speaker.written[at : at + 24].tobytes() == first:
            return off * 1000 / RATE_HZ
    return None


def followed(
    speaker: Loudspeaker, count: int, disturb: Callable[[int], float] = lambda _: 0.0, channels: int = 1
) -> list[float | None]:
    """By how much each frame was told early; `disturb` makes one so many samples late."""
    playback = Playback(speaker, FRAME, channels)
    playback.start()
    told = []
    for number, frame in enumerate(frames(count, channels)):
        speaker.pass_time(FRAME + disturb(number))
        told.append(early_ms(playback.heard(), speaker))
        playback.write(frame, lambda: 0)
    return told


def test_through_a_queue_that_is_made_shorter_each_frame_is_told_just_before_it_is_played() -> None:
    speaker = Loudspeaker()
    told = followed(speaker, 300)
    assert len(speaker.written) < 302 * FRAME - FRAME // 4, "nothing was left out"
    assert all(abs(one - EARLY_MS) <= 0.1 for one in told[5:] if one is not None), told
    assert told.count(None) < 6


def test_of_two_channels_the_first_is_told() -> None:
    assert set(followed(Loudspeaker(channels=2), 60, channels=2)[5:]) == {EARLY_MS}


@pytest.mark.parametrize("ppm", [100.0, 1000.0, -1000.0])
def test_two_clocks_move_it_by_no_more_than_two_milliseconds(ppm: float) -> None:
    told = [one for one in followed(Loudspeaker(ppm), 3000)[150:] if one is not None]
    assert len(told) > 2000
    assert all(abs(one - EARLY_MS) <= 2.0 for one in told), (min(told), max(told))


@pytest.mark.parametrize("late_ms", [30, 200])
def test_after_a_stall_it_is_right_again_within_half_a_second(late_ms: int) -> None:
    told = followed(Loudspeaker(), 300, lambda number: late_ms * 16.0 if number == 120 else 0.0)
    assert all(abs(one - EARLY_MS) <= 0.5 for one in told[150:] if one is not None), told[150:]
    assert told[150:].count(None) < 6


def test_a_queue_told_by_the_period_moves_it_slowly_and_within_that_period() -> None:
    chance = random.Random(5)
    told = [
        one
        for one in followed(Loudspeaker(period=160), 1500, lambda _: chance.uniform(-1, 1))
        if one is not None
    ][10:]
    assert len(told) > 1000
    assert max(told) - min(told) <= 10.2
    assert min(told) >= EARLY_MS - 10.2
    steps = [abs(after - before) for before, after in pairwise(told)]
    assert sorted(steps)[len(steps) * 98 // 100] <= 0.3


def test_before_anything_was_written_there_is_silence() -> None:
    assert Heard(RATE_HZ, FRAME).frame() == bytes(2 * FRAME)
