"""The station as the service of a booted machine: configured, started, visited, asked what it is like."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.integration.booted_machine import BootedMachine
from tests.integration.live import BELL_PIN, PASSWORD, STRIKE_PIN, config_text

from portier.bench.line.client import LineProcess
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile

CONFIG, PASSWORD_FILE, PINS = "/etc/portier/portier.toml", "/etc/portier/sip-password", "/run/portier/pins"
LINE_PORT, SIP_PORT = 5060, 5070
FAILURE_PIN = 13
START_LIMIT_S = 20.0


class BootedService:
    """The station as systemd's service, its pins, and the line it calls."""

    def __init__(self, machine: BootedMachine, line: LineProcess) -> None:
        self._machine = machine
        self._line = line
        self._pins: PinFile | None = None
        self._cursor = self._journal("--lines=0", "--show-cursor").partition("cursor: ")[2]

    def configure(self, *, sip_port: int = SIP_PORT, **changes: str) -> None:
        """Write its configuration, with these lines more."""
        changes = {
            "gpio": f'!factory = "mock"\nmock_file = "{PINS}"',
            "audio": '!card = "alsa"\ncapture = "plughw:CARD=Device"\nplayback = "plughw:CARD=Device"',
            "lamps": f"failure = {FAILURE_PIN}",
            # A call is to last while an environment is built.
            "call": "max_talk_s = 3600",
            **changes,
        }
        text = config_text(LINE_PORT, sip_port, Path(PASSWORD_FILE), **changes)
        # As on a machine with a network card, which this one has not.
        self._machine.write(CONFIG, text.replace('bind_address = "127.0.0.1"\n', ""))
        self._machine.write(PASSWORD_FILE, PASSWORD)
        self._machine.run("systemd-tmpfiles", "--create")

    def start(self) -> None:
        """Start it; systemctl waits until it says that it is ready."""
        self._machine.run("systemctl", "start", "portier")

    def begin(self) -> None:
        """Start it without waiting."""
        self._machine.run("systemctl", "start", "--no-block", "portier")

    def end(self) -> None:
        """Stop it, and forget its failures."""
        self._machine.run("systemctl", "stop", "portier")
        self._machine.run("systemctl", "reset-failed")
        if self._pins:
            self._pins.close()

    @property
    def pins(self) -> PinFile:
        """Its pins, from its first start on."""
        if self._pins is None:
            file = self._machine.root / PINS.lstrip("/")
            assert file.exists(), self.said
            self._pins = PinFile(file)
        return self._pins

    def shows(self, name: str) -> str:
        """A property of the service, as systemd has it at the moment."""
        return self._machine.run("systemctl", "show", "--value", f"--property={name}", "portier")

    def moment_s(self, name: str) -> float:
        """A moment that systemd has noted, of the monotonic clock."""
        return int(self.shows(f"{name}TimestampMonotonic")) / 1e6

    def until(self, name: str, value: str, limit_s: float) -> None:
        """Wait until the whole of a property matches."""
        until_s = time.monotonic() + limit_s
        while not re.fullmatch(value, shown := self.shows(name)):
            assert time.monotonic() < until_s, (
                f"{name} is {shown}, not {value}, after {limit_s} s: {self.said}"
            )
            time.sleep(0.05)

    @property
    def said(self) -> str:
        """What it has said in this test, and systemd of it."""
        return self._journal("--unit=portier", f"--after-cursor={self._cursor}")

    def kill(self, signal: str) -> float:
        """Send a signal to its main process; the moment before."""
        at_s = time.monotonic()
        self._machine.run("systemctl", "kill", "--kill-whom=main", f"--signal={signal}", "portier")
        return at_s

    def visit(self) -> None:
        """Press the button and be answered."""
        self.pins.close_contact(BELL_PIN)
        time.sleep(0.1)
        self.pins.open_contact(BELL_PIN)
        self._line.wait_for(What.ACKED, timeout_s=10)

    def release(self) -> float:
        """Visit, and have the phone send its digit; the moment the relay came on."""
        self.visit()
        self._line.digits("5")
        return self.pins.wait(STRIKE_PIN, energised=True, limit_s=5)

    def _journal(self, *what: str) -> str:
        return self._machine.run("journalctl", "--output=cat", "--no-pager", *what)
