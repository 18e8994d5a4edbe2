"""What happened. Every event says when, in seconds of one monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from .codes import CodeMatch, Entry
from .inputs import Input
from .rules import TargetRule
from .sound_test_state import SoundTestOutcome
from .timers import Timer


class CallPhase(Enum):
    """How far a call leg has come."""

    RINGING = "ringing"
    ANSWERED = "answered"


class EndReason(Enum):
    """Why a call leg ended, in the words a visitor or an installer would use."""

    HUNG_UP = "hung up"
    BUSY = "busy"
    DECLINED = "declined"
    UNKNOWN_NUMBER = "number unknown"
    FORBIDDEN = "not allowed"
    NO_ANSWER = "no answer"
    UNCONFIRMED = "not confirmed"
    UNREACHABLE = "unreachable"
    LINE_DEAD = "the line went dead"
    FAILED = "failed"

    def told(self, status: int) -> str:
        """The words, with the SIP status code where one came (0: none)."""
        return f"{self.value} ({status})" if status else self.value


class RegistrationState(Enum):
    """Where the account stands with its registrar."""

    NOT_NEEDED = "not needed"
    TRYING = "trying"
    REGISTERED = "registered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The base of every event."""

    at_s: float


@dataclass(frozen=True, slots=True)
class ButtonEdge(Occurrence):
    """A button's contact changed, bounces and glitches included."""

    button: str
    closed: bool


@dataclass(frozen=True, slots=True)
class InputEdge(Occurrence):
    """An observed contact changed, bounces and glitches included; `at_start`: it was found so."""

    input: Input
    active: bool
    at_start: bool = False


@dataclass(frozen=True, slots=True)
class CallOffered(Occurrence):
    """A caller whose address and account are proved calls the station; `number` is as the registrar shows it.

    `offer` is the phone's own number for the call, until it has a leg.
    """

    offer: int
    number: str


@dataclass(frozen=True, slots=True)
class CallProgress(Occurrence):
    """The far end of a leg rings or has answered."""

    leg: int
    phase: CallPhase


@dataclass(frozen=True, slots=True)
class CallEnded(Occurrence):
    """A leg is over; `status` is the SIP status code that ended it, 0 where none did."""

    leg: int
    reason: EndReason
    status: int = 0


@dataclass(frozen=True, slots=True)
class StreamLost(Occurrence):
    """Nothing comes any more from the far end of an answered leg, which has not been put on hold."""

    leg: int


@dataclass(frozen=True, slots=True)
class Digit(Occurrence):
    """One key was pressed on the far phone, however it travelled."""

    leg: int
    key: str

    def __repr__(self) -> str:
        return f"Digit(leg={self.leg}, at_s={self.at_s})"


@dataclass(frozen=True, slots=True)
class TimerFired(Occurrence):
    """A timer that the core started has run out."""

    timer: Timer


class Requester(Enum):
    """Who may ask for a release, beside a digit."""

    COMMAND = "command"
    EXIT_BUTTON = "exit button"


@dataclass(frozen=True, slots=True)
class ReleaseRequested(Occurrence):
    """Somebody who is allowed to asks for a door to be released; `long` for the door's longer time."""

    door: str
    by: Requester
    long: bool = False


class Verb(Enum):
    """What a command can order of a door, to last until told otherwise."""

    LOCK = "lock"
    UNLOCK = "unlock"
    HOLD = "hold"
    END_HOLD = "end-hold"


@dataclass(frozen=True, slots=True)
class DoorOrdered(Occurrence):
    """A command orders something of a door."""

    door: str
    verb: Verb


@dataclass(frozen=True, slots=True)
class FireResetRequested(Occurrence):
    """A command says that the fire alarm is over."""


@dataclass(frozen=True, slots=True)
class PressRequested(Occurrence):
    """A command is to do what a press of this button does."""

    button: str


@dataclass(frozen=True, slots=True)
class CallRequested(Occurrence):
    """A command is to call whom this button rings, if the station is free."""

    button: str


@dataclass(frozen=True, slots=True)
class HangUpRequested(Occurrence):
    """A command is to end the call."""


@dataclass(frozen=True, slots=True)
class KeyTestRequested(Occurrence):
    """An installer wants to see how the keys of this telephone arrive."""

    target: TargetRule


@dataclass(frozen=True, slots=True)
class KeyTestOver(Occurrence):
    """The installer has seen enough, or has gone."""


@dataclass(frozen=True, slots=True)
class Registration(Occurrence):
    """An account's standing with its registrar changed; `status` is the SIP code, 0 where none came.

    `account` is its name, empty where the station has only one.
    """

    state: RegistrationState
    status: int = 0
    account: str = ""


@dataclass(frozen=True, slots=True)
class PhoneReady(Occurrence):
    """SIP can place calls from now on."""


@dataclass(frozen=True, slots=True)
class PhoneLost(Occurrence):
    """SIP cannot place calls any more."""


@dataclass(frozen=True, slots=True)
class SoundLost(Occurrence):
    """The sound card does not open, or stopped in mid-call."""


@dataclass(frozen=True, slots=True)
class SoundRestored(Occurrence):
    """The sound card works (again)."""


@dataclass(frozen=True, slots=True)
class SoundTestRequested(Occurrence):
    """A command asks whether the microphone hears the loudspeaker."""


@dataclass(frozen=True, slots=True)
class SoundTestOver(Occurrence):
    """The test of that number is over; `words` say what came of it, for people."""

    number: int
    outcome: SoundTestOutcome
    words: str


@dataclass(frozen=True, slots=True)
class ClockTold(Occurrence):
    """The local time of day, without a time zone; None where the clock is not known to be right."""

    local: datetime | None


@dataclass(frozen=True, slots=True)
class CodeLookedUp(Occurrence):
    """The directory's answer to LookUpCode of that number; None where it knows no such code."""

    attempt: int
    match: CodeMatch | None


@dataclass(frozen=True, slots=True)
class KeypadKey(Occurrence):
    """One key of a keypad was pressed: 0 to 9, `*` or `#`."""

    keypad: str
    key: str

    def __repr__(self) -> str:
        return f"KeypadKey(keypad={self.keypad!r}, at_s={self.at_s})"


@dataclass(frozen=True, slots=True)
class CardRead(Occurrence):
    """A card was held to a reader: an access code of its own kind, "card:<facility>:<number>"."""

    keypad: str
    card: Entry


@dataclass(frozen=True, slots=True)
class KeypadLost(Occurrence):
    """A keypad's pins cannot be used, for a `reason` in words; it is tried again."""

    keypad: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeypadRestored(Occurrence):
    """A keypad that was lost works again."""

    keypad: str


@dataclass(frozen=True, slots=True)
class StopRequested(Occurrence):
    """The station is to stop: lock, hang up, ring nobody any more."""


Event = (
    ButtonEdge
    | InputEdge
    | CallOffered
    | CallProgress
    | CallEnded
    | StreamLost
    | Digit
    | TimerFired
    | ReleaseRequested
    | DoorOrdered
    | FireResetRequested
    | PressRequested
    | CallRequested
    | HangUpRequested
    | KeyTestRequested
    | KeyTestOver
    | Registration
    | PhoneReady
    | PhoneLost
    | SoundLost
    | SoundRestored
    | SoundTestRequested
    | SoundTestOver
    | ClockTold
    | CodeLookedUp
    | KeypadKey
    | CardRead
    | KeypadLost
    | KeypadRestored
    | StopRequested
)
