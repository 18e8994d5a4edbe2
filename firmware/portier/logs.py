"""Logs of one line an event, fit for the journal: no time stamp where the journal puts its own."""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
import sys
import time

_SYSLOG_LEVELS = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
_MOST_WAITING = 10_000
_FLUSH_LIMIT_S = 0.4


class _OneLine(logging.Formatter):
    def __init__(self, for_journal: bool) -> None:
        super().__init__(None if for_journal else "%(asctime)s %(levelname)-8s %(message)s")
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\r", "").replace("\n", " | ")
        # systemd reads the priority from this prefix (sd-daemon(3)).
        return f"<{_SYSLOG_LEVELS.get(record.levelno, 6)}>{text}" if self._for_journal else text


class _Aside(logging.handlers.QueueHandler):
    """Hands lines to a thread that writes them: a journal that is slow keeps nobody waiting.

    What comes when 10,000 lines wait is lost, and counted.
    """

    def __init__(self, writer: logging.Handler) -> None:
        self._waiting: queue.Queue[logging.LogRecord] = queue.Queue(_MOST_WAITING)
        super().__init__(self._waiting)
        # Or the root logger would give it one that names level and logger in the line.
        self.setFormatter(logging.Formatter())
        self._listener = logging.handlers.QueueListener(self._waiting, writer)
        self._listener.start()
        self._lost = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        """Take a line, without waiting."""
        try:
            if self._lost:
                text = f"log: {self._lost} lines are lost: what writes them was too slow"
                self._waiting.put_nowait(logging.LogRecord(__name__, logging.WARNING, "", 0, text, (), None))
                self._lost = 0
            self._waiting.put_nowait(record)
        except queue.Full:
            self._lost += 1

    def flush(self) -> None:
        """Wait until all is written, for 0.4 s at most."""
        until_s = time.monotonic() + _FLUSH_LIMIT_S
        while self._waiting.unfinished_tasks and time.monotonic() < until_s:
            time.sleep(0.002)


def set_up(verbose: bool = False) -> None:
    """Log to stderr: INFO and above, or all of our own where `verbose`."""
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(_OneLine(for_journal="JOURNAL_STREAM" in os.environ))
    logging.basicConfig(level=logging.INFO, handlers=[_Aside(writer)], force=True)
    logging.getLogger("portier").setLevel(logging.DEBUG if verbose else logging.INFO)
