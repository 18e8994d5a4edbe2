"""The local gong in the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portier.core.rules import GongRule, GongWhen

from .base import Section
from .pins import Pin, quiet_at_boot


class GongConfig(Section):
    """A gong in the house, for when nobody can be reached by telephone."""

    pin: (
        Annotated[
            Pin,
            AfterValidator(quiet_at_boot("the gong would sound")),
            Field(json_schema_extra={"allowed": "GPIO 9 to 13 and 16 to 27"}),
        ]
        | None
    ) = Field(
        None, description="Where the gong's driver is wired, high while it sounds. Left out: there is none."
    )
    pulse_s: float = Field(1.0, gt=0, le=30, description="How long it sounds.")
    when: Annotated[tuple[Literal["unreachable", "out of service"], ...], Field(strict=False)] = Field(
        ("unreachable", "out of service"),
        min_length=1,
        description="When it sounds: where a call reached nobody, or where SIP is down at a press.",
    )


def gong(config: GongConfig) -> GongRule | None:
    """Say it to the core."""
    if config.pin is None:
        return None
    return GongRule(frozenset(map(GongWhen, config.when)), config.pulse_s)
