"""What ends setup from outside, as exceptions: Ctrl-C, a lost connection, a polite kill.

All of it is for the main thread alone.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_AT_ONCE_S = 0.5


class Ended(Exception):  # noqa: N818 -- a signal, no error
    """A signal wants the end."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


def raise_each() -> None:
    """Let each raise KeyboardInterrupt or Ended from now on, until `last`.

    Ctrl-C too, which whoever started this may have ignored, as a shell does for a job in the background.
    Several at once, as from a key that is held, count as one: the second would cut short what the first
    brings to its end.
    """
    counts_from_s = 0.0

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal counts_from_s
        del frame
        now_s = time.monotonic()
        if now_s < counts_from_s:
            return
        counts_from_s = now_s + _AT_ONCE_S
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Ended(number)

    for number in ALL:
        signal.signal(number, end)


@contextmanager
def last() -> Iterator[None]:
    """Let none count any more once this is left: what a process does at its end is done whole."""
    try:
        yield
    finally:
        for number in ALL:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let a signal wait that would end it half-way.

    A mask would not do: the kernel hands a signal to any thread that has none.
    """
    came: list[int] = []

    def keep(number: int, frame: FrameType | None) -> None:
        del frame
        came.append(number)

    before = {number: signal.signal(number, keep) for number in ALL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
