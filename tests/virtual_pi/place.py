"""What a case needs: the guest with its rig, the PBX and the telephones outside, and a folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.virtual_pi.machine import Guest
from tests.virtual_pi.rig_client import Rig

if TYPE_CHECKING:
    from tests.virtual_pi.outside import Outside


class Place:
    """One case's things."""

    def __init__(
        self,
        folder: Path,
        outside: Outside,
        guest: Guest | None,
        stack: ExitStack,
        tell: Callable[[str], None],
    ) -> None:
        """`folder` keeps all that was seen, for who wants to know why."""
        self.folder = folder
        self.outside = outside
        self.tell = tell
        self._guest = guest
        self._stack = stack

    @property
    def guest(self) -> Guest:
        """The machine that the case asked for, up; only one with a boot has it."""
        assert self._guest, "this case asked for no guest"
        return self._guest

    @property
    def rig(self) -> Rig:
        """The rig of the guest as it runs now: after a power cut and a start it is another one."""
        return self.guest.rig

    def afterwards(self, do: Callable[[], object]) -> None:
        """Do something when the case is over, however it ends."""
        self._stack.callback(do)
