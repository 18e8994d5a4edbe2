"""How a process that holds a station is set up: its loop and its memory."""

from __future__ import annotations

import asyncio
import gc
import selectors
import sys

_SWITCH_INTERVAL_S = 0.0005
"""How long another Python thread may keep the media thread waiting."""


def settle_memory() -> None:
    """Leave collecting of reference cycles to the SIP thread, and let threads take turns quickly.

    A pj object in a cycle that another thread collects is an abort.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.disable()


def exact_loop() -> asyncio.AbstractEventLoop:
    """An event loop with exact timers: select waits microseconds, epoll rounds up to milliseconds."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())
