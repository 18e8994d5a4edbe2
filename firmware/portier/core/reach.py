"""Whom a visit rings and in which order: lists made into stages, and the legs of the stage that runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .events import EndReason
from .rules import ButtonRule, ByProfile, ListRule, Rules, StepRule, TargetRule
from .states import Leg, LegPhase, Missed, Reach, Stage

NEVER_AGAIN = 603
"""A person, or a telephone for one, has declined: RFC 3261 section 21.6.2."""


def list_for(rules: Rules, rings: ButtonRule | ByProfile) -> ListRule:
    """The list that a press tries: of the button itself, or of what a time profile puts in its place.

    It has no steps where a button rings a flat or a resident that the directory does not know.
    """
    if rings.list_name:
        return rules.lists[rings.list_name]
    if not rings.target and not rings.uri:
        return ListRule("", ())
    return ListRule("", (StepRule((rings.target or TargetRule("", rings.uri),)),))


def stages(rules: Rules, chosen: ListRule) -> tuple[Stage, ...]:
    """All that a list tries, one after the other: its cycles, then those of the lists that follow it."""
    return tuple(_stages(rules, chosen))


def _stages(rules: Rules, chosen: ListRule) -> Iterator[Stage]:
    tried: set[str] = set()
    one: ListRule | None = chosen
    while one is not None and one.name not in tried:
        for cycle in range(one.cycles):
            for place, step in enumerate(one.steps):
                # Telephones that were cancelled, or were busy, are given a moment.
                pause_s = rules.cycle_pause_s if cycle and not place else 0.0
                yield Stage(step.targets, step.ring_s, pause_s, one.confirm)
        tried.add(one.name)
        one = rules.lists.get(one.fallback)


def legs_of(stage: Stage, last_leg: int) -> tuple[Leg, ...]:
    """New legs for all targets of a stage."""
    return tuple(Leg(last_leg + number, target) for number, target in enumerate(stage.targets, start=1))


def find(reach: Reach, leg: int) -> Leg | None:
    """A leg of the stage that runs; None for every other."""
    return next((one for one in reach.legs if one.leg == leg), None)


def in_phase(reach: Reach, leg: Leg, phase: LegPhase) -> Reach:
    """The leg has come so far."""
    moved = replace(leg, phase=phase)
    return replace(reach, legs=tuple(moved if one is leg else one for one in reach.legs))


def without(reach: Reach, leg: Leg, missed: Missed) -> Reach:
    """The leg is over, for this reason; that a call without prefix is not allowed tells nothing new."""
    if leg.plain and missed.reason is EndReason.FORBIDDEN:
        missed = next((one for one in reach.missed if one.target == missed.target), missed)
    others = tuple(one for one in reach.missed if one.target != missed.target)
    legs = tuple(one for one in reach.legs if one is not leg)
    return replace(reach, legs=legs, missed=(*others, missed))


def plain_again(leg: Leg, status: int, last_leg: int) -> Leg | None:
    """The second try of a leg that was refused, as a call without prefix; None where there is none."""
    may = leg.phase is not LegPhase.ASKED and not leg.plain
    return Leg(last_leg + 1, leg.target, plain=True) if may and goes_plain(leg.target, status) else None


def goes_plain(target: TargetRule, status: int) -> bool:
    """Whether a target whose prefix is refused with this SIP status is rung once more without it."""
    return bool(target.plain_uri) and status != NEVER_AGAIN and status in target.plain_after


def asked(reach: Reach) -> tuple[Leg, ...]:
    """The legs that were answered, and not confirmed yet."""
    return tuple(one for one in reach.legs if one.phase is LegPhase.ASKED)


def named(legs: tuple[Leg, ...]) -> str:
    """The names of the targets of legs, for the log; empty where they have none."""
    return ", ".join(f'"{one.target.in_log}"' for one in legs if one.target.name)
