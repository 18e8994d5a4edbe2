"""The one road to the door: whoever asks for a release, asks here, and leaves a row of the audit log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import access, door
from .audit import Record, Road, What
from .effects import Audit, Effect, Note, Play, Tone
from .rules import Rules
from .states import Held, State


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a release: `by` in words for the log, `who` and `resident` for the audit log.

    `long` for the door's longer time, where it has one.
    """

    door: str
    road: Road
    by: str
    who: str = ""
    resident: int = 0
    long: bool = False


def request(rules: Rules, state: State, asked: Asked, at_s: float) -> tuple[State, list[Effect]]:
    """Release a door for somebody who may, else say no; a door that is not there is the caller's fault."""
    bar = access.barred(rules, state, asked.door, asked.road)
    if bar is not None:
        text = f'door "{asked.door}" not released by {asked.by}: {bar.value}'
        return state, [Play(Tone.DENIED), Note(text), _row(asked, What.REFUSED, bar.value)]
    before = state.doors[asked.door]
    released, effects = door.release(rules.doors[asked.door], before, at_s, long=asked.long)
    if released == before and not isinstance(before, Held):
        wanted_s = door.wanted_s(rules.doors[asked.door], long=asked.long)
        if released.until_s >= at_s + wanted_s:
            # Somebody else's release is as long as this one would be.
            return state, [_row(asked, What.RELEASED)]
        return state, [_row(asked, What.REFUSED, "released already, up to the longest it may be")]
    after = replace(state, doors=state.doors | {asked.door: released})
    if isinstance(released, Held):
        text = f'door "{asked.door}" is held released; asked for by {asked.by}'
    else:
        text = f'door "{asked.door}" released for {released.until_s - at_s:.1f} s by {asked.by}'
    return after, [*effects, Play(Tone.GRANTED), Note(text), _row(asked, What.RELEASED)]


def _row(asked: Asked, what: What, why: str = "") -> Audit:
    return Audit(Record(what, asked.door, asked.road, asked.who, asked.resident, why))
