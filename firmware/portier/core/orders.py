"""What commands order of a door until told otherwise: a lock, which outlives a restart, or a hold."""

from __future__ import annotations

from dataclasses import replace

from . import access
from .access import Deed
from .audit import Record, Road, What
from .effects import Audit, Effect, Level, Note, Remember
from .events import DoorOrdered, Verb
from .rules import Rules
from .states import Held, Order, State

_DEEDS = {
    Verb.LOCK: Deed.LOCK,
    Verb.UNLOCK: Deed.UNLOCK,
    Verb.HOLD: Deed.HOLD,
    Verb.END_HOLD: Deed.END_HOLD,
}
_KEPT = "on"


def key(name: str) -> str:
    """Under which key a lock is remembered."""
    return f"door.{name}.lock"


def initial(rules: Rules, remembered: dict[str, str]) -> dict[str, Order]:
    """The orders that outlive a restart: locks. A hold never does."""
    return {name: Order.LOCK if remembered.get(key(name)) == _KEPT else Order.NONE for name in rules.doors}


def refusal(rules: Rules, state: State, event: DoorOrdered) -> str | None:
    """Say in words why nothing comes of an order; None where something does."""
    name, order = event.door, state.orders[event.door]
    bar = access.barred(rules, state, name, Road.COMMAND, _DEEDS[event.verb])
    if bar is not None:
        return f'door "{name}": {bar.value}'
    held = state.doors[name]
    match event.verb:
        case Verb.LOCK if order is Order.LOCK:
            return f'door "{name}" is locked already'
        case Verb.UNLOCK if order is not Order.LOCK:
            return f'door "{name}" is not locked by any command'
        case Verb.HOLD if order is Order.HOLD:
            return f'door "{name}" is held already'
        case Verb.END_HOLD if order is not Order.HOLD:
            if isinstance(held, Held) and held.by is Road.SCHEDULE:
                return f'door "{name}" is held by its hours: lock it to end that'
            return f'door "{name}" is not held by any command'
        case _:
            return None


def ordered(rules: Rules, state: State, event: DoorOrdered) -> tuple[State, list[Effect]]:
    """Take an order. It cuts no release short that has begun: that may be somebody's who leaves."""
    name, verb = event.door, event.verb
    if name not in rules.doors:
        return state, [Note(f'command names a door "{name}" that is not there', Level.WARNING)]
    if why := refusal(rules, state, event):
        record = Record(What.REFUSED, name, Road.COMMAND, why=why)
        return state, [Note(f"command to {verb.value}: {why}"), Audit(record)]
    match verb:
        case Verb.LOCK:
            after = _with(state, name, Order.LOCK)
            text = f'door "{name}" locked: no digit, code or schedule releases it'
            return after, [Remember(key(name), _KEPT), Note(text), _row(What.LOCK_ON, name)]
        case Verb.UNLOCK:
            return _with(state, name, Order.NONE), _unlocked(name)
        case Verb.HOLD:
            # Only a fire lets a lock not bar it.
            ends_lock = state.orders[name] is Order.LOCK
            return _with(state, name, Order.HOLD), _unlocked(name) if ends_lock else []
        case Verb.END_HOLD:
            return _with(state, name, Order.NONE), []


def _unlocked(name: str) -> list[Effect]:
    return [
        Remember(key(name), None),
        Note(f'door "{name}" not locked any more'),
        _row(What.LOCK_OFF, name),
    ]


def _row(what: What, name: str) -> Audit:
    return Audit(Record(what, name, Road.COMMAND))


def _with(state: State, name: str, order: Order) -> State:
    return replace(state, orders=state.orders | {name: order})
