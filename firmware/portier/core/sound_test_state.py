"""The test of the sound, in facts: when it is due by itself, and what came of the last ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

ALARM_AFTER = 2
"""So many failures in a row are an alarm: one may be a lorry's."""


class SoundTestOutcome(Enum):
    """What came of one: the microphone heard the loudspeaker or not, or something else was to be heard."""

    HEARD = "passed"
    NOT_HEARD = "failed"
    GAVE_WAY = "gave way"


@dataclass(frozen=True, slots=True)
class SoundTestRule:
    """At which minute of the local day it is due, and whether it may be heard by night."""

    minute: int
    by_night: bool = False


@dataclass(frozen=True, slots=True)
class SoundTest:
    """`number` is that of the last one begun, `judged` of the last that passed or failed, with its `words`.

    `at` is its local time, None where the clock was not known to be right. `settled_on` is the last day
    that needs no scheduled one any more; `put_off` while today's waits for a better moment.
    """

    number: int = 0
    running: bool = False
    scheduled: bool = False
    judged: int = 0
    passed: bool = False
    words: str = ""
    at: datetime | None = None
    failures: int = 0
    settled_on: date | None = None
    put_off: bool = False

    @property
    def alarm(self) -> bool:
        """Whether it has failed so often in a row that somebody must look after it."""
        return self.failures >= ALARM_AFTER
