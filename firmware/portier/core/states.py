"""Where the station stands. A call and a door know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .events import CallPhase, EndReason, RegistrationState
from .rules import Confirmation, TargetRule
from .tally import Tally


@dataclass(frozen=True, slots=True)
class OutOfService:
    """No call can be placed: SIP is not up (yet, or any more). A press may wait for it."""

    waiting: str | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Ready for a press."""


class LegPhase(Enum):
    """How far a leg has come that does not talk: asked is answered, and not confirmed yet."""

    CALLING = "calling"
    RINGING = "ringing"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg on its way to its target; `plain` where it is the second try, without the prefix."""

    leg: int
    target: TargetRule
    plain: bool = False
    phase: LegPhase = LegPhase.CALLING


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a visit with all that governs it: what is waited before it, and whether one must confirm."""

    targets: tuple[TargetRule, ...]
    ring_s: float | None = None
    pause_s: float = 0.0
    confirm: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """Who was not reached, and why; `status` is the SIP status code, 0 where none came."""

    target: str
    reason: EndReason
    status: int = 0

    @property
    def why(self) -> str:
        """In words."""
        return self.reason.told(self.status)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a visit stands: what is to be tried from here on, the current stage first.

    Without a leg it waits for that stage's beginning. `missed` has the last word of each target.
    """

    stages: tuple[Stage, ...]
    legs: tuple[Leg, ...] = ()
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True)
class Calling:
    """The INVITEs are on their way; nobody's telephone has rung yet. A visit is numbered by its first leg."""

    visit: int
    button: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Ringing:
    """Somebody's telephone rings."""

    visit: int
    button: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Talking:
    """The leg that was answered, and confirmed where it must be: both sides talk, and its digits count."""

    leg: int
    button: str
    keys: str = ""
    wrong: int = 0
    target: str = ""
    visit: int = 0

    def __repr__(self) -> str:
        return (
            f"Talking(leg={self.leg}, button={self.button!r}, wrong={self.wrong}, target={self.target!r}, "
            f"visit={self.visit})"
        )


class IncomingPhase(Enum):
    """How far a call from outside has come; greeting is answered, and not joined to the visitor yet."""

    RINGING = "ringing"
    ANSWERING = "answering"
    GREETING = "greeting"
    TALKING = "talking"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call from outside that the station takes; nobody has pressed. `number` is its caller's."""

    leg: int
    number: str
    phase: IncomingPhase = IncomingPhase.RINGING
    answered_s: float | None = None
    keys: str = ""
    wrong: int = 0

    @property
    def visit(self) -> int:
        """The call's number, as a visit has one."""
        return self.leg

    def __repr__(self) -> str:
        return f"Incoming(leg={self.leg}, phase={self.phase}, wrong={self.wrong})"


Live = Calling | Ringing | Talking
Call = OutOfService | Idle | Incoming | Live


@dataclass(frozen=True, slots=True)
class Locked:
    """The door is locked."""


@dataclass(frozen=True, slots=True)
class Released:
    """The door may be opened, since and until moments of the events' clock."""

    since_s: float
    until_s: float


Door = Locked | Released


@dataclass(frozen=True, slots=True)
class Contact:
    """A button's contact: the level that counts, and the last one seen; True is closed.

    `stuck` while it has been closed for longer than anybody presses.
    """

    counted: bool = False
    seen: bool = False
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class KeyTest:
    """A test of a telephone's keys, in a leg of its own; `over` says why, once it is."""

    leg: int
    phase: CallPhase | None = None
    over: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The whole station. `registration` is that of the account which stands best of `accounts`.

    `profiles` are the time profiles that apply; none does while `clock_unsure`. `gong` while the local gong
    sounds.
    """

    call: Call
    doors: dict[str, Door]
    contacts: dict[str, Contact]
    registration: RegistrationState = RegistrationState.NOT_NEEDED
    accounts: dict[str, RegistrationState] = field(default_factory=dict)
    last_leg: int = 0
    sound_works: bool = True
    call_failed: bool = False
    stopping: bool = False
    profiles: tuple[str, ...] = ()
    clock_unsure: bool = False
    gong: bool = False
    tallies: dict[str, Tally] = field(default_factory=dict)
    key_test: KeyTest | None = None
