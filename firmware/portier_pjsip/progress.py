"""Tells what is being done: one line a step, which on a terminal moves while it is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_NAME_WIDTH = 10
_REDRAW_EVERY_S = 0.2
_LINE_EVERY_S = 20.0
"""Where the output is no terminal: how often a long step shows that it lives."""

_CLEAR = "\r\x1b[K"


class Progress:
    """The steps of one wheel, with the time each took."""

    def __init__(self, out: TextIO = sys.stdout, now_s: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._now_s = now_s
        self._alive = out.isatty()
        self._name = ""
        self._began_s = self._told_s = 0.0

    def say(self, name: str, text: str) -> None:
        """One line that stays."""
        self._out.write(f"  {name:{_NAME_WIDTH}}{text}\n")
        self._out.flush()

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[Callable[[str], None]]:
        """A step; what it yields tells how far it is. An error leaves the line as it was."""
        self._name = name
        self._began_s = self._told_s = self._now_s()
        self._draw(text)
        last = text

        def tell(news: str) -> None:
            nonlocal last
            last = news
            now_s = self._now_s()
            if now_s - self._told_s >= (_REDRAW_EVERY_S if self._alive else _LINE_EVERY_S):
                self._told_s = now_s
                self._draw(news) if self._alive else self._keep(news)

        try:
            yield tell
        except BaseException:
            self._draw(f"{last}: failed\n")
            raise
        self._keep(last)

    def _keep(self, text: str) -> None:
        took_s = self._now_s() - self._began_s
        start = _CLEAR if self._alive else ""
        self._out.write(f"{start}  {self._name:{_NAME_WIDTH}}{text:<58} {clock(took_s)}\n")
        self._out.flush()

    def _draw(self, text: str) -> None:
        if self._alive:
            self._out.write(f"{_CLEAR}  {self._name:{_NAME_WIDTH}}{text}")
            self._out.flush()


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
