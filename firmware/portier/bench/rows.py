"""Pretended keepers of the audit log: one that holds rows in memory, and blocks or fails as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from portier.adapters.journal.row import CannotKeepError, Entry, Head, Kept, Stamp


class FakeRows:
    """Keeps batches in a list, with the monotonic moment of each.

    While `blocked` is set it takes as long as a disk that hangs; while `trouble` has a text it cannot write.
    """

    def __init__(self) -> None:
        self.batches: list[tuple[float, list[Entry]]] = []
        self.trouble = ""
        self.blocked = False
        self.closed = False
        self.said = ""
        self._go_on = threading.Event()
        self.entered = threading.Event()

    @property
    def rows(self) -> list[Entry]:
        """All that was written."""
        return [row for _, batch in self.batches for row in batch]

    def append(self, entries: Iterable[Entry], now: Stamp) -> Kept:
        """Take a batch, where the disk does."""
        del now
        self.entered.set()
        if self.blocked:
            self._go_on.wait(60.0)
        if self.trouble:
            raise CannotKeepError(self.trouble)
        rows = list(entries)
        if rows:
            self.batches.append((time.monotonic(), rows))
        return Kept(Head(b"", len(self.rows), b""), len(self.rows), self.said)

    def go_on(self) -> None:
        """Let go what hangs."""
        self.blocked = False
        self._go_on.set()

    def close(self) -> None:
        """Note it."""
        self.closed = True
