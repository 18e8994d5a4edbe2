"""A server in a Debian system of its own: started on a host of the lab, and ended by its own number."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab.network import Host

from portier_pjsip.room import Room

_END_S = 5.0
_POLL_S = 0.05
_PLACEHOLDER = "@{}@"


class Server:
    """A program in a root; what it writes is in `folder`, seen inside as `inside`."""

    def __init__(self, host: Host, root: Path, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = host
        self.folder = folder
        self._room = Room(folder, root)
        self.log = folder / f"{name}.out"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def inside(self) -> str:
        """The folder's path as the program sees it."""
        return self._room.inside

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def says(self, text: str, limit_s: float = 3.0) -> bool:
        """Wait until it has printed something; whether it did."""
        return wait_for_text(self.log, text, limit_s)

    def command(self, words: Sequence[str]) -> tuple[str, ...]:
        """A command that runs in its system and on its host."""
        return (*self.host.within, *self._room.command(words))

    def launch(self, words: Sequence[str]) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(words), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def signal(self, number: signal.Signals) -> None:
        """Send the program itself a signal, not what holds its namespaces."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in children:
            signal_process(int(pid), number)

    def kill(self) -> None:
        """End it at once: it says goodbye to nobody."""
        if self._process:
            self._process.kill()
            self._process.wait(_END_S)
            self._process = None

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None


def signal_process(pid: int, number: signal.Signals) -> None:
    """Send one of our own processes a signal; no fault if it has ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def written(template: Path, to: Path, **values: str) -> None:
    """Write a template with its `@NAME@` replaced."""
    text = template.read_text()
    for name, value in values.items():
        text = text.replace(_PLACEHOLDER.format(name.upper()), value)
    to.write_text(text)


def wait_for_text(read: Path, text: str, limit_s: float, since: int = 0) -> bool:
    """Wait until a file holds a text, looked for from an offset on; whether it came."""
    until_s = time.monotonic() + limit_s
    while True:
        if read.exists() and text in read.read_text(errors="replace")[since:]:
            return True
        if time.monotonic() > until_s:
            return False
        time.sleep(_POLL_S)
