"""The lab's network: namespaces on a switch, 10.77.0.0/24, without a way to anywhere else.

The process itself stands on the switch too, as somebody whom no station knows.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INTERFACE = "eth0"
STREET = "street"
STREET_ADDRESS = "10.77.0.66"
_NAMED = Path("/run/netns")
_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Host:
    """A machine of the lab: a namespace with one interface."""

    name: str
    address: str

    @property
    def within(self) -> tuple[str, ...]:
        """What begins a command that is to run there, as the same process."""
        return ("nsenter", f"--net={_NAMED / self.name}", "--")

    def ip(self, command: str) -> None:
        """Change something of its network, in the words of ip(8)."""
        ip(f"-n {self.name} {command}")

    def link(self, *, up: bool) -> None:
        """Pull its cable, or plug it in again."""
        self.ip(f"link set {INTERFACE} {'up' if up else 'down'}")


DOOR = Host("door", "10.77.0.2")
PBX = Host("pbx", "10.77.0.1")
OPERATOR = Host("operator", "10.77.0.11")
PHONE = Host("phone", "10.77.0.21")
OTHER_PHONE = Host("phone2", "10.77.0.22")
FAR = Host("far", "10.77.0.31")
HOSTS = (DOOR, PBX, OPERATOR, PHONE, OTHER_PHONE, FAR)


def move_in(program: Sequence[str]) -> tuple[str, ...]:
    """The command that runs a program with networks, mounts and processes of its own.

    Whatever it starts ends with it, and nothing that it mounts or names is seen outside. Needs root.
    """
    own = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
    return (*own, *program)


def lay() -> None:
    """Make all namespaces and the switch."""
    _NAMED.mkdir(exist_ok=True)
    subprocess.run(("mount", "-t", "tmpfs", "tmpfs", str(_NAMED)), check=True, timeout=_LIMIT_S)
    ip("link set lo up")
    ip(f"link add {STREET} type bridge")
    ip(f"address add {STREET_ADDRESS}/24 dev {STREET}")
    ip(f"link set {STREET} up")
    for host in HOSTS:
        ip(f"netns add {host.name}")
        ip(f"link add {host.name} type veth peer name {INTERFACE} netns {host.name}")
        ip(f"link set {host.name} master {STREET} up")
        host.ip(f"address add {host.address}/24 dev {INTERFACE}")
        host.ip("link set lo up")
        host.link(up=True)


def ask_anew_for(address: str) -> None:
    """Have every host forget which interface has an address: it is another one now."""
    for host in HOSTS:
        host.ip(f"neigh flush to {address}")
    ip(f"neigh flush to {address}")


def ip(command: str) -> None:
    """Run ip(8)."""
    subprocess.run(("ip", *command.split()), check=True, timeout=_LIMIT_S)
