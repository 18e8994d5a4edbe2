"""Two looks at cases: servers and emulated machines have only the time that others leave to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from tests.lab.case import Named, Outcome

C = TypeVar("C", bound=Named)

MOST = 3
"""More than these are no matter of time."""


class Looks(Generic[C]):
    """What became of the cases that are asked for; one that nobody told of did not run."""

    def __init__(self, cases: Sequence[C]) -> None:
        self._cases = cases
        self._first: dict[str, Outcome] = {}
        self._then: dict[str, Outcome] = {}
        self._is_second = False

    def take(self, outcome: Outcome) -> Outcome:
        """What is known of its case by now."""
        (self._then if self._is_second else self._first)[outcome.case.name] = outcome
        return self._of(outcome.case)

    def begin_second(self) -> list[C]:
        """The cases that are worth a second look, which begins; none where too many were not ok."""
        self._is_second = True
        found = [case for case in self._cases if not self._of(case).ok]
        return found if len(found) <= MOST else []

    @property
    def outcomes(self) -> list[Outcome]:
        """One of each case."""
        return [self._of(case) for case in self._cases]

    def _of(self, case: Named) -> Outcome:
        first = self._first.get(case.name) or Outcome(case, "did not run: nobody told of it", ok=False)
        then = self._then.get(case.name)
        if then is None:
            return first
        both = f"{then.seen}; AT A FIRST LOOK: {first.seen}"
        return replace(then, seen=both, took_s=first.took_s + then.took_s)
