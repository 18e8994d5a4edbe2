"""What is known of the last test of the sound, in plain values and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portier.core.states import State


@dataclass(frozen=True, slots=True)
class SoundTestFacts:
    """The last test that passed or failed, at a local time (ISO 8601; None where the clock was not right).

    `failures` counts those in a row; `alarm` from the second on, until one has passed.
    """

    number: int
    passed: bool
    words: str
    at: str | None
    failures: int
    alarm: bool


def facts(state: State) -> SoundTestFacts | None:
    """Describe it; None before the first."""
    test = state.sound_test
    if not test.judged:
        return None
    at = test.at.isoformat(timespec="seconds") if test.at else None
    return SoundTestFacts(test.judged, test.passed, test.words, at, test.failures, test.alarm)


def rows(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say it as a row of a table."""
    if test := status.get("sound_test"):
        at = f"{test['at'].replace('T', ' ')}: " if test["at"] else ""
        alarm = f"ALARM, {test['failures']} times in a row: " if test["alarm"] else ""
        yield "sound test", f"{alarm}{at}{test['words']}"
