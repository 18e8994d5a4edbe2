"""Which time profiles apply, and whom a button rings for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from . import volume
from .effects import Effect, Level, Note
from .rules import ButtonRule, ByProfile, Rules
from .states import State, WallTime

_GOES_ON = timedelta(seconds=1)


def in_force(rules: Rules, local: datetime | None) -> tuple[str, ...]:
    """The profiles that apply at a local moment; none where it is not known."""
    if local is None:
        return ()
    return tuple(name for name, one in rules.profiles.items() if one.applies(local, rules.holidays))


def choice(button: ButtonRule, profiles: tuple[str, ...]) -> ButtonRule | ByProfile:
    """Whom a press rings while these profiles apply: the first of the button's that does, else its usual."""
    return next((one for one in button.by_profile if one.profile in profiles), button)


def local(state: State, at_s: float) -> datetime | None:
    """The local time at a moment of the events' clock; None where it is not known."""
    return None if state.wall is None else state.wall.local + timedelta(seconds=at_s - state.wall.at_s)


def _wall(state: State, told: datetime | None, at_s: float) -> WallTime | None:
    """What is known of the time; it stays as it is where the clock only went on, so that nobody is woken."""
    if told is None:
        return None
    before = local(state, at_s)
    goes_on = before is not None and abs(before - told) <= _GOES_ON
    return state.wall if goes_on else WallTime(told, at_s)


def told(rules: Rules, state: State, local: datetime | None, at_s: float) -> tuple[State, list[Effect]]:
    """The wall clock has told the local moment, or that it is not known to be right."""
    unsure, profiles = local is None, in_force(rules, local)
    effects: list[Effect] = []
    if unsure and not state.clock_unsure:
        text = (
            "clock: not known to be right, so no time profile applies and each button rings whom it usually "
            "does; portier doctor says more"
        )
        if rules.takes_codes:
            text += ". Access codes that are bound to a time are refused"
        effects.append(Note(text, Level.WARNING))
    elif state.clock_unsure and local is not None:
        effects.append(Note(f"clock: right from now on, {local:%Y-%m-%d %H:%M}; time profiles apply"))
    wall = _wall(state, local, at_s)
    if (profiles, unsure, wall) == (state.profiles, state.clock_unsure, state.wall):
        return state, effects
    effects += volume.changed(rules, state.profiles, profiles)
    return replace(state, profiles=profiles, clock_unsure=unsure, wall=wall), effects
