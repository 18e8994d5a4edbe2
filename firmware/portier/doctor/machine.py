"""What a check may ask of the machine it runs on. Nothing of it changes the machine or claims an output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from portier.directory.files import Files
from portier.directory.health import Look
from portier.intercom.lines import Seen

NOT_FOUND = 127
"""The exit code of a program that is not there, as a shell gives it."""

TIMED_OUT = 124
"""The exit code of a program that was ended because its time was over, as timeout(1) gives it."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What stays the same while the program runs; `bits` are those of this Python, not of the kernel."""

    kernel: str
    architecture: str
    bits: int
    python: tuple[int, int]
    user: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended; a negative code is the signal that ended it."""

    code: int
    stdout: str = ""
    stderr: str = ""


class Machine(Protocol):
    """The machine, real or pretended. A path that is missing or forbidden is None or empty, never raised."""

    @property
    def platform(self) -> Platform:
        """Kernel, architecture, Python and user."""
        ...

    def read_text(self, path: str) -> str | None:
        """The text of a small file."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder, sorted."""
        ...

    def target(self, link: str) -> str | None:
        """Where a symbolic link points."""
        ...

    def mode(self, path: str) -> int | None:
        """The permission bits of a file."""
        ...

    def may_use(self, path: str) -> bool:
        """Whether this user may read and write a file or device."""
        ...

    def run(self, *command: str, limit_s: float) -> Outcome:
        """Run a program to its end, or end it after the limit."""
        ...

    def version(self, distribution: str) -> str | None:
        """The version of an installed Python distribution."""
        ...

    def chip_label(self, device: str) -> str:
        """The label of a GPIO chip; OSError where the device cannot be asked."""
        ...

    def line_user(self, device: str, line: int) -> str | None:
        """Who has claimed a line of a GPIO chip; OSError where the device cannot be asked."""
        ...

    def udp_trouble(self, host: str, port: int) -> int:
        """The errno with which a UDP address cannot be had at the moment; 0 where it can."""
        ...

    def addresses(self, host: str, limit_s: float, in_ipv6: bool = False) -> tuple[str, ...] | None:
        """The IPv4 or IPv6 addresses of a name, empty for none; None where no answer came in time."""
        ...

    def sip_servers(self, domain: str, limit_s: float) -> tuple[str, ...] | None:
        """The hosts that a domain's SRV records name; None where no answer came in time."""
        ...

    def directory(self, files: Files) -> Look:
        """How the directory is that lies there; nothing is changed."""
        ...

    def lines_at_operator(self, wanted: tuple[str, ...]) -> Seen:
        """What the operator's API says of the lines that these numbers mean; nothing is changed."""
        ...

    def clock_synchronised(self) -> bool | None:
        """Whether the kernel's clock follows a time server; None where that cannot be told."""
        ...

    def now_s(self) -> float:
        """Seconds since 1970."""
        ...
