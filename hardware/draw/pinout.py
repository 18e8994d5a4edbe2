"""hardware/pinout.toml, as the drawings and the tables need it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Function:
    """What a pin is for: its chip number, its way ("in" or "out"), its pull at boot ("up" or "down"), why."""

    name: str
    pin: int
    direction: str
    boot: str
    why: str

    @property
    def words(self) -> str:
        """Its name as people write it."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Board:
    """A sound board: what follows "dtoverlay=" in config.txt (empty: no line), the pins it takes."""

    name: str
    overlay: str
    pins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pinout:
    """The whole file. `header` has the 40 positions in their order: "GPIO22", "3.3 V", "GND"."""

    functions: dict[str, Function]
    boards: tuple[Board, ...]
    header: tuple[str, ...]
    boot: dict[str, Any]

    def position(self, pin: int) -> int:
        """Where a pin is on the header, from 1 to 40."""
        return self.header.index(f"GPIO{pin}") + 1

    def tag(self, name: str) -> str:
        """What is written at the wire of a function: "GPIO22 (pin 15)"."""
        pin = self.functions[name].pin
        return f"GPIO{pin} (pin {self.position(pin)})"

    def of_pin(self, pin: int) -> Function | None:
        """Who has a pin; None where it is free."""
        return next((one for one in self.functions.values() if one.pin == pin), None)

    def reserved(self, pin: int) -> str:
        """What the Pi itself does with a pin while it boots or with a HAT; empty where nothing."""
        for numbers, words in self.boot["not_quiet"].items():
            first, _, last = numbers.replace(", ", " to ").partition(" to ")
            if int(first) <= pin <= int(last or first):
                return str(words)
        return ""


@cache
def pinout() -> Pinout:
    """Read the file."""
    data = tomllib.loads((FOLDER / "pinout.toml").read_text(encoding="utf-8"))
    functions = {name: Function(name, **one) for name, one in data["pins"].items()}
    boards = tuple(Board(one["name"], one["overlay"], tuple(one["pins"])) for one in data["boards"].values())
    return Pinout(functions, boards, tuple(data["header"]["positions"]), data["boot"])
