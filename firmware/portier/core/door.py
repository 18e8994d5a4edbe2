"""A door's release: begins, is prolonged up to its maximum, ends. Knows nothing of calls."""

from __future__ import annotations

from dataclasses import replace

from .effects import CancelTimer, Effect, Lock, Release, StartTimer
from .rules import DoorRule
from .states import Door, Held, Locked, Released
from .timers import DoorTimer


def release(rule: DoorRule, door: Door, at_s: float, *, long: bool = False) -> tuple[Released, list[Effect]]:
    """Release a door, or prolong its release; it never outlives `max_release_s` from its beginning.

    A release whose moment has passed is over, even when its timer is late. Nobody's request cuts a release
    short. Beneath a hold it is kept in mind, and shown, alone.
    """
    lasts_s = wanted_s(rule, long=long)
    if isinstance(door, Held):
        until_s = max(door.pulse_until_s or at_s, at_s + min(lasts_s, rule.max_release_s))
        return replace(door, pulse_until_s=until_s), [StartTimer(DoorTimer(rule.name), until_s)]
    running = isinstance(door, Released) and at_s <= door.until_s
    since_s = door.since_s if isinstance(door, Released) and running else at_s
    until_s = min(at_s + lasts_s, since_s + rule.max_release_s)
    if isinstance(door, Released) and running:
        until_s = max(until_s, door.until_s)
    released = Released(since_s, until_s)
    if released == door:
        return released, []
    return released, [Release(rule.name, until_s), StartTimer(DoorTimer(rule.name), until_s)]


def wanted_s(rule: DoorRule, *, long: bool) -> float:
    """How long one release is to last, in seconds."""
    return rule.long_release_s if long and rule.long_release_s is not None else rule.release_s


def timed_out(name: str, door: Door) -> tuple[Door, list[Effect]]:
    """The end of a release: the door is locked, or goes on to be held."""
    if isinstance(door, Held):
        return replace(door, pulse_until_s=None), []
    return lock(name)


def lock(name: str) -> tuple[Locked, list[Effect]]:
    """Lock a door, whatever it was."""
    return Locked(), [Lock(name), CancelTimer(DoorTimer(name))]
