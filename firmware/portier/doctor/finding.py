"""One thing that a check found, and how bad it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """OK and NOTE ask for nothing; with a WARNING the station runs, with an ERROR not, or not whole."""

    OK = 0
    NOTE = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, with its values, and what to do; `advice` is empty where there is nothing to do."""

    subject: str
    severity: Severity
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Makes the findings of one subject."""

    subject: str

    def ok(self, text: str) -> Finding:
        """As it should be."""
        return Finding(self.subject, Severity.OK, text)

    def note(self, text: str, advice: str = "") -> Finding:
        """Good to know."""
        return Finding(self.subject, Severity.NOTE, text, advice)

    def warning(self, text: str, advice: str) -> Finding:
        """The station runs, but not as well or as safely as it should."""
        return Finding(self.subject, Severity.WARNING, text, advice)

    def error(self, text: str, advice: str) -> Finding:
        """The station does not run, or lacks something it is for."""
        return Finding(self.subject, Severity.ERROR, text, advice)


Say = Callable[[str], None]


def exit_code(findings: Iterable[Finding]) -> int:
    """0 where nothing is worse than a note, 1 for warnings, 2 for errors."""
    worst = max((finding.severity for finding in findings), default=Severity.OK)
    return {Severity.WARNING: 1, Severity.ERROR: 2}.get(worst, 0)
