"""Spoken announcements in the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from portier.announcements.choice import Choice
from portier.announcements.words import Language
from portier.core.effects import Tone
from portier.sound_settings import Telephony

from .base import Section
from .problems import Loc, Problem
from .texts import Folder

_PLACE: Loc = ("announcements", "folder")


class AnnouncementsConfig(Section):
    """What the visitor hears: the tones, and words behind them."""

    language: Literal["fr", "en", "none"] = Field(
        "none", description="What the station speaks: French, English, or nothing but its tones."
    )
    folder: Folder | None = Field(
        None,
        description="Sound files of your own in place of the station's, called as those are: granted.wav, "
        "ringback.wav ... WAV files with plain PCM of at most 10 s; those of 16 kHz, mono, 16 bit need no "
        "conversion at the start.",
    )
    tones: Telephony = Field(
        "french",
        description="Whose ringing and busy tones are heard: french is 440 Hz, ringing for 1.5 s in 5; "
        "european 425 Hz, ringing for 1 s in 5.",
    )
    talk_now: Literal["tone", "speech"] = Field(
        "tone",
        description="How a talk begins: with a short tone, or with a word in its place, of at most 0.7 s.",
    )


def choice(config: AnnouncementsConfig) -> Choice:
    """Say which announcements there are."""
    language = None if config.language == "none" else Language(config.language)
    return Choice(language, config.folder, config.talk_now == "speech")


def problems(config: AnnouncementsConfig | None) -> Iterator[Problem]:
    """Look at the files of an installer."""
    if config is None:
        return
    chosen = choice(config)
    complaints = [Problem(_PLACE, text) for text in chosen.complaints()]
    yield from complaints
    if config.talk_now == "speech" and not complaints and Tone.TALK_NOW not in chosen.files():
        yield Problem(
            ("announcements", "talk_now"),
            '"speech" needs a language, or a talk_now.wav in the folder: else a talk begins with the tone',
        )
