"""What a run of cases leaves: a file with every case's outcome, whole at any moment of the run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.lab.case import Named, Outcome


class Report:
    """`cases: [{case, expected, seen, ok}]` in a file. A case that did not run is not ok, and says so."""

    def __init__(self, file: Path, cases: Iterable[Named], more: Callable[[], dict[str, Any]] = dict) -> None:
        """Write it at once: what an earlier run saw is not taken for this one's. `more` stands beside."""
        self.file = file
        self._cases = list(cases)
        self._more = more
        self._outcomes: dict[str, Outcome] = {}
        self.refuse("it was left out, or its turn did not come")

    @property
    def rows(self) -> list[dict[str, object]]:
        """Every case, as it stands in the file."""
        return [one.plain() for one in self._outcomes.values()]

    def refuse(self, reason: str) -> None:
        """Say of every case why it did not run."""
        seen = f"did not run: {reason}"
        self._outcomes = {one.name: Outcome(one, seen, ok=False) for one in self._cases}
        self._write()

    def take(self, outcome: Outcome) -> None:
        """Take in what became of a case."""
        self._outcomes[outcome.case.name] = outcome
        self._write()

    def _write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"cases": self.rows, **self._more()}, indent=1)
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{text}\n")
        beside.replace(self.file)
