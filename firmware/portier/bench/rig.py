"""The rig: the real station on mocked pins and a simulated card, and a line that answers beside it."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from portier import app, process
from portier.bench.card import FRAME_S, SimulatedCard
from portier.bench.echo_path import EchoPath
from portier.bench.line.client import LineProcess
from portier.bench.line_mode import LineMode
from portier.bench.pins import BenchPins
from portier.bench.tap import Tap, Tapped
from portier.bench.visitor import Visitor
from portier.bench.voice import voice
from portier.bench.wav import write_wav
from portier.config import load, planned
from portier.config.model import Config
from portier.ports import Processing

RATE_HZ = 16000
PHONE_RATE_HZ = 8000
VOICE_S = 8.0
PHONE_SPEAKS_S = 5.0
"""In a room: somebody who waits for an answer."""

_PHONE_WAITS_S = 10.0
LINE_NUMBER = "3100000000"
RELEASE_DIGIT = "5"
WRONG_DIGIT = "7"


class Link(StrEnum):
    """What can break between a press and an open door."""

    MIC = "mic"
    SPEAKER = "speaker"
    DTMF = "dtmf"
    RELAY = "relay"
    LINE = "line"


class Rig:
    """Everything of a bench, for `limit_s` at most.

    `broken` names the link that is sabotaged, `more` is more configuration. In a room the microphone hears
    the loudspeaker, AEC3 takes that away again, a visitor speaks when told, and the phone for 5 s.

    With `modes`, lines by their numbers, the far end is an operator that keeps these intercom modes.
    """

    def __init__(
        self,
        broken: Link | None = None,
        more: str = "",
        limit_s: float = 3600.0,
        *,
        in_a_room: bool = False,
        modes: Mapping[str, LineMode] | None = None,
    ) -> None:
        self.broken = broken
        self._modes = modes or {}
        self._echo = "aec3" if in_a_room else "auto"
        self._tap: Tap | None = None
        self._more = more
        self.faults: list[BaseException] = []
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="portier-bench-")))
        voice_wav = self.folder / "voice.wav"
        write_wav(voice_wav, _phone_voice(in_a_room), PHONE_RATE_HZ)
        self._password = secrets.token_urlsafe(12)
        self.line = self._stack.enter_context(
            LineProcess(
                "--voice",
                str(voice_wav),
                "--user",
                "portier",
                "--limit-s",
                str(limit_s),
                *_line_options(self._modes),
                password=self._password,
            )
        )
        if broken is Link.LINE:
            self.line.send("answer_with", mode="silence")
        self.config = self._config()
        self.bell_pin = self.config.buttons["bell"].pin
        self.strike_pin = self.config.doors["front"].pin
        spoken = voice("door", RATE_HZ, VOICE_S)
        self.visitor = Visitor(spoken, 2 * round(RATE_HZ * FRAME_S)) if in_a_room else None
        self.card = SimulatedCard(RATE_HZ, self.visitor or spoken, EchoPath(RATE_HZ) if in_a_room else None)
        self.card.mute_microphone = broken is Link.MIC
        self.card.mute_speaker = broken is Link.SPEAKER
        self.pins = BenchPins(frozenset({self.strike_pin} if broken is Link.RELAY else ()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[app.Station]:
        """The station, started and in the end stopped; the line runs already."""
        station = app.Station(
            planned.plan(self.config),
            app.Parts(self.pins.factory, self.card, tap=self._tapped),
            self.faults.append,
        )
        try:
            await station.start()
            process.settle_memory()
            yield station
        finally:
            station.stop()

    async def press(self, held_s: float = 0.15, button: str = "bell") -> float:
        """Push a button for a while; the monotonic moment of the first edge."""
        pin = self.config.buttons[button].pin
        at_s = self.pins.close_contact(pin)
        await asyncio.sleep(held_s)
        self.pins.open_contact(pin)
        return at_s

    @property
    def echo_words(self) -> str | None:
        """What takes the echo away; None where nothing is asked for."""
        return self._tap.words if self._tap else None

    @property
    def tapped(self) -> Tapped | None:
        """The sound of the last call before and after; None where nothing works on it."""
        return self._tap.kept if self._tap else None

    def _tapped(self, processing: Processing) -> Processing:
        self._tap = Tap(processing)
        return self._tap

    def close(self) -> None:
        """End the line and remove the bench's files."""
        self._stack.close()

    def _config(self) -> Config:
        password_file = self.folder / "password"
        password_file.write_text(self._password)
        password_file.chmod(0o600)
        return load.from_text(
            _CONFIG.format(
                line_port=self.line.port,
                port=_free_port(),
                number=LINE_NUMBER,
                digit=RELEASE_DIGIT,
                echo=self._echo,
            )
            + self._more,
            "the bench's configuration",
            self.folder,
        )


_CONFIG = """
[station]
name = "Bench"

[sip]
domain = "127.0.0.1:{line_port}"
registrar = "127.0.0.1:{line_port}"
user = "portier"
password_file = "password"
bind_address = "127.0.0.1"
port = {port}
rtp_port = 14000

[dialling]
prefix = "3691"

[audio]
card = "simulated"
echo = "{echo}"

[gpio]
factory = "mock"

[buttons.bell]
pin = 5
line = "{number}"

[doors.front]
pin = 22
release_digit = "{digit}"
release_s = 2.0

[lamps]
status = 23

[directory]
file = "directory.db"
"""


def _line_options(modes: Mapping[str, LineMode]) -> list[str]:
    return [option for number, mode in modes.items() for option in ("--line", f"{number}={mode}")]


def _phone_voice(in_a_room: bool) -> bytes:
    spoken = voice("phone", PHONE_RATE_HZ, PHONE_SPEAKS_S if in_a_room else VOICE_S)
    return spoken + bytes(2 * round(PHONE_RATE_HZ * _PHONE_WAITS_S)) if in_a_room else spoken


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
