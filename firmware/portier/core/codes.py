"""An access code as the core knows it: never its digits, only what the directory says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """The keys of one attempt at an access code, without the terminator. It never shows them."""

    keys: str

    def __repr__(self) -> str:
        return "Entry()"


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """What the directory knows of a code that was found.

    `doors` it opens; `profile` is the time profile it is bound to, "" for any time. `from_time` and
    `until_time` are local times, None where it has no such bound; `uses_left` None where it may be used
    without limit. `resident` is the directory's number for whom it belongs to, 0 for nobody (a postman's
    code); `long` for somebody who needs a longer release.
    """

    code: int
    label: str
    doors: frozenset[str]
    resident: int = 0
    profile: str = ""
    from_time: datetime | None = None
    until_time: datetime | None = None
    uses_left: int | None = None
    long: bool = False
