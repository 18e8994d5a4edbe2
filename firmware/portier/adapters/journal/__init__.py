"""The audit log and the memory: what happened at the doors, and the few facts that outlive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from portier.core.audit import Record

from .memory import Facts, FactsFile
from .stamps import ClockRight, Stamps
from .writer import Health, RowStore, Writer


class Keeper:
    """Both ports, `Journal` and `Memory`, on files of one folder and one thread that writes them.

    Rows are kept for `keep_days` at most, and `keep_rows` of them.
    """

    def __init__(self, folder: Path, keep_days: int, keep_rows: int, clock_right: ClockRight) -> None:
        file = FactsFile(folder)

        def make_store() -> RowStore:
            # In the writer's thread: SQLite need not be loaded while the station starts.
            from .purge import Rule
            from .store import Store

            return Store(folder, Rule(keep_days, keep_rows))

        self._writer = Writer(make_store, Stamps(clock_right), file.write)
        self._facts = Facts(file, self._writer.keep)

    def load(self) -> Mapping[str, str]:
        """Read what is remembered; once, before anything is."""
        return self._facts.load()

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()

    def write(self, record: Record) -> None:
        """Take a row, of now. Returns at once, whatever the disk does."""
        self._writer.write(record)

    def remember(self, key: str, value: str | None) -> None:
        """Keep a value, or forget it. Returns at once, whatever the disk does."""
        self._facts.remember(key, value)

    def hurry(self) -> None:
        """The end is near: write what waits, without anybody waiting for it."""
        self._writer.hurry()

    def close(self) -> None:
        """Write what waits, and end; gives up on a disk that takes more than a second."""
        self._writer.close()

    @property
    def health(self) -> Health:
        """How the audit log is at the moment, and what the memory has lost."""
        now = self._writer.health
        forgotten = f"memory: {self._facts.trouble}" if self._facts.trouble else ""
        return replace(now, trouble="; ".join(filter(None, (forgotten, now.trouble))))
