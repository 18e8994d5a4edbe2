"""What a station holds on to at rest: what nobody needs any more must not be among it."""

from __future__ import annotations

import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.live import LiveStation

_CALMS_DOWN_S = 8.0
"""PJSIP gives up what nobody answers after 4 s; a transaction that ends then has another 4 s."""
_MORE_DESCRIPTORS = 2
_MORE_MEMORY_KIB = 4 * 1024


@dataclass(frozen=True)
class Held:
    """Of a station at rest, and of the process that it shares with its line."""

    calls: int
    threads: int
    descriptors: int
    memory_kib: int

    @classmethod
    def by(cls, station: LiveStation) -> Held:
        """Count what is held now; give PJSIP a second or two after the last call."""
        assert station.station
        phone: Any = station.station.runtime._ports.phone  # type: ignore[union-attr]
        # What the bench remembers, or holds for a call that it never lets end, is no leak of the station's.
        station.card.forget()
        for call in station.line.calls:
            call.leg.close()
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            len(phone._legs) + len(phone._strangers),
            threading.active_count(),
            len(os.listdir("/proc/self/fd")),  # noqa: PTH208
            pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        )

    @classmethod
    def until_no_more_than(cls, before: Held, station: LiveStation, limit_s: float = _CALMS_DOWN_S) -> Held:
        """Wait until nothing is left behind; what is held then, or at the end of the wait."""
        until_s = time.monotonic() + limit_s
        while not (now := cls.by(station)).no_more_than(before) and time.monotonic() < until_s:
            time.sleep(0.1)
        return now

    def no_more_than(self, before: Held) -> bool:
        """Whether nothing was left behind since then."""
        return (
            self.calls <= before.calls
            and self.threads <= before.threads
            and self.descriptors <= before.descriptors + _MORE_DESCRIPTORS
            and self.memory_kib <= before.memory_kib + _MORE_MEMORY_KIB
        )
