"""Where the station stands. A call and a door know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from .events import CallPhase, RegistrationState
from .tally import Tally


@dataclass(frozen=True, slots=True)
class OutOfService:
    """No call can be placed: SIP is not up (yet, or any more). A press may wait for it."""

    waiting: str | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Ready for a press."""


@dataclass(frozen=True, slots=True)
class Calling:
    """The INVITE is on its way; the far end has not rung yet."""

    leg: int
    button: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """The far end rings."""

    leg: int
    button: str


@dataclass(frozen=True, slots=True)
class Talking:
    """The leg is answered: both sides talk, and its digits count."""

    leg: int
    button: str
    keys: str = ""
    wrong: int = 0

    def __repr__(self) -> str:
        return f"Talking(leg={self.leg}, button={self.button!r}, wrong={self.wrong})"


Live = Calling | Ringing | Talking
Call = OutOfService | Idle | Live


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
