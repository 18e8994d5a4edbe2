"""Which time profiles apply, and whom a button rings for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .effects import Effect, Level, Note
from .rules import ButtonRule, ByProfile, Rules
from .states import State


def in_force(rules: Rules, local: datetime | None) -> tuple[str, ...]:
    """The profiles that apply at a local moment; none where it is not known."""
    if local is None:
        return ()
    return tuple(name for name, one in rules.profiles.items() if one.applies(local, rules.holidays))


def choice(button: ButtonRule, profiles: tuple[str, ...]) -> ButtonRule | ByProfile:
    """Whom a press rings while these profiles apply: the first of the button's that does, else its usual."""
    return next((one for one in button.by_profile if one.profile in profiles), button)


def told(rules: Rules, state: State, local: datetime | None) -> tuple[State, list[Effect]]:
    """The wall clock has told the local moment, or that it is not known to be right."""
    unsure, profiles = local is None, in_force(rules, local)
    effects: list[Effect] = []
    if unsure and not state.clock_unsure:
        text = (
            "clock: not known to be right, so no time profile applies and each button rings whom it usually "
            "does; portier doctor says more"
        )
        effects.append(Note(text, Level.WARNING))
    elif state.clock_unsure and local is not None:
        effects.append(Note(f"clock: right from now on, {local:%Y-%m-%d %H:%M}; time profiles apply"))
    if (profiles, unsure) == (state.profiles, state.clock_unsure):
        return state, effects
    return replace(state, profiles=profiles, clock_unsure=unsure), effects
