"""How the keys of doors and house fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .base import Section
from .doors_model import DoorKeys
from .house import FireConfig, LightConfig, TamperConfig
from .problems import Loc, Problem
from .profile_checks import unknown_profile
from .profiles import ProfileConfig

_FIXED_PULL_UP = {2, 3}
_OF_A_CONTACT = (
    "contact_at_rest",
    "contact_closed_is",
    "contact_debounce_ms",
    "forced_alarm",
    "held_open_alarm_s",
    "pre_alarm_s",
    "relock_on_opening",
)
_OF_A_FIRE = ("at_rest", "closed_is", "debounce_ms", "reset", "reset_after_s")
_OF_A_BOX = ("at_rest", "closed_is", "debounce_ms", "blocks_codes_s")
_OF_A_LIGHT = ("lit_s", "when")
_OF_AN_EXIT = ("exit_at_rest", "exit_closed_is", "exit_debounce_ms", "exit_release")

_UNLIT = '"{}" does nothing without {}: wire and name that'


def pins(
    doors: Mapping[str, DoorKeys],
    fire: FireConfig | None,
    tamper: TamperConfig | None,
    light: LightConfig | None,
) -> Iterator[tuple[Loc, int]]:
    """Every pin they name, but for the strikes'."""
    for name, door in doors.items():
        for key, pin in (("contact_pin", door.contact_pin), ("exit_pin", door.exit_pin)):
            if pin is not None:
                yield ("doors", name, key), pin
    for section, one in (("fire", fire), ("tamper", tamper), ("light", light)):
        if one is not None and one.pin is not None:
            yield (section, "pin"), one.pin


def door(
    name: str,
    config: DoorKeys,
    release_s: float,
    max_release_s: float,
    profiles: Mapping[str, ProfileConfig] | None,
    fire: FireConfig | None,
) -> Iterator[Problem]:
    """Check one door; `profiles` None where they cannot be told."""
    place: Loc = ("doors", name)
    if config.long_release_s is not None and config.long_release_s > max_release_s:
        yield Problem(
            (*place, "long_release_s"),
            f"{config.long_release_s} is longer than max_release_s, which is {max_release_s}",
        )
    if config.long_release_s is not None and config.long_release_s < release_s:
        yield Problem(
            (*place, "long_release_s"),
            f"{config.long_release_s} is shorter than release_s, which is {release_s}",
        )
    if config.exit_release == "long" and config.long_release_s is None:
        yield Problem(
            (*place, "exit_release"), '"long" does nothing without long_release_s: say how long that is'
        )
    if config.held_open is not None and profiles is not None and config.held_open not in profiles:
        yield unknown_profile((*place, "held_open"), config.held_open, profiles)
    for key, named in (
        ("held_open", config.held_open is not None),
        ("released_by_fire", config.released_by_fire),
    ):
        if named and not config.may_hold:
            yield Problem(
                (*place, key),
                "needs may_hold = true: only if strike, relay and supply bear current for hours",
            )
    if config.released_by_fire and fire is not None and fire.pin is None:
        yield Problem((*place, "released_by_fire"), "does nothing without fire.pin: wire and name that")
    for pin_key, pin, keys in (
        ("contact_pin", config.contact_pin, _OF_A_CONTACT),
        ("exit_pin", config.exit_pin, _OF_AN_EXIT),
    ):
        named_keys = [key for key in keys if not _is_usual(config, key)]
        if pin is None and named_keys:
            yield Problem((*place, named_keys[0]), f"does nothing without {pin_key}: wire and name that")
    written = "pre_alarm_s" in config.model_fields_set
    if written and config.contact_pin is not None and config.pre_alarm_s > config.held_open_alarm_s > 0:
        yield Problem(
            (*place, "pre_alarm_s"),
            f"{config.pre_alarm_s} is longer than held_open_alarm_s, which is {config.held_open_alarm_s}",
        )
    yield from level((*place, "contact_closed_is"), config.contact_pin, config.contact_closed_is)
    yield from level((*place, "exit_closed_is"), config.exit_pin, config.exit_closed_is)


def house(
    fire: FireConfig | None,
    tamper: TamperConfig | None,
    light: LightConfig | None,
    doors: Mapping[str, DoorKeys],
) -> Iterator[Problem]:
    """Check what belongs to no door; `doors` is empty where not all are valid by themselves."""
    if fire is not None:
        yield from level(("fire", "closed_is"), fire.pin, fire.closed_is)
        if fire.pin is None:
            yield from idle("fire", fire, _OF_A_FIRE)
        elif not _is_usual(fire, "reset_after_s") and fire.reset != "automatic":
            yield Problem(("fire", "reset_after_s"), 'does nothing without reset = "automatic"')
    if tamper is not None:
        yield from level(("tamper", "closed_is"), tamper.pin, tamper.closed_is)
        if tamper.pin is None:
            yield from idle("tamper", tamper, _OF_A_BOX)
    if light is None:
        return
    if light.pin is None:
        yield from idle("light", light, _OF_A_LIGHT)
    elif not _is_usual(light, "when"):
        if "exit" in light.when and doors and all(one.exit_pin is None for one in doors.values()):
            yield Problem(("light", "when"), _UNLIT.format("exit", "the exit_pin of a door"))
        if "fire" in light.when and fire is not None and fire.pin is None:
            yield Problem(("light", "when"), _UNLIT.format("fire", "fire.pin"))


def idle(name: str, section: Section, keys: tuple[str, ...]) -> Iterator[Problem]:
    """A section without its pin: the first key of it that is written, and not as it is anyway."""
    named = next((key for key in keys if not _is_usual(section, key)), None)
    if named is not None:
        yield Problem((name, named), f"does nothing without {name}.pin: wire and name that")


def _is_usual(config: Section, key: str) -> bool:
    """Whether a key has its default; one that is written out counts for nothing."""
    return bool(getattr(config, key) == type(config).model_fields[key].default)


def level(place: Loc, pin: int | None, closed_is: str) -> Iterator[Problem]:
    """A contact to 3.3 V cannot be on a pin that is pulled up."""
    if pin in _FIXED_PULL_UP and closed_is == "high":
        yield Problem(
            place,
            f'"high" is not possible on pin {pin}, which has a fixed pull-up: use another pin, or wire the '
            'contact to ground and write "low"',
        )
