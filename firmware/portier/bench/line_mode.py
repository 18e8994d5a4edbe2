"""The intercom mode of a line, as an operator keeps it: what comes of a call by the prefix, and of another.

OVHcloud's guide and the types of its API name the modes. What `yes` does is documented nowhere, nor
with which answer the prefix is refused: that every call is answered by the telephone itself, and that the
number is unknown (404), is our reading. Nobody has tried it on a real line.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum


class LineMode(StrEnum):
    """A line's mode; OFF is `no` in the API."""

    OFF = "off"
    PREFIXED = "prefixed"
    YES = "yes"


class Meeting(Enum):
    """How a call is met: its number is refused as unknown, it rings, or the telephone answers by itself."""

    UNKNOWN = "unknown"
    RINGS = "rings"
    ANSWERS = "answers"


_BY_PREFIX = {
    LineMode.OFF: Meeting.UNKNOWN,
    LineMode.PREFIXED: Meeting.ANSWERS,
    LineMode.YES: Meeting.ANSWERS,
}
_PLAIN = {
    LineMode.OFF: Meeting.RINGS,
    LineMode.PREFIXED: Meeting.RINGS,
    LineMode.YES: Meeting.ANSWERS,
}


def met(user: str, prefix: str, modes: Mapping[str, LineMode]) -> Meeting | None:
    """How a call to this user is met, with the modes by the lines' numbers; None where it is no such line."""
    if user in modes:
        return _PLAIN[modes[user]]
    number = user.removeprefix(prefix)
    return _BY_PREFIX[modes[number]] if number != user and number in modes else None
