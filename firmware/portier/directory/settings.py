"""What the configuration says of the directory, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .files import Files


@dataclass(frozen=True, slots=True)
class Place:
    """Whom of the directory a button rings: a flat, or a resident by name."""

    flat: str = ""
    resident: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the directory lies, and how its numbers become addresses.

    `number_uri` is the SIP URI of any number with the prefix, `plain_uri` without, each with `{line}` in its
    place; None where the station has no domain. `by_profile` are the places in a button's `by_profile`, by
    the button's name and which of them it is. `ring_s` is how long each line rings before the next.
    """

    files: Files
    number_uri: str | None
    plain_uri: str | None
    plain_after: frozenset[int] = frozenset()
    ring_s: float = 20.0
    buttons: Mapping[str, Place] = field(default_factory=dict)
    by_profile: Mapping[tuple[str, int], Place] = field(default_factory=dict)
