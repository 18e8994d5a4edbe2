"""How buttons, targets and lists must fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .addresses import is_number
from .problems import Loc, Problem
from .reaching import answers_by_itself, circle

if TYPE_CHECKING:
    from .model import ButtonConfig, DiallingConfig, DoorConfig
    from .profiles import ByProfileConfig
    from .reach_model import ListConfig, TargetConfig

_WAYS = ("line", "uri", "target", "list")


def rings(
    loc: Loc, one: ButtonConfig | ByProfileConfig, targets: Mapping[str, object], lists: Mapping[str, object]
) -> Iterator[Problem]:
    """Find out whether a button rings exactly one that is there, of all `targets` and `lists`."""
    named = [way for way in _WAYS if getattr(one, way) is not None]
    if not named and not any(getattr(one, way, None) for way in ("flat", "resident")):
        yield Problem(
            (*loc, "line"),
            "is missing: say whom the button rings, by line, uri, target or list",
        )
    for second in named[1:]:
        yield Problem((*loc, second), f"cannot stand beside {named[0]}: keep one of them")
    if one.target is not None and one.target not in targets:
        yield Problem((*loc, "target"), f"there is no [targets.{one.target}]: describe it, or name another")
    if one.list is not None and one.list not in lists:
        yield Problem((*loc, "list"), f"there is no [lists.{one.list}]: describe it, or name another")


def target(name: str, one: TargetConfig, dialling: DiallingConfig | None) -> Iterator[Problem]:
    """Find out whether a target can be dialled."""
    if one.line is None and one.uri is None:
        yield Problem(("targets", name, "line"), "is missing: say whom the target is, by line or by uri")
    if one.line is not None and one.uri is not None:
        yield Problem(("targets", name, "uri"), "cannot stand beside line: keep one of them")
    if one.line is not None and dialling is not None and one.prefix:
        number = dialling.template.format(prefix=dialling.prefix, line=one.line)
        if not is_number(number):
            yield Problem(
                ("targets", name, "line"),
                "its + would not be the first character of the number, as the prefix stands before it: "
                "write the line without +, or prefix = false",
            )


def ring_list(
    name: str,
    one: ListConfig,
    targets: Mapping[str, TargetConfig],
    named: Mapping[str, object],
    dialling: DiallingConfig | None,
) -> Iterator[Problem]:
    """Find out whether a list rings those who are there, and lets none who is absent win."""
    for place, step in enumerate(one.steps):
        loc = ("lists", name, "steps", place, "ring")
        for missing in (each for each in step.ring if each not in named):
            yield Problem(loc, f"there is no [targets.{missing}]: describe it, or name another")
        absent = dialling is not None and any(
            answers_by_itself(dialling, targets[each]) for each in step.ring if each in targets
        )
        if absent and len(step.ring) > 1 and one.confirm is None:
            yield Problem(
                ("lists", name, "confirm"),
                f"is missing: step {place + 1} rings several at once, and one that answers by itself, "
                "perhaps in an empty flat, would always win. Name a key that somebody must press",
            )
            return


def fallbacks(lists: Mapping[str, ListConfig], named: Mapping[str, object]) -> Iterator[Problem]:
    """Find out whether each list falls back to another that is there, and none to itself."""
    for name, one in lists.items():
        if one.fallback is None:
            continue
        if one.fallback not in named:
            yield Problem(
                ("lists", name, "fallback"),
                f"there is no [lists.{one.fallback}]: describe it, or name another",
            )
        elif circle(lists, name):
            yield Problem(
                ("lists", name, "fallback"),
                "leads back to this list: nobody would be tried in the end, leave it out",
            )


def confirming_keys(lists: Mapping[str, ListConfig], doors: Mapping[str, DoorConfig]) -> Iterator[Problem]:
    """Find keys that would confirm and, pressed twice, release a door."""
    for name, one in lists.items():
        for door, its in doors.items():
            if one.confirm is not None and its.release_digit.startswith(one.confirm):
                yield Problem(
                    ("lists", name, "confirm"),
                    f"begins the release digit of doors.{door}: pressed twice it could release the door, "
                    "choose another key",
                )
