"""What a door has beside its strike, and the house beside its doors: facts from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class ContactRule:
    """A door's contact, and the alarms made of it.

    `held_open_s` after the end of a release an open door is an alarm, None for never; `pre_alarm_s` before
    that the tone at the door begins. `relock`: the door is locked as soon as it has opened.
    """

    debounce_s: float = 0.05
    forced_alarm: bool = True
    held_open_s: float | None = 60.0
    pre_alarm_s: float = 15.0
    relock: bool = False


@dataclass(frozen=True, slots=True)
class ExitRule:
    """A door's exit button, as far as the station sees it; `long` for the longer release."""

    debounce_s: float = 0.03
    long: bool = False


@dataclass(frozen=True, slots=True)
class FireRule:
    """The fire contact; `reset_after_s` None: only a command resets, else also so long after it went back."""

    debounce_s: float = 0.05
    reset_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class TamperRule:
    """The tamper contact; for `blocks_codes_s` access codes release nothing after it, 0 for not at all."""

    debounce_s: float = 0.05
    blocks_codes_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SpeechRule:
    """The visitor's button for the microphone: each press mutes it or lets it hear again, or it hears only
    while the button is pressed (`push_to_talk`).
    """

    debounce_s: float = 0.03
    push_to_talk: bool = False


class LightWhen(Enum):
    """What switches the light on."""

    PRESS = "press"
    RELEASE = "release"
    EXIT = "exit"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class LightRule:
    """The light of the stairs: what switches it on, and for how long."""

    when: frozenset[LightWhen]
    lit_s: float
