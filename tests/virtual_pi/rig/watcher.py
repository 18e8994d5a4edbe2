"""Looks at lines again and again, and keeps every change with its moment.

An emulated processor is slow: so a line is looked at each ms only while it moves, or somebody waits for it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

QUICK_S, _CALM_S = 0.001, 0.004
_SLOW_S, _BIAS_S = 0.02, 0.1
_MOVING_S = 2.0
"""How long after its last change a quick line is taken for one that moves."""
_KEPT = 20_000
_NICE = -10
Change = tuple[float, int, str]


class Lines(Protocol):
    """What can be looked at."""

    def level(self, line: int) -> bytes:
        """The level of a line, as it is read."""
        ...

    def bias(self, line: int) -> str:
        """What a line is pulled to."""
        ...


class Watcher:
    """The quick lines each ms, each 4 ms while nothing is about; the others each 20 ms; pulls each 0.1 s."""

    def __init__(self, lines: Lines, quick: Iterable[int], slow: Iterable[int]) -> None:
        self._lines = lines
        self._quick = tuple(quick)
        self._slow = tuple(slow)
        self._changed = threading.Condition()
        self._histories: dict[int, deque[Change]] = {}
        self._levels: dict[int, bytes] = {}
        self._ended = threading.Event()
        self._moving_until_s = 0.0
        self._waiting = 0

    def start(self) -> None:
        """Look from now on, in a thread of its own."""
        threading.Thread(target=self._go_on, name="watcher", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def begin_with(self, changes: Iterable[tuple[int, Change]]) -> None:
        """Take over what was seen before."""
        for line, change in changes:
            self._of(line).append(change)

    def watch(self, quick: Iterable[int]) -> None:
        """Look at these lines each ms, and at no others so often."""
        self._quick = tuple(quick)

    def look(self, line: int) -> None:
        """Look at a line once, at its level and what it is pulled to."""
        level, bias = self._lines.level(line), self._lines.bias(line)
        self._levels[line] = level
        value = int(level)
        history = self._of(line)
        if not history or history[-1][1:] != (value, bias):
            with self._changed:
                history.append((time.monotonic(), value, bias))
                self._changed.notify_all()

    def _glance(self, line: int) -> bool:
        if self._lines.level(line) == self._levels.get(line):
            return False
        self.look(line)
        return True

    def history(self, line: int, since_s: float) -> list[Change]:
        """The changes of a line from a moment on; where that is 0, from the first sample on."""
        with self._changed:
            return [one for one in self._of(line) if one[0] >= since_s]

    def wait(self, line: int, value: int, since_s: float, limit_s: float) -> float:
        """The moment of the first change to a level after `since_s`; TimeoutError where it does not come.

        Where `since_s` is 0, and the line has the level, the moment of its last change.
        """
        until_s = time.monotonic() + limit_s
        with self._changed, self._expected():
            while (found := self._found(line, value, since_s)) is None:
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    if (found := self._found(line, value, since_s)) is not None:
                        return found
                    if time.monotonic() >= until_s:
                        raise TimeoutError(f"GPIO{line} did not become {value} within {limit_s:g} s")
            return found

    @contextlib.contextmanager
    def _expected(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _found(self, line: int, value: int, since_s: float) -> float | None:
        history = self._of(line)
        if not since_s:
            return history[-1][0] if history and history[-1][1] == value else None
        before = value
        for at_s, level, _ in history:
            if at_s > since_s and level == value and before != value:
                return at_s
            before = level
        return None

    def _of(self, line: int) -> deque[Change]:
        return self._histories.setdefault(line, deque(maxlen=_KEPT))

    def _go_on(self) -> None:
        with contextlib.suppress(PermissionError):
            # This thread alone: to look each ms, whatever the station does.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        slow_s = bias_s = 0.0
        while not self._ended.is_set():
            now_s = time.monotonic()
            for line in self._quick:
                if self._glance(line):
                    self._moving_until_s = now_s + _MOVING_S
            if now_s >= slow_s:
                slow_s = now_s + _SLOW_S
                for line in self._slow:
                    self._glance(line)
            if now_s >= bias_s:
                bias_s = now_s + _BIAS_S
                for line in (*self._quick, *self._slow):
                    self.look(line)
            time.sleep(QUICK_S if self._waiting or now_s < self._moving_until_s else _CALM_S)
