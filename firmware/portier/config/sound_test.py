"""The daily test of the sound, in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from portier.core.sound_test_state import SoundTestRule
from portier.core.sound_tests import by_night

from .base import Section
from .problems import Problem
from .texts import allowed


def _minute(text: str) -> int:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if match is None:
        raise ValueError("is not like 14:00")
    return 60 * int(match[1]) + int(match[2])


def _time(text: str) -> str:
    _minute(text)
    return text


TimeOfDay = Annotated[str, AfterValidator(_time), allowed('a time of day: "14:00"')]


class SoundTestKeys(Section):
    """When the station tries its sound by itself: a part of [audio]."""

    self_test_at: TimeOfDay | None = Field(
        None,
        description="When the station plays a short tone each day, and listens for it. Left out: never.",
    )
    self_test_by_night: bool = Field(
        False, description="Whether that may be between 21:00 and 8:00, when people sleep."
    )


def rule(keys: SoundTestKeys) -> SoundTestRule | None:
    """Say it to the core."""
    if keys.self_test_at is None:
        return None
    return SoundTestRule(_minute(keys.self_test_at), keys.self_test_by_night)


def problems(keys: SoundTestKeys, card: str) -> Iterator[Problem]:
    """Find a test that would wake people, and one that there is nothing for."""
    if keys.self_test_at is None:
        if keys.self_test_by_night:
            yield Problem(("audio", "self_test_by_night"), "does nothing without self_test_at: say when")
        return
    if card != "alsa":
        yield Problem(("audio", "self_test_at"), f'needs card = "alsa", but card is "{card}"')
    if by_night(_minute(keys.self_test_at)) and not keys.self_test_by_night:
        yield Problem(
            ("audio", "self_test_at"),
            "is between 21:00 and 08:00, when people sleep: take a time of the day, or write "
            "self_test_by_night = true",
        )
