"""Two doors to compare, ours and the rival's: each on pins in a file, and on a virtual card of its own."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.compare.maker import RELEASE_DIGIT, RELEASE_S
from tests.compare.processes import Usage, usage
from tests.integration.jack_card import DEVICE, Child, JackCard
from tests.integration.live import BELL_PIN, STRIKE_PIN
from tests.integration.station_process import StationProcess
from tests.interop.baresip import MODULES, Baresip, Codec, Setup

from portier.bench.line.agent import Agent
from portier.bench.pinfile import PinFile
from portier.plan import JitterBufferName

OUR_ADDRESS = "127.0.0.1"
RIVAL_ADDRESS = "10.78.0.2"
RIVALS_LINE_ADDRESS = "10.78.0.1"
RELAY_ADDRESSES = ("10.78.0.3", "10.78.0.4", "10.78.0.5")
RIVALS_INTERFACE = "rival"
NUMBER = "36913100000000"
Tuning = Literal["default", "low delay"]

_DELAYS: dict[Tuning, tuple[str, str, str]] = {
    "default": ("20-160", "5-10", ""),
    # The setting whose round trip comes nearest to ours.
    "low delay": ("20-60", "0-0", ";ptime=10"),
}
_CONFIG = """\
poll_method epoll
sip_listen {address}:{port}
net_interface {interface}
rtp_ports 30000-31000
call_local_timeout 120
call_max_calls 4
audio_source alsa,{device}
audio_player alsa,{device}
audio_alert alsa,{device}
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_level no
audio_buffer {buffer}
jitter_buffer_delay {jitter_buffer}
module_path {modules}
module g711.so
module g722.so
module alsa.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
"""


class OurDoor(StationProcess):
    """The real station, `portier run`. It offers `codecs`; a `target` is called in place of the line."""

    def __init__(
        self,
        folder: Path,
        line: Agent,
        card: JackCard | None,
        *,
        codecs: tuple[Codec, ...] = ("PCMA",),
        target: str | None = None,
        custom: str = "",
        more_audio: str = "",
        jitter_buffer: JitterBufferName = "lan",
        **changes: str,
    ) -> None:
        folder.mkdir()
        self._card = card
        # As the rival has it: neither takes away echo, nor does anything else to the sound.
        as_it_comes = 'echo = "off"\nhigh_pass = false\nspeaker_limit_dbfs = 0.0'
        devices = f'capture = "{DEVICE}"\nplayback = "{DEVICE}"'
        sound = f'!card = "alsa"\n{devices}\n{as_it_comes}\n{more_audio}' if card else '!card = "none"'
        names = ", ".join(f'"{codec}"' for codec in codecs)
        button = f'!pin = {BELL_PIN}\nuri = "{target}"' if target else ""
        super().__init__(
            folder,
            line,
            custom=custom,
            sip=f'codecs = [{names}]\njitter_buffer = "{jitter_buffer}"',
            audio=sound,
            doors_front=f'!pin = {STRIKE_PIN}\nrelease_digit = "{RELEASE_DIGIT}"\nrelease_s = {RELEASE_S}',
            call='max_talk_s = 3600\nsecond_press = "hang up"',
            **({"buttons_bell": button} if button else {}),
            **changes,
        )

    @property
    def environment(self) -> Mapping[str, str]:
        return {**super().environment, **(self._card.variables if self._card else {})}

    def usage(self) -> Usage:
        """The station's process at this moment."""
        return usage(self.process.pid)


class RivalDoor:
    """baresip with its maker's program for button and relay. Use as a context manager."""

    def __init__(
        self,
        folder: Path,
        target: str,
        card: JackCard | None,
        *,
        codec: Codec = "PCMA",
        tuning: Tuning = "default",
        registrar: str | None = None,
        burns: bool = False,
        limit_s: float = 3600,
    ) -> None:
        folder.mkdir()
        self._setup = rival_setup(codec, tuning, registrar)
        self._folder = folder
        self._card = card
        self._limit_s = limit_s
        self._target = target
        self._burns = burns
        self.pins = PinFile(folder / "pins")

    def __enter__(self) -> Self:
        variables = self._card.variables if self._card else {}
        self.phone = Baresip(self._setup, self._folder, self._limit_s, variables, traces=False)
        self._maker = Child(
            [
                sys.executable,
                "-m",
                "tests.compare.maker",
                str(self.pins.path),
                str(self._setup.control_port),
                self._target,
                *(["burns"] if self._burns else []),
            ]
        )
        self._maker.expect("ready", 20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._maker.end()
        self.phone.close()
        self.pins.close()

    def usage(self) -> Usage:
        """baresip's process at this moment; the maker's program is not counted."""
        return usage(self.phone.pid)


def rival_setup(codec: Codec, tuning: Tuning = "default", registrar: str | None = None) -> Setup:
    """baresip's two files; with a `registrar` it registers there."""
    rate_hz = {"PCMA": 8000, "G722": 16000}[codec]
    buffer, jitter_buffer, frame = _DELAYS[tuning]
    port, control_port = _free_ports()
    config = _CONFIG.format(
        address=RIVAL_ADDRESS,
        port=port,
        interface=RIVALS_INTERFACE,
        device=DEVICE,
        buffer=buffer,
        jitter_buffer=jitter_buffer,
        modules=MODULES,
        control_port=control_port,
    )
    where = registrar or f"{RIVAL_ADDRESS}:{port}"
    login = "regint=600;auth_pass=secret" if registrar else "regint=0"
    return Setup(
        config,
        f"<sip:door@{where};transport=udp>;{login};audio_codecs={codec}/{rate_hz}/1{frame}\n",
        control_port,
    )


def _free_ports() -> tuple[int, int]:
    """A UDP port for SIP, and a TCP port for commands that is not the next one: that one it takes for TLS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip, socket.socket() as control:
        sip.bind((RIVAL_ADDRESS, 0))
        control.bind(("127.0.0.1", 0))
        port, control_port = int(sip.getsockname()[1]), int(control.getsockname()[1])
    return (port, control_port) if control_port != port + 1 else _free_ports()
