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

    def __init__(
        self, ppm: float = 0.0, period: int = 1, channels: int = 1, frame: int = FRAME, rate_hz: int = RATE_HZ
    ) -> None:
        self._ppm = ppm
        self._period = period
        self._channels = channels
        self.frame = frame
        self.rate_hz = rate_hz
        self.written = array("h")
        self.played = 0.0

    def info(self) -> dict[str, int]:
        period = self._period if self._period > 1 else self.frame // 2
        return {"rate": self.rate_hz, "period_size": period, "buffer_size": BUFFER}

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


def frames(count: int, size: int, channels: int = 1) -> list[bytes]:
    """Loud noise, in which each place is known."""
    chance = random.Random(3)
    made = []
    for _ in range(count):
        both = array("h", bytes(2 * size * channels))
        both[::channels] = array("h", [chance.randint(-20000, 20000) for _ in range(size)])
        made.append(both.tobytes())
    return made


def early_ms(told: bytes, speaker: Loudspeaker, around: int = 480) -> float | None:
    """How much earlier than it is played a frame was told; None where it is nothing that was written."""
    first = array("h", told)[:24].tobytes()
    begins = round(speaker.played) - speaker.frame
    for off in sorted(range(-around, around), key=abs):
        at = begins + off
        if at >= 0 and speaker.written[at : at + 24].tobytes() == first:
            return off * 1000 / speaker.rate_hz
    return None


def followed(
    speaker: Loudspeaker,
    count: int,
    disturb: Callable[[int], float] = lambda _: 0.0,
    channels: int = 1,
    waits: Callable[[int], int] = lambda _: 0,
) -> list[float | None]:
    """By how many ms each frame was told early; `disturb` makes one so many samples late.

    `waits` is how many samples of the microphone are there and not read: as much less is played when its
    frame is. What is told of the first frames is silence, from before there was anything.
    """
    playback = Playback(speaker, speaker.frame, channels)
    playback.start()
    told: list[float | None] = []
    late = 0
    for number, frame in enumerate(frames(count, speaker.frame, channels)):
        waiting = waits(number)
        speaker.pass_time(speaker.frame + disturb(number) + waiting - late)
        late = waiting
        at = speaker.played
        speaker.played -= waiting
        told.append(early_ms(playback.heard(), speaker))
        speaker.played = at
        playback.write(frame, lambda waiting=waiting: waiting)  # type: ignore[misc]
    return told


def known(told: list[float | None]) -> list[float]:
    """None of these is anything but what was written."""
    assert None not in told
    return [one for one in told if one is not None]


def near(told: list[float | None], early_ms: float, most_ms: float) -> bool:
    return all(abs(one - early_ms) <= most_ms for one in known(told))


@pytest.mark.parametrize(("rate_hz", "frame"), [(16000, 320), (16000, 160), (8000, 160), (8000, 80)])
def test_through_a_queue_that_is_made_shorter_each_frame_is_told_just_before_it_is_played(
    rate_hz: int, frame: int
) -> None:
    speaker = Loudspeaker(frame=frame, rate_hz=rate_hz)
    told = followed(speaker, 300)
    if frame * 50 == rate_hz:
        assert len(speaker.written) < 302 * frame - frame // 4, "nothing was left out"
    # The frame that is written next is the last that can be told.
    assert near(told[5:], EARLY_MS, 0.25)


def test_of_two_channels_the_first_is_told() -> None:
    assert near(followed(Loudspeaker(channels=2), 60, channels=2)[5:], EARLY_MS, 0.0)


def test_what_waits_at_the_microphone_counts() -> None:
    chance = random.Random(9)
    told = followed(Loudspeaker(), 300, waits=lambda _: chance.randint(0, 100))
    assert near(told[5:], EARLY_MS, 0.25)


@pytest.mark.parametrize("ppm", [50.0, 100.0, 1000.0, -1000.0])
def test_two_clocks_move_it_by_no_more_than_two_milliseconds(ppm: float) -> None:
    assert near(followed(Loudspeaker(ppm), 3000)[150:], EARLY_MS, 2.0)


@pytest.mark.parametrize("late_ms", [30, 60, 200])
def test_after_an_xrun_it_is_right_from_the_next_frame_but_one(late_ms: int) -> None:
    told = followed(Loudspeaker(), 300, lambda number: late_ms * 16.0 if number == 120 else 0.0)
    # Of the silence that fills the queue, every place is alike.
    sounding = [one for one in told[123:] if one is not None]
    assert len(sounding) > 170
    assert all(abs(one - EARLY_MS) <= 0.5 for one in sounding), told[120:140]


@pytest.mark.parametrize("phase", [0, 40, 80, 120])
@pytest.mark.parametrize("period", [160, 320, 512])
def test_a_card_that_tells_its_queue_by_the_period_has_next_to_no_echo_before_its_sound(
    period: int, phase: int
) -> None:
    told = known(followed(Loudspeaker(period=period), 400, lambda number: phase if number == 0 else 0.0)[50:])
    assert min(told) >= EARLY_MS - 10.2
    assert max(told) <= EARLY_MS + (period - 160) / 16 + 0.2


def test_a_queue_told_by_the_period_moves_it_slowly_and_within_that_period() -> None:
    chance = random.Random(5)
    told = known(followed(Loudspeaker(period=160), 1500, lambda _: chance.uniform(-1, 1))[10:])
    assert max(told) - min(told) <= 10.2
    steps = [abs(after - before) for before, after in pairwise(told)]
    assert sorted(steps)[len(steps) * 98 // 100] <= 0.3


def test_before_anything_was_written_there_is_silence() -> None:
    assert Heard(RATE_HZ, FRAME).frame() == bytes(2 * FRAME)
