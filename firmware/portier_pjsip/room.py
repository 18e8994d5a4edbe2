"""Where a build's programs run: on this system, or inside another one below a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portier_pjsip.errors import MachineError

_INSIDE = "/build"
# In a mount and process namespace of its own: what is mounted here goes, and what is started here ends,
# with this one command. The host sees neither.
_ENTER = f"""
mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && mount --bind "$2" "$1{_INSIDE}" || exit 71
root=$1; folder={_INSIDE}/$3; shift 3; exec unshare --root="$root" --wd="$folder" -- "$@"
"""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder to work in, and the system whose programs work in it.

    `root` is None for this system, else the folder that holds the other one; `emulator` is put before every
    command, for a system of another machine.
    """

    work: Path
    root: Path | None = None
    emulator: tuple[str, ...] = ()

    @property
    def inside(self) -> str:
        """The work folder's path as the room's programs see it."""
        return _INSIDE if self.root else str(self.work)

    def command(self, words: Sequence[str], folder: str = ".") -> tuple[str, ...]:
        """The command that runs `words` in a folder below the work folder; to be started from anywhere."""
        if self.root is None:
            return ("env", f"--chdir={self.work / folder}", *words)
        for mounted in ("dev", "proc", _INSIDE.strip("/")):
            # A system that was unpacked and not installed lacks even these.
            (self.root / mounted).mkdir(exist_ok=True)
        enter = ("sh", "-c", _ENTER, "enter", str(self.root), str(self.work), folder)
        own = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--")
        return (*own, *enter, *self.emulator, *words)


def refuse_without_root() -> None:
    """Raise MachineError for a user who may not enter another system."""
    if os.geteuid() != 0:
        raise MachineError(
            "building for another machine happens inside a Debian system of its own, which only root may "
            "enter: sudo make wheel TARGET=..."
        )
