"""`python -m tests.noted FILE ...`: pytest with these arguments; what became of its tests is noted in a file.

The file is there only where pytest came to its end: a run that broke off leaves none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest


# Plugins are told apart by what they are, not by what they hold.
@dataclass(slots=True, eq=False)
class Noted:
    """The tests that passed, and those that failed with the phases of each that did."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, list[str]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase of a test."""
        if report.failed:
            self.failed.setdefault(report.nodeid, []).append(report.when)
        elif report.passed and report.when == "call":
            self.passed.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be read."""
        if report.failed:
            self.failed.setdefault(report.nodeid, []).append("collect")


def run(arguments: Sequence[str]) -> tuple[int, Noted]:
    """Run pytest here; its exit code, and what became of the tests."""
    noted = Noted()
    return int(pytest.main([*arguments], plugins=[noted])), noted


def main() -> int:
    """Run it; the exit code is pytest's."""
    file = Path(sys.argv[1])
    file.unlink(missing_ok=True)
    code, noted = run(sys.argv[2:])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(noted.failed))
    return code


if __name__ == "__main__":
    sys.exit(main())
