"""How loud the station's own sounds are, by the time profiles that apply."""

from __future__ import annotations

from .effects import Effect, SetVolume
from .rules import Rules


def volume_db(rules: Rules, profiles: tuple[str, ...]) -> float:
    """The volume while these profiles apply: of the first that has one, else the usual."""
    by_profile = (one.volume_db for one in rules.volume_by_profile if one.profile in profiles)
    return next(by_profile, rules.volume_db)


def at_start(rules: Rules) -> list[Effect]:
    """Set the usual volume, where it is not what the sound has by itself."""
    return [SetVolume(rules.volume_db)] if rules.volume_db else []


def changed(rules: Rules, before: tuple[str, ...], after: tuple[str, ...]) -> list[Effect]:
    """Other profiles apply: the volume, where it is another one by now."""
    now_db = volume_db(rules, after)
    return [] if now_db == volume_db(rules, before) else [SetVolume(now_db)]
