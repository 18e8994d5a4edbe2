"""What the house has beside its doors, in the configuration: fire contact, tamper contact, light."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portier.core.door_rules import FireRule, LightRule, LightWhen, TamperRule

from .base import Section
from .doors_model import AtRest, Level
from .pins import Pin, quiet_at_boot

_MS_A_S = 1000


class FireConfig(Section):
    """A second contact of the fire contact, which releases the doors by its own wires."""

    pin: Pin | None = Field(None, description="Where it is wired. Left out: there is none.")
    at_rest: AtRest = Field(
        "closed", description="The contact without a fire; closed, so that a cut wire is a fire alarm."
    )
    closed_is: Level = Field(
        "high", description="The level of the closed contact: high where it connects to 3.3 V, low to ground."
    )
    debounce_ms: int = Field(50, ge=1, le=500, description="How long the contact must be still to count.")
    reset: Literal["command", "automatic"] = Field(
        "command",
        description='What ends a fire alarm once the contact went back: "portier fire-reset" alone, or also '
        "reset_after_s.",
    )
    reset_after_s: float = Field(
        60.0, ge=1, le=3600, description="How long after the contact went back an automatic reset comes."
    )


class TamperConfig(Section):
    """A contact that tells when the outdoor box is opened."""

    pin: Pin | None = Field(None, description="Where it is wired. Left out: there is none.")
    at_rest: AtRest = Field(
        "closed", description="The contact while the box is shut; closed, so that a cut wire is an open box."
    )
    closed_is: Level = Field(
        "low", description="The level of the closed contact: low where it connects to ground, high to 3.3 V."
    )
    debounce_ms: int = Field(50, ge=1, le=500, description="How long the contact must be still to count.")
    blocks_codes_s: float = Field(
        0.0,
        ge=0,
        le=86400,
        description="How long after it access codes release nothing; release digits always do. A restart "
        "begins that time anew. 0: not at all.",
    )


class LightConfig(Section):
    """The light of the stairs, or at the door."""

    pin: (
        Annotated[
            Pin,
            AfterValidator(quiet_at_boot("the light would be on")),
            Field(json_schema_extra={"allowed": "GPIO 9 to 13 and 16 to 27"}),
        ]
        | None
    ) = Field(
        None, description="Where its relay's driver is wired, high while it is lit. Left out: there is none."
    )
    lit_s: float = Field(120.0, ge=1, le=3600, description="How long it is lit.")
    when: Annotated[tuple[Literal["press", "release", "exit", "fire"], ...], Field(strict=False)] = Field(
        ("release", "exit"),
        min_length=1,
        description="What lights it: a bell button, a door's release, an exit button, a fire alarm.",
    )


def fire(config: FireConfig) -> FireRule | None:
    """Say it to the core."""
    if config.pin is None:
        return None
    return FireRule(
        config.debounce_ms / _MS_A_S, config.reset_after_s if config.reset == "automatic" else None
    )


def tamper(config: TamperConfig) -> TamperRule | None:
    """Say it to the core."""
    if config.pin is None:
        return None
    return TamperRule(config.debounce_ms / _MS_A_S, config.blocks_codes_s)


def light(config: LightConfig) -> LightRule | None:
    """Say it to the core."""
    if config.pin is None:
        return None
    return LightRule(frozenset(map(LightWhen, config.when)), config.lit_s)
