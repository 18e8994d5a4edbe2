"""What the audit log is told: what was asked of a door, by what road, by whom, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Road(Enum):
    """By what road somebody asks for a door."""

    RELEASE_DIGIT = "release digit"
    ACCESS_CODE = "access code"
    EXIT_BUTTON = "exit button"
    COMMAND = "command"
    SCHEDULE = "schedule"
    FIRE = "fire"


class What(Enum):
    """What happened, or was asked for."""

    RELEASED = "released"
    REFUSED = "refused"
    LOCK_ON = "lock on"
    LOCK_OFF = "lock off"
    HOLD_BEGUN = "hold begun"
    HOLD_ENDED = "hold ended"
    OPENED = "opened"
    CLOSED = "closed"
    FORCED = "forced"
    HELD_OPEN = "held open"
    CONTACT_FAULT = "contact fault"
    ALARM_OVER = "alarm over"
    FIRE = "fire"
    FIRE_OVER = "fire over"
    TAMPER = "tamper"
    TAMPER_OVER = "tamper over"
    CODES_BLOCKED = "codes blocked"
    CODES_ATTACKED = "codes attacked from several sides"
    SOUND_TEST_PASSED = "sound test passed"
    SOUND_TEST_FAILED = "sound test failed"
    SOUND_ALARM = "sound alarm"
    SOUND_ALARM_OVER = "sound alarm over"
    CALL = "call"
    CHANGED = "directory changed"
    LINE_MODE = "line's mode changed"
    STARTED = "station started"
    STOPPED = "station stopped"


URGENT = frozenset(
    {
        What.RELEASED,
        What.LOCK_ON,
        What.LOCK_OFF,
        What.HOLD_BEGUN,
        What.HOLD_ENDED,
        What.FORCED,
        What.HELD_OPEN,
        What.CONTACT_FAULT,
        What.FIRE,
        What.TAMPER,
        What.CODES_BLOCKED,
        What.CODES_ATTACKED,
        What.SOUND_ALARM,
    }
)
"""Releases, alarms, and what is ordered of a door: on the disk within a second."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the audit log.

    `who` is a resident's or target's name, as far as it is known; `resident` the directory's number for one,
    0 for nobody: by it personal data are erased. `why` says why something was refused or is an alarm. Never
    a digit, a code or a secret.
    """

    what: What
    door: str = ""
    road: Road | None = None
    who: str = ""
    resident: int = 0
    why: str = ""
