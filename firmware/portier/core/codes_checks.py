"""Why an access code that is right does not count here and now."""

from __future__ import annotations

from datetime import datetime

from . import access, schedule
from .audit import Road
from .codes import CodeMatch
from .rules import Rules
from .states import State


def why_not(
    rules: Rules, state: State, match: CodeMatch, door: str, at_s: float, spent: tuple[int, ...] = ()
) -> str:
    """In words, for the log; empty where nothing is in the way.

    `spent` are the codes that were used since the directory was asked.
    """
    return (
        barred(rules, state, door)
        or _when(rules, state, match, at_s)
        or _how_often(match, spent)
        or ("" if door in match.doors else "not for this door")
    )


def stations_own(rules: Rules, state: State, match: CodeMatch, door: str, at_s: float) -> bool:
    """Whether a right code is refused for what is the station's own matter, and not the code's.

    Such a refusal passes, with the lock, the opened box or the doubt about the clock. All others last, and
    would tell a guesser that he has found a code if they did not count like a wrong one.
    """
    return bool(barred(rules, state, door) or _unsure(rules, state, match, at_s))


def barred(rules: Rules, state: State, door: str) -> str:
    """What keeps every access code from a door, such as its lock or tampering; empty where nothing does."""
    if door not in rules.doors:
        return "there is no such door"
    bar = access.barred(rules, state, door, Road.ACCESS_CODE)
    return bar.value if bar else ""


def _when(rules: Rules, state: State, match: CodeMatch, at_s: float) -> str:
    local = schedule.local(state, at_s)
    unsure = _unsure(rules, state, match, at_s)
    if unsure or local is None:
        return unsure
    return _bounds(match, local) or _profile(rules, match.profile, local)


def _unsure(rules: Rules, state: State, match: CodeMatch, at_s: float) -> str:
    """A code that counts at any time needs no clock; every other needs one that is known to be right."""
    if not match.profile and match.from_time is None and match.until_time is None:
        return ""
    if schedule.local(state, at_s) is None:
        return "bound to a time, and the clock is not known to be right"
    if match.profile and match.profile not in rules.profiles:
        return f'bound to a time profile "{match.profile}" that is not there'
    return ""


def _bounds(match: CodeMatch, local: datetime) -> str:
    if match.from_time is not None and local < match.from_time:
        return "not valid yet"
    if match.until_time is not None and local >= match.until_time:
        return "not valid any more"
    return ""


def _profile(rules: Rules, name: str, local: datetime) -> str:
    if not name or rules.profiles[name].applies(local, rules.holidays):
        return ""
    return f'outside its time profile "{name}"'


def _how_often(match: CodeMatch, spent: tuple[int, ...]) -> str:
    if match.uses_left is None or match.uses_left > spent.count(match.code):
        return ""
    return "used up"
