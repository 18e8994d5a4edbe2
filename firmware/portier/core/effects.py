"""What to do. The runtime performs effects in their order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .audit import Record
from .codes import Entry
from .rules import AutoAnswer
from .timers import Timer


class Tone(Enum):
    """What the visitor hears from the station itself; ENDING, FIRE and BLOCKED the far end hears too."""

    RINGBACK = "ringback"
    BUSY = "busy"
    NOT_AVAILABLE = "not available"
    IN_USE = "in use"
    GRANTED = "granted"
    DENIED = "denied"
    INCOMING = "incoming"
    ENDING = "ending"
    TALK_NOW = "talk now"
    HELD_OPEN = "held open"
    BLOCKED = "blocked"
    FIRE = "fire"


class Sign(Enum):
    """What the visitor sees. Where one lamp must do, the first that applies here wins.

    Whoever rings at a door that is held released sees that it rings; a release is seen before all.
    """

    RELEASED = "released"
    MUTED = "muted"
    TALKING = "talking"
    CALLING = "calling"
    HELD = "held"
    FAILURE = "failure"
    IDLE = "idle"


class Level(Enum):
    """How much a note matters: news, or something somebody must look after."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Send the INVITE of a new leg to a SIP URI. Once it is answered, its far end hears nobody yet."""

    leg: int
    uri: str
    auto_answer: AutoAnswer = AutoAnswer.NONE


@dataclass(frozen=True, slots=True)
class LetRing:
    """Let an offered call ring at its caller's, and give it this leg."""

    offer: int
    leg: int


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse an offered call: the station is busy."""

    offer: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a leg that rings at its caller's, who hears nobody yet."""

    leg: int


@dataclass(frozen=True, slots=True)
class Join:
    """Let the visitor and the far end of an answered leg hear each other."""

    leg: int


@dataclass(frozen=True, slots=True)
class AskToConfirm:
    """Let the far end of an answered leg hear the tone that asks for a key, until it is joined."""

    leg: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a leg: CANCEL or BYE, whichever fits."""

    leg: int


@dataclass(frozen=True, slots=True)
class Release:
    """Let a door be opened until `until_s`, a moment of the events' clock."""

    door: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep a door that may hold released until `until_s`: one slice of a hold, renewed before it ends."""

    door: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock a door now."""

    door: str


@dataclass(frozen=True, slots=True)
class Play:
    """Play a tone to the visitor, with its announcement, in place of what sounds.

    `to_far_end`: the call's far end is to hear the tone, too, whichever it is.
    """

    tone: Tone
    to_far_end: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Stop the tone that sounds."""


@dataclass(frozen=True, slots=True)
class SetVolume:
    """How loud the station's own sounds are from now on: 0 dB is as they were made."""

    volume_db: float


@dataclass(frozen=True, slots=True)
class SetSpeakerGain:
    """How much louder everything is played from now on than it comes."""

    gain_db: float


@dataclass(frozen=True, slots=True)
class MuteMicrophone:
    """Let the far end hear comfort noise in place of the microphone, or the microphone again."""

    on: bool


@dataclass(frozen=True, slots=True)
class OpenSound:
    """Hold the sound card open: a call needs it."""


@dataclass(frozen=True, slots=True)
class CloseSound:
    """Let the sound card go when the last tone has ended."""


@dataclass(frozen=True, slots=True)
class TrySound:
    """Play a short tone and listen for it: SoundTestOver of the same number answers, always."""

    number: int


@dataclass(frozen=True, slots=True)
class Indicate:
    """Show exactly these signs."""

    signs: frozenset[Sign]


@dataclass(frozen=True, slots=True)
class SwitchGong:
    """Let the local gong sound, or be still."""

    on: bool


@dataclass(frozen=True, slots=True)
class SwitchLight:
    """Let the stairs be lit, or dark."""

    on: bool


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Send TimerFired(timer) at `due_s`, a moment of the events' clock."""

    timer: Timer
    due_s: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget a timer; no fault if it does not run."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the log: what happened and, for a warning, what to do. Never a digit or a secret."""

    text: str
    level: Level = Level.INFO


@dataclass(frozen=True, slots=True)
class Audit:
    """Write a row of the audit log. Nothing waits for it."""

    record: Record


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep a fact over a restart, under its key; None forgets it. Never a digit or a secret."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class LookUpCode:
    """Ask the directory for an access code: CodeLookedUp with the same number answers."""

    attempt: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class SpendCode:
    """A code of a limited number of uses was used once."""

    code: int


Effect = (
    PlaceCall
    | LetRing
    | Reject
    | Answer
    | Join
    | AskToConfirm
    | HangUp
    | Release
    | Hold
    | Lock
    | Play
    | Silence
    | SetVolume
    | SetSpeakerGain
    | MuteMicrophone
    | OpenSound
    | CloseSound
    | TrySound
    | Indicate
    | SwitchGong
    | SwitchLight
    | StartTimer
    | CancelTimer
    | Note
    | Audit
    | Remember
    | LookUpCode
    | SpendCode
)
