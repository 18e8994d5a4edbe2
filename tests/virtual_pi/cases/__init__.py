"""The cases, a module for each theme; and which of them are looked at beside which others."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.virtual_pi.case import Case

_ARM = "arm"
# Modules that stand one behind the other share a machine where they want the same boot. Two lanes with one
# are enough: on two processors a third makes the others slower by more than it takes from them.
_LANES = {
    "visits": ("start", "visits", "lost", "house", "killed", "hung", "broken"),
    "power": ("bare", "idle", "power", "upgrade"),
    _ARM: ("aarch64",),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """Cases that one process looks at in their order.

    `prepare` makes what they need in a folder, beside the lanes before it; it says what is wrong.
    """

    name: str
    cases: Sequence[Case]
    prepare: Callable[[Path], str]
    nice: int


def load() -> None:
    """Have every case registered."""
    for modules in _LANES.values():
        for name in modules:
            importlib.import_module(f"{__name__}.{name}")


def lanes(cases: Sequence[Case]) -> list[Lane]:
    """The lanes that have some of these cases, in the order in which they are to begin."""
    from tests.virtual_pi.cases import aarch64

    found = []
    for name, modules in _LANES.items():
        mine = [
            case for module in modules for case in cases if case.look.__module__ == f"{__name__}.{module}"
        ]
        if mine:
            prepare, nice = (aarch64.prepare, aarch64.NICE) if name == _ARM else (_nothing, 0)
            found.append(Lane(name, mine, prepare, nice))
    return found


def _nothing(_: Path) -> str:
    return ""
