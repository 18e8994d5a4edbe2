"""The facts the core decides by: frozen, from the configuration, without a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from .profiles import Profile


@dataclass(frozen=True, slots=True)
class ByProfile:
    """Whom a button rings while a time profile applies."""

    profile: str
    uri: str


@dataclass(frozen=True, slots=True)
class ButtonRule:
    """One button and whom it rings; of `by_profile` the first that applies comes before `uri`."""

    name: str
    uri: str
    debounce_s: float
    by_profile: tuple[ByProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class DoorRule:
    """One door: which keys release it, for how long, and the limit no request can pass."""

    name: str
    release_digit: str
    release_s: float
    max_release_s: float


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
class Rules:
    """All the core needs to know. Times in seconds; a limit that is None is none."""

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
