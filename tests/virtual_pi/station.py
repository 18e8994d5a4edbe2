"""The station in the guest: what it says of itself, and a visit to it."""

from __future__ import annotations

import tomllib
from typing import Any

from tests.virtual_pi import station_config
from tests.virtual_pi.initramfs import PROJECT
from tests.virtual_pi.rig_client import Rig
from tests.virtual_pi.rig_wire import RigError

from portier.bench.voice import voice

_PINS = tomllib.loads((PROJECT / "hardware/pinout.toml").read_text())["pins"]
BELL, SECOND_BELL, STRIKE = (int(_PINS[one]["pin"]) for one in ("bell", "second_button", "strike"))
LAMPS = {
    name.removeprefix("lamp_"): int(one["pin"]) for name, one in _PINS.items() if name.startswith("lamp_")
}
"""By what they show: status, calling, talking, released, failure."""
_CONFIG = tomllib.loads(station_config.text())
RELEASE_DIGIT: str = _CONFIG["doors"]["front"]["release_digit"]
RELEASE_S = float(_CONFIG["doors"]["front"]["release_s"])
CONFIG, UNIT = "/etc/portier/portier.toml", "portier.service"
VOICE_S = 8.0
_ASKED_EVERY_S = 0.5

# What a quiet machine needs, three times.
UP_S, ANSWER_S, DIGIT_S = 180.0, 15.0, 8.0
RESTART_S = 60.0


class Station:
    """The service in a guest; made anew after every start of it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig

    @property
    def status(self) -> dict[str, Any]:
        """Its state now; RigError where it does not answer."""
        found: dict[str, Any] = self.rig.station("status")["status"]
        return found

    def has(self, key: str, *values: object) -> bool:
        """Whether something of its state has one of these values; no while it does not answer."""
        try:
            return self.status.get(key) in values
        except RigError:
            return False

    def in_service(self, limit_s: float = UP_S) -> None:
        """Wait until systemd has it up, registered and idle. Raises RigError with its log where it is not."""
        try:
            for key, value in (("registration", "registered"), ("call", "idle")):
                self.rig.until(lambda: self.has(key, value), limit_s, f"{key}: {value}", _ASKED_EVERY_S)  # noqa: B023
            # It is registered before it is ready; and systemctl is not cheap on an emulated processor.
            self.rig.until(
                lambda: self.rig.shows("ActiveState") == "active", limit_s, "READY", _ASKED_EVERY_S
            )
        except RigError as error:
            raise RigError(f"{error}: {self.rig.journal()[-1500:]}") from error

    def becomes(self, call: str, limit_s: float = ANSWER_S) -> None:
        """Wait for the call's state, in the words of `portier status`. Raises RigError."""
        self.rig.until(lambda: self.has("call", call), limit_s, f"a call that is {call}")

    def talks(self, line: int = BELL, limit_s: float = ANSWER_S) -> float:
        """Press, and wait until somebody has answered; the moment of the press."""
        at_s = self.rig.press(line)
        self.becomes("talking", limit_s)
        return at_s

    def speak(self) -> None:
        """Let the visitor speak, until `rig.feed_end`."""
        self.rig.feed(voice("door", 16000, VOICE_S))

    def hang_up(self) -> None:
        """End a call from inside, where there is one, and wait until the station is idle."""
        self.rig.station("hang_up")
        self.becomes("idle")

    def configure(self, **keys: str) -> None:
        """Write another configuration (see station_config.text), and start anew."""
        self.rig.put(CONFIG, station_config.text(**keys), 0o640, "root:portier")
        self.restart()

    def restart(self) -> None:
        """Start it anew, and wait until it is in service."""
        self.rig.told("systemctl", "restart", UNIT, limit_s=RESTART_S * 2)
        self.in_service()

    def drop_in(self, name: str, text: str) -> None:
        """Change its unit by a drop-in of this boot; an empty text takes it away. Starts nothing."""
        path = f"/run/systemd/system/{UNIT}.d/{name}.conf"
        if text:
            self.rig.put(path, text)
        else:
            self.rig.run("rm", "-f", path)
        self.rig.told("systemctl", "daemon-reload", limit_s=60)
