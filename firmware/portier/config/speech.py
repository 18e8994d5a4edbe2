"""The visitor's button for the microphone, in the configuration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from portier.core.door_rules import SpeechRule

from .base import Section
from .doors_model import Level
from .pins import Pin

_MS_A_S = 1000


class SpeechButtonConfig(Section):
    """A button by which the visitor mutes the microphone, or is heard only while it is pressed."""

    pin: Pin | None = Field(None, description="Where it is wired. Left out: there is none.")
    mode: Literal["mute", "push-to-talk"] = Field(
        "mute",
        description="mute: each press in a call mutes the microphone, or lets it be heard again. "
        "push-to-talk: it is heard only while the button is pressed. A muted one sends comfort noise.",
    )
    closed_is: Level = Field(
        "low", description="The level of the pressed button: low where it connects to ground, with a pull-up."
    )
    debounce_ms: int = Field(30, ge=1, le=500, description="How long the contact must be still to count.")


def rule(config: SpeechButtonConfig) -> SpeechRule | None:
    """Say it to the core."""
    if config.pin is None:
        return None
    return SpeechRule(config.debounce_ms / _MS_A_S, push_to_talk=config.mode == "push-to-talk")
