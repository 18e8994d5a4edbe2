"""The writer: one thread that puts rows and facts on the disk, and goes on trying where the disk does not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from portier.core.audit import Record
from portier.process import name_thread

from .row import CannotKeepError, Entry, Kept, Own, Stamp
from .stamps import Stamps
from .waiting import PATIENT_S, Batch, Waiting

_log = logging.getLogger(__name__)
_AGAIN_S = 1.0
_MOST_AGAIN_S = 30.0
_TIDY_EVERY_S = 6 * 3600.0
"""How often old rows are looked for where nothing happens."""
_TELL_END_EVERY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Health:
    """How the audit log is: `written_at` (ISO 8601) of the last write, `trouble` what the disk does not do.

    `kept` rows are on the disk, `waiting` are to come, `lost` could not wait any longer since the start.
    """

    written_at: str | None = None
    kept: int = 0
    waiting: int = 0
    lost: int = 0
    trouble: str = ""


class RowStore(Protocol):
    """What keeps rows. It may block for as long as a disk does."""

    def append(self, entries: Iterable[Entry], now: Stamp) -> Kept:
        """Put rows on the disk; raises CannotKeepError."""
        ...

    def close(self) -> None: ...


class Writer:
    """The port `Journal`, and the thread behind it from `start` to `close`."""

    def __init__(
        self,
        make_store: Callable[[], RowStore],
        stamps: Stamps,
        keep_facts: Callable[[dict[str, str]], None],
        waiting: Waiting | None = None,
    ) -> None:
        """`make_store` is called in the thread; `keep_facts` puts facts on the disk, or raises OSError."""
        self._make_store = make_store
        self._stamps = stamps
        self._keep_facts = keep_facts
        self._waiting = Waiting() if waiting is None else waiting
        self._health = Health()
        self._again_s = _AGAIN_S
        # Not at once: at the start there is more to do than this.
        self._tidy_s = time.monotonic() + PATIENT_S
        self._end_told_s: float | None = None
        self._closing_s: float | None = None
        # A daemon: what hangs on a disk for ever must not hold the process.
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def write(self, record: Record) -> None:
        """Take a row, of now. Returns at once, whatever the disk does."""
        self._waiting.put(record, self._stamps.now(), time.monotonic())

    def keep(self, facts: dict[str, str]) -> None:
        """Take the facts that are to outlive a restart. Returns at once."""
        self._waiting.keep(facts, time.monotonic())

    def hurry(self) -> None:
        """Write what waits now, for the end is near; does not wait for that."""
        self._closing_s = self._closing_s or time.monotonic()
        self._waiting.hurry(close=True)

    def close(self, limit_s: float = 1.0) -> None:
        """Write what waits, and end; waits no longer than `limit_s` since the first call of `hurry`."""
        self.hurry()
        if self._thread.is_alive() and self._closing_s is not None:
            self._thread.join(max(0.05, self._closing_s + limit_s - time.monotonic()))
        if self._thread.is_alive():
            _log.warning("audit: the disk takes too long: the last rows may not be written")

    @property
    def health(self) -> Health:
        """How it is at the moment."""
        return replace(self._health, waiting=len(self._waiting), lost=self._waiting.lost)

    def _run(self) -> None:
        name_thread("journal")
        store: RowStore | None = None
        try:
            store = self._make_store()
            while not self._turn(store):
                pass
        except Exception:  # noqa: BLE001 -- whatever it is, it is told, and the station goes on
            _log.exception("audit: fault of the writer; from now on nothing is written")
            self._health = replace(self._health, trouble="a fault of ours, which the log tells")
        finally:
            if store is not None:
                store.close()

    def _turn(self, store: RowStore) -> bool:
        """Wait for work and do it; True when that was the last."""
        # Looked at before the batch is taken: what came before the close is in it.
        last = self._waiting.closed
        now_s = time.monotonic()
        batch = self._waiting.next(now_s, max(0.01, self._tidy_s - now_s))
        if batch is None:
            if time.monotonic() < self._tidy_s:
                return False
            batch = Batch()
        self._tidy_s = time.monotonic() + _TIDY_EVERY_S
        self._write(store, batch, last)
        return last

    def _write(self, store: RowStore, batch: Batch, last: bool) -> None:
        left, troubles = Batch(), []
        if batch.facts is not None:
            # First: a lock that is forgotten is worse than a row.
            try:
                self._keep_facts(batch.facts)
            except OSError as error:
                left = Batch(facts=batch.facts)
                troubles.append(f"memory: cannot keep what must outlive a restart: {error}")
        try:
            self._append(store, batch, last)
        except CannotKeepError as error:
            left = replace(batch, facts=left.facts)
            troubles.append(f"audit: {error}")
        self._tell("; ".join(troubles))
        if troubles:
            self._waiting.give_back(left, time.monotonic() + self._again_s)
            self._again_s = min(2 * self._again_s, _MOST_AGAIN_S)
        else:
            self._again_s = _AGAIN_S

    def _append(self, store: RowStore, batch: Batch, last: bool) -> None:
        self._stamps.look()
        now = self._stamps.judged(self._stamps.now())
        entries = [replace(one, stamp=self._stamps.judged(one.stamp)) for one in batch.entries]
        if batch.lost:
            why = f"{batch.lost} before this one, which could not be written in time"
            entries.insert(0, Entry(now, Own.LOST.value, why=why))
        kept = store.append(entries, now)
        if kept.said:
            _log.error("audit: %s", kept.said)
        written_at = datetime.now(UTC).isoformat(timespec="seconds") if entries else self._health.written_at
        self._health = replace(self._health, written_at=written_at, kept=kept.rows)
        now_s = time.monotonic()
        if last or self._end_told_s is None or now_s > self._end_told_s + _TELL_END_EVERY_S:
            # For a log that is kept elsewhere: this station's own files can all be rewritten by its root.
            _log.info("audit: the log ends at %s", kept.head)
            self._end_told_s = now_s

    def _tell(self, trouble: str) -> None:
        before = self._health.trouble
        if trouble and trouble != before:
            _log.error("%s; trying again, and the station goes on", trouble)
        if before and not trouble:
            _log.warning("audit: the disk takes rows again; %d were lost since the start", self._waiting.lost)
        self._health = replace(self._health, trouble=trouble)
