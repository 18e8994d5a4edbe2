"""`portier run` as a process of its own, on pins in a file: seen, pressed, hurt and judged from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.integration.live import BELL_PIN, PASSWORD, STRIKE_PIN, config_text, free_port

from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile

START_LIMIT_S = 20.0
_RELEASE_LIMIT_S = 5.0


class StationProcess:
    """A running station. Use as a context manager; its end is a SIGKILL when nothing else ended it.

    `custom` is what its interpreter does first, a sitecustomize.py. `changes` are lines of its configuration.
    """

    def __init__(self, folder: Path, line: Agent, *, custom: str = "", **changes: str) -> None:
        self._line = line
        self._folder = folder
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o600)
        self.config = folder / "portier.toml"
        host = line.address[0]
        changes = {"gpio": '!factory = "mock"\nmock_file = "pins"', **changes}
        self.config.write_text(config_text(line.port, free_port(host), password, host, **changes))
        (folder / "custom").mkdir()
        if custom:
            (folder / "custom" / "sitecustomize.py").write_text(custom)
        self.runtime_folder = folder / "run"
        self.runtime_folder.mkdir()
        self.state_folder = folder / "state"
        self.state_folder.mkdir()
        self.pins = PinFile(folder / "pins")
        self.told: list[str] = []
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(str(folder / "notify"))
        self._log = (folder / "log").open("w+")
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.begin()
        self.wait_told("READY=1")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        self._manager.close()
        self._log.close()
        self.pins.close()

    def begin(self) -> None:
        """Start the process; do not wait for it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "portier", "run", "--config", str(self.config)],
            env=self.environment,
            stdout=self._log,
            stderr=self._log,
            text=True,
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """What the unit would give it, and the folder of its sitecustomize.py."""
        environment = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        environment["NOTIFY_SOCKET"] = str(self._folder / "notify")
        environment["RUNTIME_DIRECTORY"] = str(self.runtime_folder)
        environment["STATE_DIRECTORY"] = str(self.state_folder)
        environment["PORTIER_SOCKET"] = str(self.control_path)
        environment["PYTHONPATH"] = str(self._folder / "custom")
        return environment

    @property
    def control_path(self) -> Path:
        """Its control socket."""
        return self.runtime_folder / "control.sock"

    @property
    def process(self) -> subprocess.Popen[str]:
        """The running process."""
        assert self._process
        return self._process

    @property
    def said(self) -> str:
        """Its log so far."""
        return (self._folder / "log").read_text()

    def wait_told(self, message: str, limit_s: float = START_LIMIT_S) -> None:
        """Wait until it tells its manager this."""
        until_s = time.monotonic() + limit_s
        self._manager.settimeout(0.1)
        while not any(one.startswith(message) for one in self.told):
            ended = self.process.poll() is not None
            try:
                self.told.append(self._manager.recv(4096).decode())
            except TimeoutError:
                if ended or time.monotonic() > until_s:
                    raise AssertionError(f"it never told {message}, but {self.told}; {self.said}") from None

    def press(self, held_s: float = 0.1) -> None:
        """Push the bell for a while."""
        self.pins.close_contact(BELL_PIN)
        time.sleep(held_s)
        self.pins.open_contact(BELL_PIN)

    def visit(self) -> None:
        """Press, be answered, have the phone send its digit."""
        before = len(self._line.calls)
        self.press()
        # An ACK that belongs to a call before this one may still come.
        while self._line.wait_for(What.ACKED, timeout_s=10).call <= before:
            pass
        self._line.press("5")

    def release(self) -> float:
        """Visit; the moment the relay came on."""
        self.visit()
        try:
            return self.pins.wait(STRIKE_PIN, energised=True, limit_s=_RELEASE_LIMIT_S)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {self.said}") from error

    def send(self, number: signal.Signals) -> float:
        """Send a signal; the moment of it."""
        at_s = time.monotonic()
        self.process.send_signal(number)
        return at_s

    def ended(self, limit_s: float) -> int:
        """Wait for its end; its exit code."""
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {limit_s} s; {self.said}") from None

    def lock(self, **environment: str) -> tuple[int, str, float]:
        """Run `portier lock`, as ExecStopPost does; its exit code, what it says, how long it took."""
        began_s = time.monotonic()
        ran = subprocess.run(
            [sys.executable, "-m", "portier", "lock", "--config", str(self.config)],
            env={**self.environment, "PYTHONPATH": "", **environment},
            capture_output=True,
            text=True,
            timeout=START_LIMIT_S,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr, time.monotonic() - began_s
