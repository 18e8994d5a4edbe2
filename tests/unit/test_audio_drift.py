"""Two cards whose clocks differ, over hours that pass at once."""

from __future__ import annotations

import errno
import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from portier.adapters.audio.drift import Drift, longer, shorter
from portier.adapters.audio.playback import Playback

RATE_HZ = 16000
FRAMES = 180_000
"""An hour of 20 ms each."""
MOST_ADDED_MS = 25.0


@dataclass
class DriftingLoudspeaker:
    """A card that plays on its own clock: `ppm` faster than the microphone's."""

    frame_samples: int
    ppm: float
    queued: float = 0.0
    changes: set[int] = field(default_factory=set)

    def info(self) -> dict[str, int]:
        return {"rate": RATE_HZ, "period_size": self.frame_samples, "buffer_size": 4 * self.frame_samples}

    def pass_a_frame(self) -> None:
        self.queued -= self.frame_samples * (1 + self.ppm * 1e-6)

    def avail(self) -> int:
        return 4 * self.frame_samples - round(self.queued) if self.queued >= 0 else -errno.EPIPE

    def write(self, pcm: bytes) -> int:
        if self.queued < 0:
            self.queued = 0.0
            return -errno.EPIPE
        self.changes.add(len(pcm) // 2 - self.frame_samples)
        taken = min(len(pcm) // 2, 4 * self.frame_samples - math.ceil(self.queued))
        self.queued += taken
        return taken


@pytest.mark.parametrize("frame_ms", [20, 10])
@pytest.mark.parametrize("loud", [True, False])
@pytest.mark.parametrize("ppm", [100.0, -100.0, 1000.0, -1000.0])
def test_hours_of_drift_bring_no_xrun_and_no_delay_that_grows(ppm: float, loud: bool, frame_ms: int) -> None:
    frame_samples = RATE_HZ * frame_ms // 1000
    pcm = DriftingLoudspeaker(frame_samples, ppm)
    playback = Playback(pcm, frame_samples)
    frame = array("h", [round(9000 * math.sin(0.3 * at)) for at in range(frame_samples)]).tobytes()
    frame = frame if loud else bytes(2 * frame_samples)
    playback.start()
    pcm.changes.clear()
    # The microphone starts late enough for the loudspeaker to have a third of a frame left.
    pcm.queued += frame_samples / 3
    depths = []
    for number in range(FRAMES // (8 if loud else 1)):
        pcm.pass_a_frame()
        if number % 50 == 0:
            depths.append(pcm.queued)
        assert playback.write(frame, lambda: 0), f"an xrun after {number * frame_ms / 1000} s"
    if loud:
        assert pcm.changes <= {-1, 0, 1}, "no half frame is put in or left out where it would be heard"
    begins_ms, most_ms = (1000 * samples / RATE_HZ for samples in (depths[0], max(depths)))
    assert most_ms - begins_ms < MOST_ADDED_MS, (begins_ms, most_ms)


def test_a_queue_that_runs_low_is_filled_sample_by_sample() -> None:
    drift, frame = Drift(RATE_HZ), bytes(640)
    assert len(drift.suited(frame)) == 640
    drift.seen(90)
    assert [len(drift.suited(frame)) for _ in range(17)] == [642] * 16 + [640]


def test_what_is_too_much_is_left_out_sample_by_sample_and_no_more() -> None:
    drift, frame = Drift(RATE_HZ), bytes(640)
    drift.spare(3)
    assert [len(drift.suited(frame)) for _ in range(4)] == [638] * 3 + [640]
    drift.spare(3)
    drift.seen(50)
    assert len(drift.suited(frame)) == 642, "running dry counts for more"


@pytest.mark.parametrize(("change", "by"), [(longer, 1), (shorter, -1)])
def test_a_sample_more_or_less_makes_no_step_that_was_not_there(
    change: Callable[[bytes], bytes], by: int
) -> None:
    """A tone of 300 Hz keeps its steepest step."""
    turn = 2 * math.pi * 300 / RATE_HZ
    tone = array("h", [round(16000 * math.sin(turn * at)) for at in range(320)])
    changed = array("h", change(tone.tobytes()))
    assert len(changed) == 320 + by
    steepest = max(abs(after - before) for before, after in pairwise(tone))
    assert max(abs(after - before) for before, after in pairwise(changed)) <= steepest


def test_both_channels_gain_and_lose_the_same_samples() -> None:
    left, right = [0, 900, 1000, 1000, 300], [9, 19, 29, 39, 49]
    both = array("h", [sample for pair in zip(left, right, strict=True) for sample in pair]).tobytes()
    for change in (longer, shorter):
        changed = array("h", change(both, 2))
        assert changed[0::2] == array("h", change(array("h", left).tobytes()))
        assert len(changed[1::2]) == len(changed[0::2])
        assert list(changed[1::2]) == sorted(changed[1::2])
