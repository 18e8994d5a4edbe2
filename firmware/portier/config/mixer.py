"""The card's own mixer, in the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from portier.mixer_settings import MixerSetting, level

from .base import Section
from .texts import Caption, allowed


def _value(text: str) -> str:
    wanted = level(text)
    if wanted is not None and wanted.unit == "%" and not 0 <= wanted.amount <= 100:
        raise ValueError("is not from 0% to 100%")
    return text


Value = Annotated[
    Caption,
    AfterValidator(_value),
    allowed('"80%", "-6 dB", "on", "off", or one of the words that the control has to choose from'),
]


class MixerConfig(Section):
    """One control, as amixer names it, and what it is to be, for the microphone, the loudspeaker or both."""

    control: Caption = Field(description='Its name, as "amixer -c Device" shows it; a second one: "Mic,1".')
    capture: Value | None = Field(None, description="Of the microphone's card: what it is to be.")
    playback: Value | None = Field(None, description="Of the loudspeaker's card: what it is to be.")

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if self.capture is None and self.playback is None:
            raise ValueError("sets nothing: write capture or playback, or both")
        return self


MixerControls = Annotated[
    tuple[MixerConfig, ...],
    Field(strict=False, max_length=32),
    allowed('a list: [{ control = "Mic", capture = "80%" }, { control = "Speaker", playback = "-6 dB" }]'),
]


def settings(controls: tuple[MixerConfig, ...]) -> tuple[MixerSetting, ...]:
    """Say it to whoever opens the card."""
    return tuple(_settings(controls))


def _settings(controls: tuple[MixerConfig, ...]) -> Iterator[MixerSetting]:
    for one in controls:
        if one.capture is not None:
            yield MixerSetting(one.control, "capture", one.capture)
        if one.playback is not None:
            yield MixerSetting(one.control, "playback", one.playback)
