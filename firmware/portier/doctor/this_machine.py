"""The machine this program runs on."""

from __future__ import annotations

import fcntl
import getpass
import os
import platform
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from portier.adapters.sip import srv
from portier.adapters.sip.names import system_lookup
from portier.adapters.wall_clock import synchronised
from portier.directory import health
from portier.directory.files import Files
from portier.directory.health import Look
from portier.doctor.machine import NOT_FOUND, TIMED_OUT, Outcome, Platform
from portier.hosts import family_of
from portier.intercom.lines import Seen

_LARGEST_BYTES = 1 << 20
# linux/gpio.h: gpiochip_info and gpio_v2_line_info.
_GET_CHIP_INFO = 0x8044B401
_GET_LINE_INFO = 0xC100B405
_CHIP_INFO = struct.Struct("=32s32sI")
_LINE_INFO = struct.Struct("=32s32sIIQ176x")
_LINE_USED = 1


class ThisMachine:
    """`Machine` by the kernel, the file system and the network of this machine."""

    @property
    def platform(self) -> Platform:
        """Kernel, architecture, Python and user."""
        return Platform(
            kernel=platform.release(),
            architecture=platform.machine(),
            bits=64 if sys.maxsize > 1 << 32 else 32,
            python=(sys.version_info.major, sys.version_info.minor),
            user=_user(),
        )

    def read_text(self, path: str) -> str | None:
        """The text of a small file."""
        try:
            with Path(path).open("rb") as file:
                return file.read(_LARGEST_BYTES).decode(errors="replace")
        except OSError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder, sorted."""
        try:
            return tuple(sorted(entry.name for entry in Path(folder).iterdir()))
        except OSError:
            return ()

    def target(self, link: str) -> str | None:
        """Where a symbolic link points."""
        try:
            return str(Path(link).readlink())
        except OSError:
            return None

    def mode(self, path: str) -> int | None:
        """The permission bits of a file."""
        try:
            return Path(path).stat().st_mode & 0o7777
        except OSError:
            return None

    def may_use(self, path: str) -> bool:
        """Whether this user may read and write a file or device."""
        return os.access(path, os.R_OK | os.W_OK)

    def run(self, *command: str, limit_s: float) -> Outcome:
        """Run a program to its end, or end it after the limit."""
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                timeout=limit_s,
                check=False,
            )
        except FileNotFoundError:
            return Outcome(NOT_FOUND)
        except subprocess.TimeoutExpired:
            return Outcome(TIMED_OUT)
        return Outcome(
            ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace")
        )

    def version(self, distribution: str) -> str | None:
        """The version of an installed Python distribution."""
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            return None

    def chip_label(self, device: str) -> str:
        """The label of a GPIO chip; OSError where the device cannot be asked."""
        answer = _asked(device, _GET_CHIP_INFO, bytearray(_CHIP_INFO.size))
        return _text(_CHIP_INFO.unpack(answer)[1])

    def line_user(self, device: str, line: int) -> str | None:
        """Who has claimed a line of a GPIO chip; OSError where the device cannot be asked."""
        question = bytearray(_LINE_INFO.pack(b"", b"", line, 0, 0))
        _, consumer, _, _, flags = _LINE_INFO.unpack(_asked(device, _GET_LINE_INFO, question))
        if not flags & _LINE_USED:
            return None
        return _text(consumer) or "the kernel"

    def udp_trouble(self, host: str, port: int) -> int:
        """The errno with which a UDP address cannot be had at the moment; 0 where it can."""
        with socket.socket(family_of(host), socket.SOCK_DGRAM) as probe:
            try:
                if probe.family is socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((host, port))
            except OSError as error:
                return error.errno or -1
        return 0

    def addresses(self, host: str, limit_s: float, in_ipv6: bool = False) -> tuple[str, ...] | None:
        """The IPv4 or IPv6 addresses of a name, empty for none; None where no answer came in time."""
        family = socket.AF_INET6 if in_ipv6 else socket.AF_INET
        return _within(limit_s, lambda: tuple(system_lookup(host, family)))

    def sip_servers(self, domain: str, limit_s: float) -> tuple[str, ...] | None:
        """The hosts that a domain's SRV records name; None where no answer came in time."""

        def ask() -> tuple[str, ...]:
            return tuple(
                one.host for transport in srv.TRANSPORTS for one in srv.system_find(domain, transport)
            )

        return _within(limit_s, ask)

    def directory(self, files: Files) -> Look:
        """How the directory is that lies there; nothing is changed."""
        return health.look(files)

    def lines_at_operator(self, wanted: tuple[str, ...]) -> Seen:
        """What the operator's API says of the lines that these numbers mean; nothing is changed."""
        from portier.adapters.operator_api import operator

        return operator.look(wanted)

    def clock_synchronised(self) -> bool | None:
        """Whether the kernel's clock follows a time server; None where that cannot be told."""
        return synchronised()

    def now_s(self) -> float:
        """Seconds since 1970."""
        return time.time()


def _asked(device: str, request: int, buffer: bytearray) -> bytes:
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, request, buffer)
    finally:
        os.close(descriptor)
    return bytes(buffer)


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode(errors="replace")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.geteuid())


def _within(limit_s: float, ask: Callable[[], tuple[str, ...]]) -> tuple[str, ...] | None:
    """What a name server says, empty where it has nothing to say; None where no answer came in time."""
    answers: list[tuple[str, ...]] = []

    def run() -> None:
        try:
            answers.append(ask())
        except (OSError, UnicodeError):
            answers.append(())

    # The C library's resolver cannot be interrupted: a thread that is late is left behind.
    asking = threading.Thread(target=run, name="resolver", daemon=True)
    asking.start()
    asking.join(limit_s)
    return answers[0] if answers else None
