"""The station in the lab: `portier run` on a host of its own, pressed, asked and judged from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.lab.network import DOOR

from portier.adapters.control.protocol import Do
from portier.bench.pinfile import PinFile
from portier.control_client import ControlClient
from portier.errors import ControlError

RELEASE_DIGIT, WRONG_DIGIT = "5", "7"
RELEASE_S = 1.0
RATE_HZ = 16000
STRIKE_PIN, FAILURE_PIN = 22, 13
_BUTTON_PINS = (5, 6, 16, 19)
_START_S = 20.0
_STOP_S = 5.0
_HELD_S = 0.1
_POLL_S = 0.02
_HEARD = "PORTIER_LAB_HEARD"
# What the pretended loudspeaker plays is written to a file too: the station itself keeps no sound.
_KEEP_SOUND = f"""
import os
from portier.bench import card
_file = open(os.environ["{_HEARD}"], "ab", buffering=0)
_play = card.SimulatedCard._play
def play(self, at_s, frame):
    _file.write(frame)
    _play(self, at_s, frame)
card.SimulatedCard._play = play
"""

Sections = Mapping[str, str]


def config_text(buttons: Mapping[str, str], password_file: Path, sections: Sections) -> str:
    """A configuration as TOML: lines, SIP addresses or lists by button; lines for its sections.

    A line replaces the one with the same key.
    """
    body: dict[str, str] = {
        "sip": f'user = "door"\npassword_file = "{password_file}"\nbind_address = "{DOOR.address}"',
        "audio": 'card = "simulated"',
        "gpio": 'factory = "mock"\nmock_file = "pins"',
        "doors.front": f'pin = {STRIKE_PIN}\nrelease_digit = "{RELEASE_DIGIT}"\nrelease_s = {RELEASE_S}',
        "lamps": f"failure = {FAILURE_PIN}",
    }
    lists = {name.removeprefix("lists.") for name in sections}
    for pin, (name, target) in zip(_BUTTON_PINS, buttons.items(), strict=False):
        key = "uri" if target.startswith("sip:") else "list" if target in lists else "line"
        body[f"buttons.{name}"] = f'pin = {pin}\n{key} = "{target}"'
    for name, lines in sections.items():
        keys = {line.partition("=")[0].strip() for line in lines.splitlines()}
        kept = [one for one in body.get(name, "").splitlines() if one.partition("=")[0].strip() not in keys]
        body[name] = "\n".join([*kept, lines])
    return "\n".join(f"[{name}]\n{lines}\n" for name, lines in body.items())


class Door:
    """A running station."""

    def __init__(
        self,
        folder: Path,
        socket: Path,
        buttons: Mapping[str, str],
        password: str,
        sections: Sections,
        site: Path | None = None,
    ) -> None:
        """Start it and wait until it answers at `socket`; TimeoutError with its log when it does not."""
        folder.mkdir(parents=True)
        self._folder = folder
        self._socket = socket
        self._buttons = list(buttons)
        self.password_file = folder / "password"
        self.password_file.write_text(password)
        self.password_file.chmod(0o600)
        (folder / "portier.toml").write_text(config_text(buttons, self.password_file, sections))
        (folder / "custom").mkdir()
        (folder / "custom" / "sitecustomize.py").write_text(_KEEP_SOUND)
        self._packages = ":".join(str(one) for one in (folder / "custom", site) if one)
        self.pins = PinFile(folder / "pins")
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._shown_at_start = 0
        self.start()

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        environment = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        environment |= {
            "PORTIER_SOCKET": str(self._socket),
            "PYTHONPATH": self._packages,
            _HEARD: str(self._folder / "heard.pcm"),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *DOOR.within,
                    *(sys.executable, "-m", "portier", "run"),
                    *("--config", str(self._folder / "portier.toml")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
        if not self.until(self._answers, _START_S):
            raise TimeoutError(f"the station does not answer: {self.said[-2000:]}")
        self.becomes("idle")
        # Until calls can be placed it shows a failure, too.
        self._shown_at_start = self.pins.changes(FAILURE_PIN).rises

    @property
    def said(self) -> str:
        """Its log so far."""
        return self._log.read_text(errors="replace")

    @property
    def calls(self) -> list[str]:
        """The lines of its log that tell how each call ended, which come last, when all was measured."""
        return re.findall(r'call \d+ from button "[^"]*": .*; press to INVITE .*', self.said)

    @property
    def status(self) -> dict[str, Any]:
        """Its state at the moment; ControlError when it does not answer."""
        with ControlClient(self._socket) as client:
            found: dict[str, Any] = client.ask(Do.STATUS)["status"]
            return found

    @property
    def lives(self) -> bool:
        """Whether it runs and answers."""
        return self._process is not None and self._process.poll() is None and self._answers()

    @property
    def heard(self) -> bytes:
        """All that its loudspeaker has played, mono S16 at RATE_HZ."""
        return (self._folder / "heard.pcm").read_bytes()

    def until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait for something; whether it came."""
        until_s = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > until_s:
                return False
            if self._process and self._process.poll() is not None:
                raise RuntimeError(
                    f"the station has ended with {self._process.returncode}: {self.said[-2000:]}"
                )
            time.sleep(_POLL_S)
        return True

    def becomes(self, call: str, limit_s: float = 5.0) -> bool:
        """Wait for the call's state, in the words of `portier status`."""
        return self.until(lambda: self.status["call"] == call, limit_s)

    def registers(self, limit_s: float = 10.0) -> bool:
        """Wait until it is registered."""
        return self.until(lambda: self.status["registration"] == "registered", limit_s)

    def press(self, button: str = "bell") -> float:
        """Push a button for a moment; the monotonic moment of it."""
        pin = _BUTTON_PINS[self._buttons.index(button)]
        at_s = self.pins.close_contact(pin)
        time.sleep(_HELD_S)
        self.pins.open_contact(pin)
        return at_s

    def talks(self, button: str = "bell", limit_s: float = 5.0) -> bool:
        """Press, and wait until somebody has answered."""
        self.press(button)
        return self.becomes("talking", limit_s)

    @property
    def releases(self) -> int:
        """How often the strike's relay came on."""
        return self.pins.changes(STRIKE_PIN).rises

    @property
    def granted(self) -> int:
        """How often somebody was let in by its log: one more release while one lasts shows at no relay."""
        return self.said.count('door "front" released for ')

    def released(self, times: int = 1, limit_s: float = 5.0) -> bool:
        """Wait until the relay came on so often."""
        return self.until(lambda: self.releases >= times, limit_s)

    @property
    def failures_shown(self) -> int:
        """How often the lamp of a failed call came on since it was ready."""
        return self.pins.changes(FAILURE_PIN).rises - self._shown_at_start

    @property
    def failure_is_shown(self) -> bool:
        """Whether that lamp is on: as long as no account is in service, too."""
        return self.pins.energised(FAILURE_PIN)

    def hang_up(self) -> None:
        """End its call from inside."""
        with ControlClient(self._socket) as client:
            client.ask(Do.HANG_UP)
        self.becomes("idle")

    def stop(self) -> None:
        """End it as a service manager does, and by force when it does not."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop it, and let go of its pins."""
        self.stop()
        self.pins.close()

    def _answers(self) -> bool:
        try:
            return bool(self.status)
        except (ControlError, json.JSONDecodeError):
            return False
