"""How a process that holds a station is set up: its loop and its memory."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import selectors
import sys

_SET_NAME = 15
_SET_TIMER_SLACK = 29
_TIMER_SLACK_NS = 1
_SWITCH_INTERVAL_S = 0.0005
"""How long another Python thread may keep the media thread waiting."""


def settle_memory() -> None:
    """Leave collecting of reference cycles to the SIP thread, and let threads take turns quickly.

    What the start needed for a moment goes back to the system (malloc_trim(3), glibc's own).
    A pj object in a cycle that another thread collects is an abort.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    gc.freeze()
    gc.disable()


def name_thread(name: str) -> None:
    """Let the kernel know the calling thread by a name (15 characters): for top, and for who measures."""
    ctypes.CDLL(None).prctl(_SET_NAME, name.encode()[:15], 0, 0, 0)


def _wake_in_time() -> None:
    """Let the kernel wake this thread when it is due, not up to 50 us later (prctl(2), PR_SET_TIMERSLACK)."""
    ctypes.CDLL(None).prctl(_SET_TIMER_SLACK, ctypes.c_ulong(_TIMER_SLACK_NS), 0, 0, 0)


def exact_loop() -> asyncio.AbstractEventLoop:
    """An event loop with exact timers: select waits microseconds, epoll rounds up to milliseconds."""
    _wake_in_time()
    return asyncio.SelectorEventLoop(selectors.SelectSelector())
