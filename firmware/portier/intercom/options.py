"""The options of a line as the operator's API has them (telephony.LineOptions), and what they do to a call.

Names and values are the API's own. What it may add later is kept as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Options = Mapping[str, object]
"""A JSON object, by the API's names."""

Mode = Literal["no", "prefixed", "yes"]
"""`prefixed`: the line answers by itself when 3691 is dialled before its number. `yes` is not documented."""
MODES: tuple[Mode, ...] = get_args(Mode)
INTERCOM = "intercom"
UNTOLD = "not told"
YES_REMARK = 'what "yes" does is not documented'

_FORWARDS = {
    "Unconditional": "every call",
    "NoReply": "a call that is not answered",
    "Busy": "a call while the line is busy",
    "Backup": "a call while the telephone is not registered",
}
_STOPPING = frozenset({"forwardUnconditional", "doNotDisturb"})
_REFUSING = {
    "doNotDisturb": "the line is not to be disturbed",
    "absentSubscriber": "the line's subscriber is set absent",
    "callRestrictionIncoming": "incoming calls are restricted to the line's lists",
    "anonymousCallRejection": "calls without a number are refused",
}
_HIDDEN = "password"
_SHOWN_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What may keep a call from the telephone, in words.

    `stops`: by it no call gets there at all. `forwards`: something else may answer instead.
    """

    text: str
    stops: bool = False
    forwards: bool = False

    def __str__(self) -> str:
        return self.text


def mode(options: Options) -> str:
    """The mode in the API's words; `not told` where it says nothing."""
    found = options.get(INTERCOM)
    return found if isinstance(found, str) and found else UNTOLD


def with_mode(options: Options, wanted: Mode) -> dict[str, object]:
    """The whole object, with this mode and nothing else changed."""
    return {**options, INTERCOM: wanted}


def obstacles(options: Options) -> tuple[Obstacle, ...]:
    """What may keep a door's call from the telephone, or let something else answer it."""
    return tuple(_obstacles(options))


def differences(before: Options, after: Options) -> tuple[str, ...]:
    """What else than the mode is another than before, in words; never a password's value."""
    names = sorted({*before, *after} - {INTERCOM})
    return tuple(
        f"{name} was {_shown(name, before)}, and is {_shown(name, after)}"
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    )


def _obstacles(options: Options) -> Iterator[Obstacle]:
    for key, which in _FORWARDS.items():
        if not _on(options, f"forward{key}"):
            continue
        nature, number = (options.get(f"forward{key}{what}") for what in ("Nature", "Number"))
        delay = options.get("forwardNoReplyDelay") if key == "NoReply" else None
        late = f" within {delay} s" if isinstance(delay, int) else ""
        where = " ".join(one for one in (nature, number) if isinstance(one, str) and one) or "elsewhere"
        text = f"{which}{late} is forwarded to {_clean(where)} (forward{key})"
        yield Obstacle(text, f"forward{key}" in _STOPPING, forwards=True)
    for key, words in _REFUSING.items():
        if _on(options, key):
            yield Obstacle(f"{words} ({key})", key in _STOPPING)


def _on(options: Options, key: str) -> bool:
    return options.get(key) is True


def _shown(name: str, options: Options) -> str:
    if name not in options:
        return "not there"
    if _HIDDEN in name.casefold():
        return "(not shown)"
    return _clean(json.dumps(options[name]))


def _clean(text: str) -> str:
    shown = "".join(one if one.isprintable() else "?" for one in text)
    return shown if len(shown) <= _SHOWN_LENGTH else f"{shown[: _SHOWN_LENGTH - 3]}..."
