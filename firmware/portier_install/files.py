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
    """The files of one bundle; `put_back` undoes `put`."""

    source: Path
    places: dict[str, Path] = field(default_factory=lambda: dict(PLACES))
    _before: dict[Path, bytes | None] = field(default_factory=dict)

    def changed(self) -> tuple[str, ...]:
        """Which of them are not in place as they are to be."""
        return tuple(
            name
            for name, place in self.places.items()
            if _content(place) != (self.source / name).read_bytes()
        )

    def put(self) -> tuple[str, ...]:
        """Put them in place; which were new. Another unit that was there is kept beside it, as `.old`."""
        changed = self.changed()
        for name in changed:
            place = self.places[name]
            self._before[place] = _content(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            if name == _UNIT and place.exists():
                shutil.copyfile(place, place.with_name(f"{place.name}.old"))
            fresh = place.with_name(f".{place.name}.new")
            shutil.copyfile(self.source / name, fresh)
            fresh.chmod(0o644)
            fresh.rename(place)
        return changed

    def put_back(self) -> None:
        """Make it as it was before `put`."""
        for place, content in self._before.items():
            if content is None:
                place.unlink(missing_ok=True)
            else:
                place.write_bytes(content)
        self._before.clear()


def remove(places: dict[str, Path]) -> None:
    """Remove them all."""
    for place in places.values():
        place.unlink(missing_ok=True)
        place.with_name(f"{place.name}.old").unlink(missing_ok=True)


def link_command(program: Path, command: Path = COMMAND) -> bool:
    """Let a command be the station's; False where another program has its name."""
    if command.exists() and not is_ours(program, command):
        return False
    command.parent.mkdir(parents=True, exist_ok=True)
    command.unlink(missing_ok=True)
    command.symlink_to(program)
    return True


def is_ours(program: Path, command: Path = COMMAND) -> bool:
    """Whether a command is the station's."""
    return command.is_symlink() and command.readlink() == program


def _content(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
