"""Logs of one line an event, fit for the journal: no time stamp where the journal puts its own."""

from __future__ import annotations

import logging
import os
import sys

_SYSLOG_LEVELS = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class _OneLine(logging.Formatter):
    def __init__(self, for_journal: bool) -> None:
        super().__init__(None if for_journal else "%(asctime)s %(levelname)-8s %(message)s")
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\r", "").replace("\n", " | ")
        # systemd reads the priority from this prefix (sd-daemon(3)).
        return f"<{_SYSLOG_LEVELS.get(record.levelno, 6)}>{text}" if self._for_journal else text


def set_up(verbose: bool = False) -> None:
    """Log to stderr: INFO and above, or all of our own where `verbose`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine(for_journal="JOURNAL_STREAM" in os.environ))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("portier").setLevel(logging.DEBUG if verbose else logging.INFO)
