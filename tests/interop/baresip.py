"""A phone that is not ours: baresip 1.0.0, told what to do over its control socket."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from portier.bench.voice import voice
from portier.bench.wav import write_wav

Codec = Literal["PCMA", "G722"]
RATES_HZ: dict[Codec, int] = {"PCMA": 8000, "G722": 16000}
MODULES = Path("/usr/lib/baresip/modules")
SIP_PORT = 5062
VOICE_S = 8.0
_CONTROL_PORT = 4444
# aufile ends the call where its file ends, so the voice is repeated until long after every call.
_VOICE_REPEATED = 30
_START_S = 5.0
_REPLY_S = 3.0
_END_S = 3.0

# No stdio module, and no input: at the end of its input it spins. It refuses to be bound to `lo`.
_CONFIG = """\
poll_method epoll
sip_listen {address}:{port}
net_interface {interface}
rtp_ports 30000-30100
call_local_timeout 120
call_max_calls 1
audio_source aufile,{voice}
audio_player aufile,none
audio_alert aufile,none
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
jitter_buffer_delay 5-10
snd_path {folder}
module_path {modules}
module g711.so
module g722.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {control_host}:{control_port}
"""


@dataclass(frozen=True, slots=True)
class Phone:
    """How the phone is set: its number, where it stands, what it speaks, and whether it answers by itself.

    With a `registrar`, host and port, it registers there with its password.
    """

    number: str
    address: str
    interface: str
    codec: Codec
    answers: bool
    registrar: str = ""
    password: str = ""
    control_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Setup:
    """The text of its two files, and where it takes commands."""

    config: str
    account: str
    control_port: int = _CONTROL_PORT
    control_host: str = "127.0.0.1"


class Baresip:
    """A baresip of its own folder. Use as a context manager."""

    def __init__(
        self,
        setup: Setup,
        folder: Path,
        limit_s: float,
        environment: Mapping[str, str] | None = None,
        traces: bool = True,
        within: Sequence[str] = (),
    ) -> None:
        """Start it and wait until it takes commands; it quits by itself after `limit_s`.

        With `traces` every SIP message is in its log. `environment` is added to that of this process;
        `within` begins its command: a program that runs it elsewhere, in another network say.
        """
        self._setup = setup
        self._tokens = itertools.count()
        self._unread = b""
        folder.mkdir(exist_ok=True)
        (folder / "config").write_text(setup.config)
        (folder / "accounts").write_text(setup.account)
        (folder / "contacts").write_text("")
        self._log = folder / "log"
        program = shutil.which("baresip")
        assert program, "baresip is not here: apt-get install baresip-core"
        options = ["-s"] if traces else []
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*within, program, "-f", str(folder), *options, "-t", str(round(limit_s))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )
        try:
            self._control = self._connected()
        except BaseException:
            self._end()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def log(self) -> str:
        """All it has said, with its trace of SIP; complete when it has ended."""
        return self._log.read_text(errors="replace")

    def answer(self) -> None:
        """Go off hook."""
        self._do("accept")

    def hang_up(self) -> None:
        """End the call; one that still rings is declined."""
        self._do("hangup")

    def send_digit(self, key: str) -> float:
        """Press a key, which leaves as RFC 4733 event; the moment before."""
        at_s = time.monotonic()
        self._do("sndcode", key)
        return at_s

    def dial(self, uri: str) -> None:
        """Call somebody."""
        self._do("dial", uri)

    def close(self) -> None:
        """Let it quit, and end it by its own number when it does not."""
        try:
            self._do("quit")
        except OSError:
            pass
        self._control.close()
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _do(self, command: str, parameters: str = "") -> None:
        token = str(next(self._tokens))
        message = json.dumps({"command": command, "params": parameters, "token": token}).encode()
        self._control.sendall(b"%d:%s," % (len(message), message))
        while (said := self._next_message()).get("token") != token:
            pass
        if not said["ok"]:
            raise OSError(f"baresip refused {command!r}: {said['data']}")

    def _next_message(self) -> dict[str, object]:
        """The next netstring: an answer to a command, or an event."""
        while True:
            length, colon, rest = self._unread.partition(b":")
            if colon and len(rest) > int(length):
                message, self._unread = rest[: int(length)], rest[int(length) + 1 :]
                said: dict[str, object] = json.loads(message)
                return said
            part = self._control.recv(65536)
            if not part:
                raise ConnectionError("baresip closed its control socket")
            self._unread += part

    def _connected(self) -> socket.socket:
        give_up_s = time.monotonic() + _START_S
        while True:
            try:
                return socket.create_connection(
                    (self._setup.control_host, self._setup.control_port), _REPLY_S
                )
            except ConnectionRefusedError as error:
                if time.monotonic() > give_up_s or self._process.poll() is not None:
                    raise ConnectionError(f"baresip does not take commands:\n{self.log}") from error
            time.sleep(0.02)

    def _end(self) -> None:
        for end in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                end()
        self._process.wait()


def phone_setup(phone: Phone, folder: Path) -> Setup:
    """A phone that speaks a generated voice and records what it hears, both in its folder."""
    folder.mkdir(exist_ok=True)
    rate_hz = RATES_HZ[phone.codec]
    voice_wav = folder / "voice.wav"
    write_wav(voice_wav, voice("phone", rate_hz, VOICE_S) * _VOICE_REPEATED, rate_hz)
    config = _CONFIG.format(
        address=phone.address,
        port=SIP_PORT,
        interface=phone.interface,
        voice=voice_wav,
        folder=folder,
        modules=MODULES,
        control_host=phone.control_host,
        control_port=_CONTROL_PORT,
    )
    # A call is matched with an account by the user part: the number is the account's name.
    if phone.registrar:
        login = f"@{phone.registrar};transport=udp>;regint=600;auth_pass={phone.password}"
    else:
        login = f"@{phone.address}:{SIP_PORT};transport=udp>;regint=0"
    account = (
        f"<sip:{phone.number}{login}"
        f";answermode={'auto' if phone.answers else 'manual'};audio_codecs={phone.codec}/{rate_hz}/1\n"
    )
    return Setup(config, account, control_host=phone.control_host)
