"""The card's own mixer, in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from portier.mixer_settings import MixerSetting, level

from .base import Section
from .texts import Caption, allowed

_LIKE_A_LEVEL = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)? ?(?:%|db|percent)?[.]?", re.IGNORECASE | re.ASCII)
_SWITCHES = ("on", "off", "On", "Off")
"""Many cards have On and Off to choose from."""


def _value(text: str) -> str:
    wanted = level(text)
    if wanted is not None and wanted.unit == "%" and not 0 <= wanted.amount <= 100:
        raise ValueError("is not from 0% to 100%")
    if wanted is None and _LIKE_A_LEVEL.fullmatch(text):
        raise ValueError('looks like a level, but a level is like "80%" or "-6 dB"')
    if text.lower() in ("on", "off") and text not in _SWITCHES:
        raise ValueError('looks like a switch, but a switch is "on" or "off"')
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


def _each_once(controls: tuple[MixerConfig, ...]) -> tuple[MixerConfig, ...]:
    seen = set()
    for one in _settings(controls):
        control = one.control.removesuffix(",0")
        if (control, one.side) in seen:
            raise ValueError(f'sets {one.side} of "{control}" twice: keep one of them')
        seen.add((control, one.side))
    return controls


MixerControls = Annotated[
    tuple[MixerConfig, ...],
    Field(strict=False, max_length=32),
    AfterValidator(_each_once),
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
