"""The timers the core can start. Each is its own key: starting it again replaces it."""

from __future__ import annotations

from dataclasses import dataclass

from .inputs import Input


@dataclass(frozen=True, slots=True)
class DebounceTimer:
    """A button's contact has been stable long enough."""

    button: str


@dataclass(frozen=True, slots=True)
class StuckTimer:
    """A button's contact has been closed for longer than anybody presses."""

    button: str


@dataclass(frozen=True, slots=True)
class PatienceTimer:
    """A press made before SIP was up has waited long enough."""


@dataclass(frozen=True, slots=True)
class RingTimer:
    """Nobody was reached in the time that this visit may ring."""

    visit: int


@dataclass(frozen=True, slots=True)
class StepTimer:
    """The time of this visit's step is over, or the pause before it."""

    visit: int


@dataclass(frozen=True, slots=True)
class ConfirmTimer:
    """Nobody has confirmed in this answered leg."""

    leg: int


@dataclass(frozen=True, slots=True)
class TalkTimer:
    """This leg has talked long enough."""

    leg: int


@dataclass(frozen=True, slots=True)
class WarningTimer:
    """This leg will soon have talked long enough."""

    leg: int


@dataclass(frozen=True, slots=True)
class AfterReleaseTimer:
    """This leg has gone on long enough after a release."""

    leg: int


@dataclass(frozen=True, slots=True)
class DigitTimer:
    """The keys of this leg's attempt came too slowly."""

    leg: int


@dataclass(frozen=True, slots=True)
class DoorTimer:
    """This door's release is over."""

    door: str


@dataclass(frozen=True, slots=True)
class FailureTimer:
    """The failure of the last call has been shown long enough."""


@dataclass(frozen=True, slots=True)
class RestTimer:
    """This button may place calls again."""

    button: str


@dataclass(frozen=True, slots=True)
class GongTimer:
    """The local gong has sounded long enough."""


@dataclass(frozen=True, slots=True)
class KeyTestTimer:
    """This test of a telephone's keys has rung, or has lasted, long enough."""

    leg: int


@dataclass(frozen=True, slots=True)
class AnswerTimer:
    """This leg, a call from outside, has rung long enough to be answered."""

    leg: int


@dataclass(frozen=True, slots=True)
class GreetingTimer:
    """The visitor has heard that this leg, a call from outside, is answered."""

    leg: int


@dataclass(frozen=True, slots=True)
class HouseTimer:
    """The base of the timers of doors and house, which house.py takes."""


@dataclass(frozen=True, slots=True)
class HoldTimer(HouseTimer):
    """The slice of this door's hold is to be renewed."""

    door: str


@dataclass(frozen=True, slots=True)
class InputTimer(HouseTimer):
    """An observed contact has been stable long enough."""

    input: Input


@dataclass(frozen=True, slots=True)
class StuckInputTimer(HouseTimer):
    """An observed contact has been active for longer than anybody presses."""

    input: Input


@dataclass(frozen=True, slots=True)
class QuietTimer(HouseTimer):
    """A contact that was at fault has rested long enough."""

    input: Input


@dataclass(frozen=True, slots=True)
class AjarTimer(HouseTimer):
    """This door has stood open long enough for the next tone, or for the alarm."""

    door: str


@dataclass(frozen=True, slots=True)
class FireToneTimer(HouseTimer):
    """The fire alarm is to be heard again."""


@dataclass(frozen=True, slots=True)
class FireCallTimer(HouseTimer):
    """Both sides of this leg have heard the fire alarm."""

    leg: int


@dataclass(frozen=True, slots=True)
class FireResetTimer(HouseTimer):
    """The fire contact has been back long enough."""


@dataclass(frozen=True, slots=True)
class TamperTimer(HouseTimer):
    """Access codes have been blocked long enough for the tampering."""


@dataclass(frozen=True, slots=True)
class LightTimer(HouseTimer):
    """The light has been on long enough."""


@dataclass(frozen=True, slots=True)
class KeypadTimer:
    """The keys of this keypad's attempt came too slowly."""

    keypad: str


@dataclass(frozen=True, slots=True)
class BlockTimer:
    """This source of wrong access codes has been blocked for long enough."""

    source: str


@dataclass(frozen=True, slots=True)
class ForgetTimer:
    """This source of wrong access codes has not been blocked for a day: its blocks are forgotten."""

    source: str


Timer = (
    DebounceTimer
    | StuckTimer
    | PatienceTimer
    | RingTimer
    | StepTimer
    | ConfirmTimer
    | TalkTimer
    | WarningTimer
    | AfterReleaseTimer
    | DigitTimer
    | DoorTimer
    | FailureTimer
    | RestTimer
    | GongTimer
    | KeyTestTimer
    | AnswerTimer
    | GreetingTimer
    | HouseTimer
    | KeypadTimer
    | BlockTimer
    | ForgetTimer
)
