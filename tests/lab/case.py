"""A case of the lab: its fixed name, what is expected in words, and a function that finds out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tests.lab.place import Place


@dataclass(slots=True)
class Found:
    """What a case has seen so far, in words, and whether all of it is right."""

    words: list[str] = field(default_factory=list)
    _right: list[bool] = field(default_factory=list)

    def that(self, right: bool, text: str, otherwise: str = "") -> bool:
        """Note something that must be so; `otherwise` says what was seen instead. Returns `right`."""
        self.words.append(text if right else otherwise or f"NOT {text}")
        self._right.append(right)
        return right

    def note(self, text: str) -> None:
        """Note something that need not be so, a figure say."""
        self.words.append(text)

    @property
    def ok(self) -> bool:
        """Whether something was looked at, and all of it was right; notes prove nothing."""
        return bool(self._right) and all(self._right)

    @property
    def seen(self) -> str:
        """All of it in one line."""
        return "; ".join(self.words)


Look = Callable[["Place", Found], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. Its name never changes: others compare runs by it."""

    name: str
    expected: str
    look: Look
    limit_s: float
    quick: bool


class Named(Protocol):
    """What the table says of a case before anybody has looked."""

    @property
    def name(self) -> str:
        """Its fixed name."""
        ...

    @property
    def expected(self) -> str:
        """What is to be seen, in words."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case."""

    case: Named
    seen: str
    ok: bool
    took_s: float = 0.0

    def plain(self) -> dict[str, object]:
        """As it stands in lab.json."""
        return {
            "case": self.case.name,
            "expected": self.case.expected,
            "seen": self.seen,
            "ok": self.ok,
            "took_s": round(self.took_s, 1),
        }


CASES: dict[str, Case] = {}
"""Every case, in the order in which they are looked at."""


def case(name: str, expected: str, *, limit_s: float = 45.0, quick: bool = False) -> Callable[[Look], Look]:
    """Register a function as a case. `quick` ones are part of `make test` too.

    The function raises whatever it likes when something is not as it must be: that is seen, and not ok.
    """

    def register(look: Look) -> Look:
        if name in CASES:
            raise ValueError(f"two cases of the lab are named {name!r}")
        CASES[name] = Case(name, expected, look, limit_s, quick)
        return look

    return register
