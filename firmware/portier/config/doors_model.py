"""What a door has beside its strike, in the configuration: times, holds, contact, exit button."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Section
from .pins import Pin
from .texts import Name

Level = Literal["low", "high"]
AtRest = Literal["open", "closed"]


class DoorKeys(Section):
    """The keys of a door that has more than a strike."""

    long_release_s: float | None = Field(
        None,
        gt=0,
        le=60,
        description="How long a release lasts for people who need more time. Left out: as long as release_s.",
    )
    may_hold: bool = Field(
        False,
        description="Whether strike, relay and supply bear current for hours: only then may the door be held "
        "released beyond max_release_s.",
    )
    held_open: Name | None = Field(
        None,
        description="The time profile of its held-open hours; it takes may_hold, and a clock that is right.",
    )
    released_by_fire: bool = Field(
        False,
        description="Whether the station, too, holds it released in a fire alarm; the fire contact does so "
        "by wire, without the station. It takes may_hold.",
    )
    contact_pin: Pin | None = Field(None, description="Where the door's contact is wired.")
    contact_at_rest: AtRest = Field(
        "closed", description="The contact while the door is shut; closed, so that a cut wire is a door ajar."
    )
    contact_closed_is: Level = Field(
        "high",
        description="The level of its closed contact: high where it connects to 3.3 V, low to ground.",
    )
    contact_debounce_ms: int = Field(
        50, ge=1, le=500, description="How long its contact must be still to count."
    )
    forced_alarm: bool = Field(
        True,
        description="Whether it is an alarm when the door opens without a release; false for a door that has "
        "a handle outside, or inside and no observed exit button.",
    )
    held_open_alarm_s: float = Field(
        60.0, ge=0, le=3600, description="How long after a release the open door is an alarm. 0: never."
    )
    pre_alarm_s: float = Field(
        15.0,
        ge=0,
        le=600,
        description="How long before that alarm tones at the door ask to shut it; where it is left out, "
        "never longer than held_open_alarm_s.",
    )
    relock_on_opening: bool = Field(
        False, description="Whether the door is locked as soon as it has opened: nobody follows unseen."
    )
    exit_pin: Pin | None = Field(
        None, description="Where a second contact of the exit button is wired, which acts on the lock itself."
    )
    exit_at_rest: AtRest = Field("open", description="That contact while nobody presses.")
    exit_closed_is: Level = Field("high", description="The level of that contact when it is closed.")
    exit_debounce_ms: int = Field(30, ge=1, le=500, description="How long it must be still to count.")
    exit_release: Literal["usual", "long"] = Field(
        "usual", description="How long the station releases the door at the exit button, beside its wires."
    )
