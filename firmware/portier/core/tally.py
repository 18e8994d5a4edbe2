"""What counts of a button's calls against its limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """A button's calls of the last hour, and its rest.

    `placed_s` are the moments when presses placed them; `unanswered` says how many in a row nobody answered;
    `counts` whether the call in progress is one of them. While `why` is not empty the button rests, until
    `until_s`; `told` says whether a visitor has been refused in this rest.
    """

    placed_s: tuple[float, ...] = ()
    unanswered: int = 0
    counts: bool = False
    why: str = ""
    until_s: float = 0.0
    told: bool = False
