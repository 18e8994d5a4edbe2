"""The files of the system that an installation brings, put in place and put back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

_UNIT = "portier.service"

PLACES = {
    _UNIT: Path("/etc/systemd/system/portier.service"),
    "portier.sysusers.conf": Path("/etc/sysusers.d/portier.conf"),
    "portier.tmpfiles.conf": Path("/etc/tmpfiles.d/portier.conf"),
}
"""Where each file of systemd/ goes. Changes of one's own belong into portier.service.d, which stays."""

COMMAND = Path("/usr/local/bin/portier")
"""So that a person types `portier`."""


@dataclass(slots=True)
class Files:
    """The files of one bundle; `put_back` undoes `put`.

    `former` is where the last installation has noted what it put in place: a unit that says something else
    is an administrator's.
    """

    source: Path
    places: dict[str, Path] = field(default_factory=lambda: dict(PLACES))
    former: Path | None = None
    _before: dict[Path, bytes | None] = field(default_factory=dict)
    _kept: list[Path] = field(default_factory=list)

    def changed(self) -> tuple[str, ...]:
        """Which of them are not in place as they are to be."""
        return tuple(
            name
            for name, place in self.places.items()
            if _content(place) != (self.source / name).read_bytes()
        )

    def put(self) -> tuple[str, ...]:
        """Put them in place; which were new. An administrator's unit is kept beside it, as `.old`."""
        changed = self.changed()
        for name in changed:
            place = self.places[name]
            self._before[place] = _content(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            if name == _UNIT:
                self._keep(place)
            _replace(place, (self.source / name).read_bytes())
        return changed

    def note(self, folder: Path) -> None:
        """Leave word of what was put in place, for the next installation's `former`."""
        folder.mkdir(exist_ok=True)
        for name in self.places:
            shutil.copyfile(self.source / name, folder / name)

    def put_back(self) -> None:
        """Make it as it was before `put`."""
        for place, content in self._before.items():
            if content is None:
                place.unlink(missing_ok=True)
            elif _content(place) != content:
                _replace(place, content)
        for one in self._kept:
            one.unlink(missing_ok=True)
        self._before.clear()
        self._kept.clear()

    def _keep(self, unit: Path) -> None:
        content = _content(unit)
        if content is None or (self.former is not None and content == _content(self.former / _UNIT)):
            return
        copy, number = unit.with_name(f"{unit.name}.old"), 1
        while (there := _content(copy)) not in {None, content}:
            number += 1
            copy = unit.with_name(f"{unit.name}.old.{number}")
        if there is None:
            # Before it is written: a disk that is full leaves a part of it.
            self._kept.append(copy)
            shutil.copyfile(unit, copy)


def remove(places: dict[str, Path]) -> None:
    """Remove them all; an administrator's unit that was kept stays."""
    for place in places.values():
        place.unlink(missing_ok=True)
        _beside(place).unlink(missing_ok=True)


def kept(unit: Path = PLACES[_UNIT]) -> list[Path]:
    """The units of an administrator that were kept."""
    return sorted(unit.parent.glob(f"{unit.name}.old*"))


def link_command(program: Path, command: Path = COMMAND) -> bool:
    """Let a command be the station's; False where another program has its name."""
    if command.exists() and not is_ours(program, command):
        return False
    command.parent.mkdir(parents=True, exist_ok=True)
    command.unlink(missing_ok=True)
    command.symlink_to(program)
    return True


def unlink_command(program: Path, command: Path = COMMAND) -> None:
    """Take the station's command away, where it is the station's."""
    if is_ours(program, command):
        command.unlink()


def is_ours(program: Path, command: Path = COMMAND) -> bool:
    """Whether a command is the station's."""
    return command.is_symlink() and command.readlink() == program


def _replace(place: Path, content: bytes) -> None:
    """Put a file in place whole, or leave what is there."""
    fresh = _beside(place)
    try:
        fresh.write_bytes(content)
        fresh.chmod(0o644)
        fresh.rename(place)
    finally:
        fresh.unlink(missing_ok=True)


def _beside(place: Path) -> Path:
    """Where a file is written before it has its name; what a kill may leave."""
    return place.with_name(f".{place.name}.new")


def _content(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
