"""The configuration in the making: what was kept of the old one, and what has been answered so far."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from portier.config import load
from portier.config.model import Config
from portier.config.problems import Loc, Problem
from portier.hosts import is_ipv6

Data = dict[Any, Any]
Changes = Mapping[Loc, object]
"""What keys become; None takes one out."""

PASSWORD_FILE: Loc = ("sip", "password_file")
BELL, FRONT = "bell", "front"
_STRIKE_STAND_IN, _BUTTON_STAND_IN = 27, 26


class Draft:
    """Sections and keys as in the file; a place in it is a `Loc`, such as ("sip", "user").

    `folder` is where relative paths count from, `button` and `door` are the names of those asked for,
    `choices` is what was answered that is no key by itself, and `password` the one that was typed.
    """

    def __init__(self, data: Data, folder: Path) -> None:
        self.data = deepcopy(data)
        self.folder = folder
        self.button = first_name(data, "buttons", BELL)
        self.door = first_name(data, "doors", FRONT)
        self.password: SecretStr | None = None
        self.choices: dict[str, str] = {}
        self.old: Mapping[str, Any] = deepcopy(data)
        self._answered: dict[Loc, object] = {}

    def get(self, loc: Loc) -> Any:
        """What a key is at the moment; None where it is not there."""
        return value_at(self.data, loc)

    def answered(self, loc: Loc) -> Any:
        """What was answered last for a key; None where nothing was."""
        return self._answered.get(loc)

    def standing(self, loc: Loc) -> Any:
        """What an Enter would take: the key itself, what was answered last, or what the old file had."""
        for value in (self.get(loc), self._answered.get(loc), value_at(self.old, loc)):
            if value is not None:
                return value
        return None

    def put(self, changes: Changes) -> None:
        """Take an answer."""
        for loc, value in changes.items():
            put(self.data, loc, value)
            if value is not None:
                self._answered[loc] = value

    def refusals(self, changes: Changes, later: Collection[Loc] = ()) -> list[Problem]:
        """Why the configuration's own checks refuse an answer.

        Keys that are asked for `later` do not count yet. What was wrong before the answer is not its fault,
        unless it stands at its own keys.
        """
        open_locs = [loc for loc in later if loc not in changes]
        before = self._problems({**dict.fromkeys(open_locs), **dict.fromkeys(changes)})
        after = self._problems({**dict.fromkeys(open_locs), **changes})
        return [
            one for one in after if one.loc in changes or (one not in before and one.loc not in open_locs)
        ]

    def problems(self, *, password_file: Path | None = None) -> list[Problem]:
        """All that is wrong with the whole; `password_file` stands in for one that is not written yet."""
        changes: Changes = {} if password_file is None else {PASSWORD_FILE: str(password_file)}
        return load.examined(self._changed(changes), self.folder)[1]

    def password_problem(self) -> Problem | None:
        """What is wrong with the password's file as it is."""
        data, _ = self.stand_in()
        found = load.examined(data, self.folder)[1]
        return next((problem for problem in found if problem.loc == PASSWORD_FILE), None)

    def stand_in(self) -> tuple[Data, Config | None]:
        """The draft made whole by pins of no meaning, for what can be tried before all is answered."""
        data = deepcopy(self.data)
        data["gpio"] = {"factory": "mock"}
        data["audio"] = {"card": "none"}
        own = data["sip"].get("bind_address") if isinstance(data.get("sip"), dict) else None
        nobody = "[::1]" if is_ipv6(str(own)) else "127.0.0.1"
        data["buttons"] = {BELL: {"pin": _BUTTON_STAND_IN, "uri": f"sip:nobody@{nobody}"}}
        data["doors"] = {FRONT: {"pin": _STRIKE_STAND_IN, "release_digit": "5"}}
        data.pop("lamps", None)
        return data, load.examined(data, self.folder, check_files=False)[0]

    def _problems(self, changes: Changes) -> list[Problem]:
        return load.examined(self._changed(changes), self.folder, check_files=False)[1]

    def _changed(self, changes: Changes) -> Data:
        data = deepcopy(self.data)
        for loc, value in changes.items():
            put(data, loc, value)
        return data


def usable(data: Data, folder: Path, asked: Collection[Loc]) -> tuple[Data, list[Problem]]:
    """What of an old file can be kept, and what is wrong with the rest.

    Keys that will be `asked` for are left as they are: the question tells what is wrong with them.
    """
    kept, wrong = deepcopy(data), list[Problem]()
    while True:
        found = [
            (problem, place)
            for problem in load.examined(kept, folder)[1]
            if problem.loc not in asked and (place := _culprit(kept, problem.loc, asked)) is not None
        ]
        if not found:
            return kept, wrong
        problem, place = found[0]
        wrong.append(problem)
        put(kept, place, None)


def _culprit(data: Data, loc: Loc, asked: Collection[Loc]) -> Loc | None:
    """What must go for a problem to go; None where something is missing that will be asked for."""
    table: Any = data
    for depth, part in enumerate(loc):
        if not isinstance(table, Mapping):
            return loc[:depth]
        if part not in table:
            # Something is missing in a button or door that nobody asks about.
            named = depth == 2 and not any(one[:2] == loc[:2] for one in asked)
            return loc[:2] if named else None
        table = table[part]
    return loc


def first_name(data: Mapping[str, Any], section: str, default: str) -> str:
    """The name of the first button or door of a file."""
    entries = data.get(section)
    names = [str(name) for name in entries] if isinstance(entries, Mapping) else []
    return names[0] if names else default


def value_at(data: Any, loc: Loc) -> Any:
    """What stands at a place; None where nothing does."""
    for part in loc:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def put(data: Data, loc: Loc, value: object) -> None:
    """Write a key, with the sections it needs; or take it out, with the sections that are empty then."""
    *sections, key = loc
    table = data
    way = [table]
    for name in sections:
        inner = table.get(name)
        if not isinstance(inner, dict):
            if value is None:
                return
            inner = table[name] = {}
        table = inner
        way.append(table)
    if value is not None:
        table[key] = value
        return
    table.pop(key, None)
    for name, outer, inner in reversed(list(zip(sections, way, way[1:], strict=False))):
        if not inner:
            outer.pop(name)


@cache
def example() -> Data:
    """The example configuration: its pins are those of hardware/pinout.toml."""
    return tomllib.loads(example_text())


def example_text() -> str:
    """The example configuration as it stands in its file."""
    return (resources.files("portier.config") / "example.toml").read_text(encoding="utf-8")
