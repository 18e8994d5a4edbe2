"""A case of the virtual Pi: as one of the lab, and with the machine that it wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.case import Found
from tests.virtual_pi.machine import Boot

if TYPE_CHECKING:
    from tests.virtual_pi.place import Place

Look = Callable[["Place", Found], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. Its name never changes: others compare runs by it.

    `boot` is None for a case that needs no guest.
    """

    name: str
    expected: str
    look: Look
    limit_s: float
    boot: Boot | None


CASES: dict[str, Case] = {}
"""Every case, in the order of the table."""


def case(
    name: str,
    expected: str,
    *,
    limit_s: float = 90.0,
    boot: Boot | None = Boot(),  # noqa: B008 -- frozen
) -> Callable[[Look], Look]:
    """Register a function as a case.

    Cases that stand one behind the other and want the same boot share one guest.
    `limit_s` counts from when the guest is up and the station in service; three times what a quiet machine
    needs. The function raises whatever it likes when something is not as it must be: seen, and not ok.
    """

    def register(look: Look) -> Look:
        if name in CASES:
            raise ValueError(f"two cases of the virtual Pi are named {name!r}")
        CASES[name] = Case(name, expected, look, limit_s, boot)
        return look

    return register
