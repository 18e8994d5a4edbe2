"""One moment on two clocks: the kernel stamps packets with one, processes compare the other."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A moment: `at_ns` since the epoch (CLOCK_REALTIME), `mono_ns` since boot (CLOCK_MONOTONIC)."""

    at_ns: int
    mono_ns: int


def now() -> Instant:
    """Read both clocks; they differ by less than a read of the clock takes."""
    before_ns = time.monotonic_ns()
    at_ns = time.time_ns()
    after_ns = time.monotonic_ns()
    return Instant(at_ns, (before_ns + after_ns) // 2)


def from_kernel(at_ns: int) -> Instant:
    """Convert a kernel's stamp (CLOCK_REALTIME) by the offset between the clocks at this moment."""
    reference = now()
    return Instant(at_ns, at_ns - reference.at_ns + reference.mono_ns)
