"""The pins of strikes, gong and light as far as a file tells them. Needs the standard library alone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_LONGEST_BYTES = 1 << 20
_HIGHEST_PIN = 27
_SWITCHED = ("gong", "light")
_SECTION = re.compile(r"\s*\[+\s*([^\]#]+)")
_KEY = re.compile(r"""\b(pin|factory|mock_file)["']?\s*=\s*(?:["']([^"']*)|(\d+))""")


class StrikePins(NamedTuple):
    """What drives the strikes, None where nothing tells it, and its pins; `gong` and `light` have theirs."""

    factory: str | None
    mock_file: Path | None
    pins: frozenset[int]
    gong: frozenset[int] = frozenset()
    light: frozenset[int] = frozenset()


def strikes(path: Path) -> StrikePins | None:
    """Read what can be read of a configuration; None where there is nothing to read."""
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return None
    values = [*_by_toml(text)]
    if not any(key == "pin" for key, _ in values):
        values += _by_line(text)
    pins = {pin for key, value in values if key == "pin" and (pin := _pin(value)) is not None}
    gong, light = (
        frozenset(pin for key, value in values if key == name and (pin := _pin(value)) is not None)
        for name in _SWITCHED
    )
    named = {key: value for key, value in values if isinstance(value, str) and value}
    mock_file = named.get("mock_file")
    return StrikePins(
        factory=named.get("factory"),
        mock_file=path.absolute().parent / mock_file if mock_file else None,
        pins=frozenset(pins),
        gong=gong,
        light=light,
    )


def _by_toml(text: str) -> Iterator[tuple[str, object]]:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    gpio = data.get("gpio")
    if isinstance(gpio, Mapping):
        yield from ((key, gpio.get(key)) for key in ("factory", "mock_file"))
    for name in _SWITCHED:
        one = data.get(name)
        if isinstance(one, Mapping):
            yield name, one.get("pin")
    doors = data.get("doors")
    if isinstance(doors, Mapping):
        yield from (
            ("pin", door["pin"]) for door in doors.values() if isinstance(door, Mapping) and "pin" in door
        )


def _by_line(text: str) -> Iterator[tuple[str, object]]:
    """Read line by line what is no TOML as a whole, or names its section wrongly."""
    section = ""
    for line in text.splitlines():
        if match := _SECTION.match(line):
            section = match[1].strip().strip("\"'")
        for key, words, number in _KEY.findall(line.split("#", 1)[0]):
            if key == "pin" and section in _SWITCHED:
                yield section, words or number
            elif (key == "pin") == section.startswith("door"):
                yield key, words or number


def _pin(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) <= 2:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _HIGHEST_PIN:
        return value
    return None
