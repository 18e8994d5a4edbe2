"""A door's release: begins, is prolonged up to its maximum, ends. Knows nothing of calls."""

from __future__ import annotations

from .effects import CancelTimer, Effect, Lock, Release, StartTimer
from .rules import DoorRule
from .states import Door, Locked, Released
from .timers import DoorTimer


def release(rule: DoorRule, door: Door, at_s: float) -> tuple[Released, list[Effect]]:
    """Release a door, or prolong its release; it never outlives `max_release_s` from its beginning.

    A release whose moment has passed is over, even when its timer is late.
    """
    since_s = door.since_s if isinstance(door, Released) and at_s <= door.until_s else at_s
    until_s = min(at_s + rule.release_s, since_s + rule.max_release_s)
    released = Released(since_s, until_s)
    if released == door:
        return released, []
    return released, [Release(rule.name, until_s), StartTimer(DoorTimer(rule.name), until_s)]


def lock(name: str) -> tuple[Locked, list[Effect]]:
    """Lock a door, whatever it was."""
    return Locked(), [Lock(name), CancelTimer(DoorTimer(name))]
