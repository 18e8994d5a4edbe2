"""What waits to be written: bounded, and whoever puts something in never waits for a disk."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from portier.core.audit import URGENT, Record

from .row import Entry, Stamp, entry

MOST_WAITING = 2000
URGENT_S = 0.3
"""How long an urgent row waits for others to share a write with: with the write itself below a second."""
PATIENT_S = 4.5

_Numbered = tuple[int, bool, Entry]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written at once: rows in their order, how many were lost before them, facts to keep."""

    rows: tuple[_Numbered, ...] = ()
    lost: int = 0
    facts: dict[str, str] | None = None

    @property
    def entries(self) -> list[Entry]:
        return [one for _, _, one in self.rows]


class Waiting:
    """The queue between the loop and the writer.

    A full one drops the oldest row that is not urgent, then the oldest of all, and counts it.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._urgent: deque[_Numbered] = deque()
        self._patient: deque[_Numbered] = deque()
        self._facts: dict[str, str] | None = None
        self._count = 0
        self._lost = self._lost_in_all = 0
        self._due_s: float | None = None
        self._not_before_s = 0.0
        self._hurried = False
        self._closed = False
        self._changed = threading.Condition()

    def put(self, record: Record, stamp: Stamp, now_s: float) -> None:
        """Take a row."""
        urgent = record.what in URGENT
        with self._changed:
            self._count += 1
            (self._urgent if urgent else self._patient).append((self._count, urgent, entry(record, stamp)))
            self._bound()
            self._is_due(now_s + (URGENT_S if urgent else PATIENT_S))

    def keep(self, facts: dict[str, str], now_s: float) -> None:
        """Take all the facts that are to be kept, in place of those before."""
        with self._changed:
            self._facts = facts
            self._is_due(now_s + URGENT_S)

    def hurry(self, *, close: bool = False) -> None:
        """Let what waits be written now; with `close` that is the last."""
        with self._changed:
            self._hurried = True
            self._closed = self._closed or close
            self._changed.notify()

    def next(self, clock_s: float, most_s: float) -> Batch | None:
        """Wait until something is due, `most_s` at most, and take all that waits; None where nothing is."""
        with self._changed:
            wait_s = self._wait_s(clock_s)
            if wait_s is None or wait_s > 0:
                self._changed.wait(most_s if wait_s is None else min(wait_s, most_s))
                return None
            rows = sorted([*self._urgent, *self._patient])
            batch = Batch(tuple(rows), self._lost, self._facts)
            self._urgent.clear()
            self._patient.clear()
            self._facts, self._lost, self._due_s, self._hurried = None, 0, None, False
            return batch

    def give_back(self, batch: Batch, again_s: float) -> None:
        """What could not be written waits on, and nothing is due before `again_s`."""
        with self._changed:
            for one in reversed(batch.rows):
                (self._urgent if one[1] else self._patient).appendleft(one)
            self._lost += batch.lost
            self._facts = batch.facts if self._facts is None else self._facts
            self._due_s = self._not_before_s = again_s
            self._bound()

    @property
    def closed(self) -> bool:
        """Whether nothing more is to be waited for."""
        return self._closed

    @property
    def lost(self) -> int:
        """How many rows were dropped in all."""
        return self._lost_in_all

    def __len__(self) -> int:
        return len(self._urgent) + len(self._patient)

    def _bound(self) -> None:
        while len(self) > self._most:
            if self._patient:
                self._patient.popleft()
            else:
                self._urgent.popleft()
            self._lost += 1
            self._lost_in_all += 1

    def _is_due(self, due_s: float) -> None:
        if self._due_s is None or due_s < self._due_s:
            self._due_s = due_s
            self._changed.notify()

    def _wait_s(self, now_s: float) -> float | None:
        if self._hurried or self._closed:
            return 0.0
        return None if self._due_s is None else max(self._due_s, self._not_before_s) - now_s
