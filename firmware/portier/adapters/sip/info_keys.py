"""Keys in SIP INFO (RFC 6086), in both forms that phones send; no RFC describes either.

`application/dtmf-relay` has lines such as `Signal=5` and `Duration=160`, `application/dtmf` the key alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RELAY, PLAIN = "application/dtmf-relay", "application/dtmf"

_TYPE = re.compile(r"^(?:content-type|c)[ \t]*:[ \t]*([^;\s]+)", re.IGNORECASE | re.MULTILINE)
_SIGNAL = re.compile(
    r"^[ \t]*(?:signal|d)[ \t]*=[ \t]*([0-9]{1,2}|[*#a-d])[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_DURATION = re.compile(r"^[ \t]*duration[ \t]*=[ \t]*([0-9]{1,5})[ \t]*$", re.IGNORECASE | re.MULTILINE)
_ALONE = re.compile(r"\s*([0-9]{1,2}|[*#a-d])\s*", re.IGNORECASE)
_KEYS = "0123456789*#ABCD"
"""A key's place is its event code (RFC 4733, section 3.2): some phones send 10 for the star."""


@dataclass(frozen=True, slots=True)
class InfoKey:
    """A key that came by INFO; `lasted_s` None where the phone does not say."""

    form: str
    key: str = field(repr=False)
    lasted_s: float | None


def form_of(message: str) -> str | None:
    """Which of the two forms a whole INFO request has; None for one that is about something else."""
    head = message.partition("\r\n\r\n")[0]
    found = _TYPE.search(head)
    form = found[1].lower() if found else ""
    return form if form in (RELAY, PLAIN) else None


def read(message: str) -> InfoKey | None:
    """The key of a whole INFO request; None where it has none that can be read."""
    form, body = form_of(message), message.partition("\r\n\r\n")[2].replace("\r", "\n")
    if form is None:
        return None
    found = _SIGNAL.search(body) or (_ALONE.fullmatch(body) if form == PLAIN else None)
    if not found:
        return None
    word = found[1].upper()
    if len(word) == 2 and (not word.isdecimal() or int(word) >= len(_KEYS)):
        return None
    lasted = _DURATION.search(body)
    return InfoKey(
        form, _KEYS[int(word)] if len(word) == 2 else word, int(lasted[1]) / 1000 if lasted else None
    )
