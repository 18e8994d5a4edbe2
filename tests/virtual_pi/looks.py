"""A second look at cases that were not ok: an emulated machine has only the time that others leave to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.lab.case import Outcome
from tests.virtual_pi.case import Case

MOST = 3
"""More than these are no matter of time."""


def worth_another(cases: Sequence[Case], outcomes: Mapping[str, Outcome]) -> list[Case]:
    """Those that were not ok; none where they are too many."""
    found = [case for case in cases if case.name not in outcomes or not outcomes[case.name].ok]
    return found if len(found) <= MOST else []


def second(first: Outcome, then: Outcome) -> Outcome:
    """What both looks saw, and whether the second was ok."""
    return replace(
        then,
        seen=f"{then.seen}; AT A FIRST LOOK: {first.seen}",
        took_s=first.took_s + then.took_s,
    )
