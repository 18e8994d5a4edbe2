"""The words that follow a tone, in each language. `make announcements` speaks them into the files beside.

A tone that is not here has no words: they would run into a talk.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from portier.core.effects import Tone


class Language(StrEnum):
    """A language that the station speaks."""

    FRENCH = "fr"
    ENGLISH = "en"


WORDS: Mapping[Tone, Mapping[Language, str]] = {
    Tone.RINGBACK: {
        Language.FRENCH: "Appel en cours.",
        Language.ENGLISH: "Calling.",
    },
    Tone.TALK_NOW: {
        Language.FRENCH: "Parlez.",
        Language.ENGLISH: "Speak now.",
    },
    Tone.GRANTED: {
        Language.FRENCH: "La porte est ouverte, poussez.",
        Language.ENGLISH: "The door is open, please push.",
    },
    Tone.NOT_AVAILABLE: {
        Language.FRENCH: "Personne n'est joignable.",
        Language.ENGLISH: "Nobody can be reached.",
    },
    Tone.BUSY: {
        Language.FRENCH: "La ligne est occupée.",
        Language.ENGLISH: "The line is busy.",
    },
    Tone.IN_USE: {
        Language.FRENCH: "Un appel est déjà en cours.",
        Language.ENGLISH: "There is a call already.",
    },
    Tone.DENIED: {
        Language.FRENCH: "Code refusé.",
        Language.ENGLISH: "Code not accepted.",
    },
    Tone.BLOCKED: {
        Language.FRENCH: "Code bloqué, patientez.",
        Language.ENGLISH: "Codes are blocked, please wait.",
    },
    Tone.HELD_OPEN: {
        Language.FRENCH: "Fermez la porte, s'il vous plaît.",
        Language.ENGLISH: "Please close the door.",
    },
    Tone.FIRE: {
        Language.FRENCH: "Alarme incendie, évacuez. La porte est libre.",
        Language.ENGLISH: "Fire alarm, please leave. The door is free.",
    },
}

LONGEST_S = 10.0
"""How long an announcement may be."""

LONGEST_TALK_NOW_S = 0.7
"""How long the words may be that begin a talk, in place of their tone: its first words must not be lost."""


def file_name(tone: Tone) -> str:
    """The sound file of a tone's words, in each language's folder and in an installer's."""
    return f"{tone.name.lower()}.wav"


def spoken(tone: Tone, language: Language) -> Path:
    """The file that the station brings."""
    return Path(__file__).parent / language.value / file_name(tone)
