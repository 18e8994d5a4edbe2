"""The outdoor box was opened: an alarm, and no access codes for a while where it is configured so."""

from __future__ import annotations

from dataclasses import replace

from .audit import Record, What
from .effects import Audit, Effect, Level, Note, Remember, StartTimer
from .rules import Rules
from .states import State
from .timers import TamperTimer

KEY = "tamper"
"""Under which it is remembered that access codes are blocked; after a restart that begins anew."""

Outcome = tuple[State, list[Effect]]


def changed(rules: Rules, state: State, active: bool, at_s: float) -> Outcome:
    """The box was opened, or is shut again."""
    if active is state.tampered:
        return state, []
    after = replace(state, tampered=active)
    if not active:
        return after, [Note("tamper: the box is shut again"), Audit(Record(What.TAMPER_OVER))]
    effects: list[Effect] = [
        Note("tamper: the outdoor box was opened, or its wire is cut", Level.WARNING),
        Audit(Record(What.TAMPER)),
    ]
    block_s = rules.tamper.blocks_codes_s if rules.tamper else 0.0
    if not block_s:
        return after, effects
    return replace(after, codes_barred=True), [
        *effects,
        StartTimer(TamperTimer(), at_s + block_s),
        Remember(KEY, "on"),
        Note(f"tamper: access codes are blocked for {block_s:.0f} s; release digits are not"),
    ]


def over(state: State) -> Outcome:
    """Access codes count again."""
    if not state.codes_barred:
        return state, []
    note = Note("tamper: access codes count again")
    return replace(state, codes_barred=False), [Remember(KEY, None), note]
