"""Asterisk 16 as a PBX like an operator's: a prefix that it strips, headers that make a telephone answer."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.lab.network import OPERATOR, Host
from tests.lab.server import Server, wait_for_text, written

from portier.bench.line_mode import LineMode

TEMPLATES = Path(__file__).parent / "asterisk"
DOOR_USER = "0033912345678"
PASSWORD = "correct-horse-battery"
LINE, OTHER_LINE = "3100000000", "3100000001"
BUSY_LINE, AWAY_LINE, SLOW_LINE, UNKNOWN_LINE = "3100000486", "3100000480", "3100000020", "3100000404"
MODE_LINES = {LineMode.OFF: "3100000010", LineMode.PREFIXED: "3100000011", LineMode.YES: "3100000012"}
_START_S = 15.0
_REPLY_S = 10.0
_FOLDERS = ("etc", "db", "spool", "run", "log")
# A name server that nobody reaches makes it slow to start and to answer.
_START = (
    'mount --bind "$1/resolv.conf" /etc/resolv.conf && exec /usr/sbin/asterisk -f -C "$1/etc/asterisk.conf"'
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the PBX treats the station: how keys reach it, its password, more of its endpoint and file."""

    dtmf: Literal["rfc4733", "info", "inband"] = "rfc4733"
    door_password: str = PASSWORD
    door_more: str = ""
    more: str = ""


class Asterisk(Server):
    """The server; its console is `said`, with every SIP message."""

    def __init__(self, host: Host, root: Path, folder: Path, settings: Settings) -> None:
        super().__init__(host, root, folder, "asterisk")
        for name in _FOLDERS:
            (folder / name).mkdir()
        (folder / "resolv.conf").write_text("")
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Write its configuration; `reload` makes a running one take it."""
        values = {
            "more": settings.more,
            "folder": self.inside,
            "address": self.host.address,
            "operator": OPERATOR.address,
            "password": PASSWORD,
            "door": DOOR_USER,
            "door_password": settings.door_password,
            "door_dtmf": settings.dtmf,
            "door_more": settings.door_more,
        }
        for template in TEMPLATES.glob("*.conf"):
            written(template, self.folder / "etc" / template.name, **values)

    def start(self) -> None:
        """Start it and wait until it is up; TimeoutError when it is not."""
        since = len(self.said) if self.log.exists() else 0
        self.launch(("sh", "-c", _START, "asterisk", self.inside))
        if not wait_for_text(self.log, "Asterisk Ready", _START_S, since):
            raise TimeoutError(f"Asterisk did not start: {self.said[since:][-2000:]}")

    def ask(self, command: str) -> str:
        """What it answers to a command of its console."""
        words = ("/usr/sbin/asterisk", "-C", f"{self.inside}/etc/asterisk.conf", "-rx", command)
        ended = subprocess.run(
            self.command(words), capture_output=True, text=True, timeout=_REPLY_S, check=False
        )
        return ended.stdout + ended.stderr

    def knows(self, line: str, limit_s: float = 10.0, since: int = 0) -> bool:
        """Wait until a line has registered."""
        return wait_for_text(self.log, f"Added contact 'sip:{line}", limit_s, since)
