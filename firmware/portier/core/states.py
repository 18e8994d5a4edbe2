"""Where the station stands. A call and a door know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from .codes_state import Codes
from .door_states import Contact, Door, Fire, Held, Leaf, Locked, Order, Released, Watched
from .events import CallPhase, EndReason, RegistrationState
from .inputs import Input
from .rules import Confirmation, TargetRule
from .sound_test_state import SoundTest
from .tally import Tally
from .timers import Timer

__all__ = [
    "Call",
    "Calling",
    "Contact",
    "Door",
    "Fire",
    "Held",
    "Idle",
    "Incoming",
    "IncomingPhase",
    "KeyTest",
    "Leaf",
    "Leg",
    "LegPhase",
    "Live",
    "Locked",
    "Missed",
    "Order",
    "OutOfService",
    "Reach",
    "Released",
    "Ringing",
    "Stage",
    "State",
    "Talking",
    "Watched",
]


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
    """Who was not reached, and why; `status` is the SIP status code, 0 where none came.

    `in_log` is how the log names who it was.
    """

    target: str
    reason: EndReason
    status: int = 0
    resident: int = 0
    in_log: str = ""

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
    resident: int = 0

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
class KeyTest:
    """A test of a telephone's keys, in a leg of its own; `over` says why, once it is.

    `number` is the leg that it began with. Where the prefix was refused then, `refused` says how, and `leg`
    is the call without it.
    """

    leg: int
    number: int
    target: TargetRule
    phase: CallPhase | None = None
    over: str | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class WallTime:
    """The local time of day that was told last, and when that was."""

    local: datetime
    at_s: float


@dataclass(frozen=True, slots=True)
class State:
    """The whole station. `registration` is that of the account which stands best of `accounts`.

    `profiles` are the time profiles that apply; none does while `clock_unsure`. `gong` while the local gong
    sounds, `light` while the stairs are lit. `tampered` while the box is open, `codes_barred` as long as
    access codes release nothing for it. `muted` while the far end does not hear the microphone, for a
    button that was pressed (`mute_asked`) or is not. `owed` are timers to be started at the first event, in
    so many seconds from it.
    `wall` is None where the time of day is not known.
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
    orders: dict[str, Order] = field(default_factory=dict)
    inputs: dict[Input, Watched] = field(default_factory=dict)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    fire: Fire = Fire.NONE
    tampered: bool = False
    codes_barred: bool = False
    light: bool = False
    muted: bool = False
    mute_asked: bool = False
    owed: tuple[tuple[Timer, float], ...] = ()
    codes: Codes = field(default_factory=Codes)
    wall: WallTime | None = None
    sound_test: SoundTest = field(default_factory=SoundTest)
