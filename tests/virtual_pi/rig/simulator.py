"""The lines of gpio-sim by its files: levels, pulls, and whether freed outputs keep their level."""

from __future__ import annotations

import os
from pathlib import Path

CHIP = Path("/sys/devices/platform/gpio-sim.0/gpiochip0")
PERSIST = Path("/sys/module/gpio_sim_pi/parameters/persist")
_BIASES = ("pull-up", "pull-down")


class Simulator:
    """The chip below a folder, each file of it opened once."""

    def __init__(self, chip: Path = CHIP, persist: Path = PERSIST) -> None:
        self._chip = chip
        self._persist = persist
        self._open: dict[tuple[int, str], int] = {}

    def value(self, line: int) -> int:
        """The level of a line."""
        return int(self.level(line))

    def bias(self, line: int) -> str:
        """What a line is pulled to: by whom, the simulator does not tell."""
        return self._read(line, "pull").decode().strip()

    def level(self, line: int) -> bytes:
        """The level of a line as it is read, which costs least."""
        return self._read(line, "value")

    def pull(self, line: int, bias: str) -> None:
        """Pull a line from outside."""
        if bias not in _BIASES:
            raise ValueError(f"a line is pulled to one of {', '.join(_BIASES)}, not {bias!r}")
        (self._of(line) / "pull").write_text(bias)

    def persist(self, *, on: bool) -> None:
        """Whether a freed output keeps its level."""
        self._persist.write_text("Y" if on else "N")

    def _of(self, line: int) -> Path:
        return self._chip / f"sim_gpio{line}"

    def _read(self, line: int, name: str) -> bytes:
        key = line, name
        if key not in self._open:
            self._open[key] = os.open(self._of(line) / name, os.O_RDONLY)
        return os.pread(self._open[key], 16, 0)
