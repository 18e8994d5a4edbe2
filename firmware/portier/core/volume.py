"""How loud the loudspeaker is, and the station's own sounds, by the time profiles that apply."""

from __future__ import annotations

from .effects import Effect, SetSpeakerGain, SetVolume
from .rules import Rules


def volume_db(rules: Rules, profiles: tuple[str, ...]) -> float:
    """The volume while these profiles apply: of the first that has one, else the usual."""
    by_profile = (one.volume_db for one in rules.volume_by_profile if one.profile in profiles)
    return next(by_profile, rules.volume_db)


def speaker_gain_db(rules: Rules, profiles: tuple[str, ...]) -> float:
    """The loudspeaker's gain while these profiles apply: of the first that has one, else the usual."""
    by_profile = (one.gain_db for one in rules.speaker_gain_by_profile if one.profile in profiles)
    return next(by_profile, rules.speaker_gain_db)


def at_start(rules: Rules) -> list[Effect]:
    """Set the usual volume, where it is not what the sound has by itself; its gain the loudspeaker has."""
    return [SetVolume(rules.volume_db)] if rules.volume_db else []


def changed(rules: Rules, before: tuple[str, ...], after: tuple[str, ...]) -> list[Effect]:
    """Other profiles apply: volume and gain, where they are others by now."""
    effects: list[Effect] = []
    if (now_db := volume_db(rules, after)) != volume_db(rules, before):
        effects.append(SetVolume(now_db))
    if (gain_db := speaker_gain_db(rules, after)) != speaker_gain_db(rules, before):
        effects.append(SetSpeakerGain(gain_db))
    return effects
