"""How loud the station's own sounds are, in the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated

from pydantic import Field

from portier.core.rules import VolumeByProfile

from .base import Section
from .problems import Problem
from .profiles import ProfileConfig
from .texts import Name, allowed

VolumeDb = Annotated[float, Field(ge=-40, le=0)]


class VolumeByProfileConfig(Section):
    """How loud they are while a profile applies."""

    profile: Name = Field(description="The time profile.")
    volume_db: VolumeDb = Field(description="How loud the station's own sounds are then.")


VolumesByProfile = Annotated[
    tuple[VolumeByProfileConfig, ...],
    Field(strict=False, max_length=16),
    allowed('a list: [{ profile = "night", volume_db = -12 }]'),
]


def by_profile(volumes: tuple[VolumeByProfileConfig, ...]) -> tuple[VolumeByProfile, ...]:
    """Say it to the core."""
    return tuple(VolumeByProfile(one.profile, one.volume_db) for one in volumes)


def problems(
    volumes: tuple[VolumeByProfileConfig, ...], profiles: Mapping[str, ProfileConfig] | None
) -> Iterator[Problem]:
    """Find profiles that are not there; `profiles` None where they cannot be told."""
    for place, one in enumerate(volumes):
        if profiles is not None and one.profile not in profiles:
            close = get_close_matches(one.profile, profiles, n=1)
            hint = (
                f"write [profiles.{close[0]}] as it is called there"
                if close
                else "write [profiles.NAME], too"
            )
            yield Problem(
                ("audio", "volume_by_profile", place, "profile"),
                f"names a profile that is not there: {hint}",
            )
