"""The time of day: tells the core each new minute by the local clock, or that the clock may be wrong."""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from portier.core.events import ClockTold
from portier.ports import Post

NOT_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
"""This program is not older: a clock that says less is wrong."""

_MINUTE_S = 60.0
_TIME_ERROR = 5  # adjtimex(2)
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_HARDWARE_CLOCK_S = Path("/sys/class/rtc/rtc0/since_epoch")
_MOST_APART_S = 120.0


class WallClock:
    """Posts ClockTold at `start` and at each new minute, until `close`; on the loop alone.

    `zone` is a name of the time zone database, None for the system's own zone. A clock that was right once
    stays so while the station runs (it loses seconds a day), unless it jumps to before `NOT_BEFORE`.
    """

    def __init__(
        self,
        zone: str | None,
        loop: asyncio.AbstractEventLoop,
        post: Post,
        now_s: Callable[[], float] = time.time,
        follows_something: Callable[[float], bool] | None = None,
    ) -> None:
        self._zone = ZoneInfo(zone) if zone else None
        self._loop = loop
        self._post = post
        self._now_s = now_s
        self._follows_something = follows_something or follows_something_right
        self._was_right = False
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Tell the time now and from now on."""
        now_s = self._now_s()
        # A jump of the clock is seen within a minute, whichever way it goes.
        self._next = self._loop.call_later(_MINUTE_S - now_s % _MINUTE_S, self.start)
        self._was_right = known_right(now_s, self._was_right, self._follows_something)
        local = None
        if self._was_right:
            local = datetime.fromtimestamp(now_s, UTC).astimezone(self._zone).replace(tzinfo=None)
        self._post(ClockTold(local, at_s=self._loop.time()))

    def close(self) -> None:
        """Tell it no more."""
        if self._next:
            self._next.cancel()


def known_right(
    now_s: float, was_right: bool, follows_something: Callable[[float], bool] | None = None
) -> bool:
    """Whether a time of day (s since 1970) is known to be right; what was right once stays so."""
    if now_s < NOT_BEFORE.timestamp():
        return False
    return was_right or (follows_something or follows_something_right)(now_s)


def follows_something_right(now_s: float) -> bool:
    """Whether the system's clock follows a time server, or agrees with a hardware clock.

    The unit forbids to ask the kernel (ProtectClock): there it is systemd-timesyncd that says it.
    """
    return bool(synchronised()) or _TIMESYNCD.exists() or _agrees_with_hardware(now_s)


def synchronised() -> bool | None:
    """Whether the kernel's clock follows a time server; None where that cannot be told."""
    # struct timex has 208 bytes at most; with modes 0 it is only read.
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    return None if state < 0 else bool(state != _TIME_ERROR)


def _agrees_with_hardware(now_s: float) -> bool:
    """A clock without a battery begins in 1970: it does not agree, and proves nothing."""
    try:
        hardware_s = int(_HARDWARE_CLOCK_S.read_text())
    except (OSError, ValueError):
        return False
    return abs(hardware_s - now_s) <= _MOST_APART_S
