"""What the virtual Pi's station speaks with: a PBX like an operator's, and a telephone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.lab import roots
from tests.lab.asterisk_server import DOOR_USER, LINE, PASSWORD, Asterisk, Settings
from tests.lab.network import PBX, PHONE
from tests.lab.phone import LabPhone


class Outside:
    """All of it, started once for a run."""

    def __init__(self, folder: Path, short: Path, stack: ExitStack, tell: Callable[[str], None]) -> None:
        """`folder` keeps what was said; `short` is a folder with a short path; `stack` ends it all."""
        self._folder = folder
        self._short = short
        self._stack = stack
        self._phones = 0
        self.pbx = Asterisk(PBX, roots.asterisk(tell), folder / "asterisk", Settings())
        stack.callback(self.pbx.kill)
        self.pbx.start()

    @property
    def heard_of_the_station(self) -> int:
        """How often the station has registered anew at the PBX."""
        return self.pbx.said.count(f"Added contact 'sip:{DOOR_USER}")

    def phone(self, stack: ExitStack, *, answers: bool = True) -> LabPhone:
        """A telephone of the line that the bell rings, up and registered; ended by `stack`."""
        self._phones += 1
        folder = self._short / f"phone{self._phones}"
        stack.callback(shutil.copytree, folder, self._folder / folder.name)
        since = len(self.pbx.said)
        phone = LabPhone(
            PHONE, folder, LINE, registrar=PBX.address, password=PASSWORD, answers=answers, codec="PCMA"
        )
        stack.callback(phone.close)
        if not self.pbx.knows(LINE, since=since):
            raise TimeoutError("the telephone has not registered")
        return phone


def within(limit_s: float, true: Callable[[], bool]) -> bool:
    """Wait for something outside; whether it came."""
    until_s = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.05)
    return True
