"""The facts the core decides by: frozen, from the configuration, without a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from .door_rules import ContactRule, ExitRule, FireRule, LightRule, SpeechRule, TamperRule
from .profiles import Profile
from .sound_test_state import SoundTestRule


class AutoAnswer(Enum):
    """By which header the called telephone is asked to answer by itself."""

    NONE = "none"
    CALL_INFO = "call-info"
    ALERT_INFO = "alert-info"
    ALERT_INFO_AUTO_ANSWER = "alert-info-auto-answer"
    ALERT_INFO_RING_ANSWER = "alert-info-ring-answer"
    ANSWER_MODE = "answer-mode"


@dataclass(frozen=True, slots=True)
class TargetRule:
    """Whom a leg rings; without a name, where a button names nobody but an address.

    `plain_uri` is tried once more, without the prefix, after a SIP status code among `plain_after`.
    `resident` is the directory's number for whom it is, 0 for nobody. `log_name` stands for a person's name
    where nobody can be erased: in the log, and in a call's record.
    """

    name: str
    uri: str
    plain_uri: str = ""
    plain_after: frozenset[int] = frozenset()
    auto_answer: AutoAnswer = AutoAnswer.NONE
    resident: int = 0
    log_name: str = ""

    @property
    def in_log(self) -> str:
        """Its name, but for a person's."""
        return self.log_name or self.name


@dataclass(frozen=True, slots=True)
class StepRule:
    """Who is rung at once, and for how long; None: for as long as the visit may ring."""

    targets: tuple[TargetRule, ...]
    ring_s: float | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The key by which somebody who answered shows to be there, and the seconds there are for it."""

    key: str
    within_s: float


@dataclass(frozen=True, slots=True)
class ListRule:
    """Steps that follow each other, a number of times over, and the list that is tried after them.

    `total_s` is how long a visit to it may ring in all, None for `Rules.ring_timeout_s`.
    """

    name: str
    steps: tuple[StepRule, ...]
    cycles: int = 1
    fallback: str = ""
    confirm: Confirmation | None = None
    total_s: float | None = None


@dataclass(frozen=True, slots=True)
class ByProfile:
    """Whom a button rings while a time profile applies: a list, else a target, else an address."""

    profile: str
    uri: str = ""
    target: TargetRule | None = None
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class ButtonRule:
    """One button and whom it rings: a list, else a target, else an address; nobody without any.

    Of `by_profile` the first that applies comes before all that.
    """

    name: str
    uri: str
    debounce_s: float
    by_profile: tuple[ByProfile, ...] = ()
    target: TargetRule | None = None
    list_name: str = ""


FLAT = "flat "
"""Before a flat's number: no button can be called so."""


@dataclass(frozen=True, slots=True)
class KeypadRule:
    """A keypad or card reader, the door that its codes release, and how long its next key is waited for."""

    name: str
    door: str
    key_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class DoorRule:
    """One door: which keys release it, for how long, and the limit no request can pass.

    `long_release_s` is for people who need it, None for none. Only a door that `may_hold` is ever released
    for longer than the limit: by a command, in the hours of the profile `held_open`, where
    `released_by_fire` as long as a fire alarm lasts.
    """

    name: str
    release_digit: str
    release_s: float
    max_release_s: float
    long_release_s: float | None = None
    may_hold: bool = False
    held_open: str = ""
    released_by_fire: bool = False
    contact: ContactRule | None = None
    exit: ExitRule | None = None


class GongWhen(Enum):
    """When the local gong sounds."""

    UNREACHABLE = "unreachable"
    OUT_OF_SERVICE = "out of service"


@dataclass(frozen=True, slots=True)
class GongRule:
    """When the local gong sounds, and for how long."""

    when: frozenset[GongWhen]
    pulse_s: float


@dataclass(frozen=True, slots=True)
class IncomingRule:
    """Whose calls are taken, and whether their digits may release a door; and how long they ring before.

    `code_from` are the callers whose keys are an access code's instead, for `code_door`; `directory` says
    that it may name more of both.
    """

    callers: dict[str, bool]
    answer_after_s: float = 0.0
    code_from: frozenset[str] = frozenset()
    code_door: str = ""
    directory: bool = False


@dataclass(frozen=True, slots=True)
class VolumeByProfile:
    """How loud the station's own sounds are while a time profile applies."""

    profile: str
    volume_db: float


@dataclass(frozen=True, slots=True)
class SpeakerGainByProfile:
    """How much louder everything is played than it comes, while a time profile applies."""

    profile: str
    gain_db: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All the core needs to know. Times in seconds; a limit that is None is none.

    `flats` names the list of each flat that the directory knows, by its number; `code_length` is how many
    digits an access code has.
    """

    buttons: dict[str, ButtonRule]
    doors: dict[str, DoorRule]
    ring_timeout_s: float = 45.0
    max_talk_s: float = 120.0
    digit_timeout_s: float = 3.0
    press_hangs_up: bool = False
    wrong_attempts: int = 3
    failure_shown_s: float = 5.0
    patience_s: float = 5.0
    stuck_after_s: float = 60.0
    hang_up_after_release_s: float | None = None
    calls_per_hour: int | None = None
    cool_down_after: int | None = None
    cool_down_s: float = 300.0
    profiles: dict[str, Profile] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    gong: GongRule | None = None
    cycle_pause_s: float = 2.0
    lists: dict[str, ListRule] = field(default_factory=dict)
    incoming: IncomingRule | None = None
    fire: FireRule | None = None
    tamper: TamperRule | None = None
    light: LightRule | None = None
    speech: SpeechRule | None = None
    keypads: dict[str, KeypadRule] = field(default_factory=dict)
    flats: dict[str, str] = field(default_factory=dict)
    code_length: int = 6
    volume_db: float = 0.0
    volume_by_profile: tuple[VolumeByProfile, ...] = ()
    sound_test: SoundTestRule | None = None
    speaker_gain_db: float = 0.0
    speaker_gain_by_profile: tuple[SpeakerGainByProfile, ...] = ()

    @property
    def takes_codes(self) -> bool:
        """Whether an access code can be entered anywhere."""
        calls = self.incoming
        return bool(self.keypads) or (calls is not None and (bool(calls.code_from) or calls.directory))

    def bell(self, name: str) -> ButtonRule | None:
        """The button of this name, or a flat as if it had one; None where there is neither any more."""
        if name in self.buttons or not name.startswith(FLAT):
            return self.buttons.get(name)
        listed = self.flats.get(name.removeprefix(FLAT))
        return ButtonRule(name, "", 0.0, list_name=listed) if listed else None
