"""The timers the core can start. Each is its own key: starting it again replaces it."""

from __future__ import annotations

from dataclasses import dataclass


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
)
