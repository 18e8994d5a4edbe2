"""Which stations run on this machine, and who holds a UDP port."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from portier.__main__ import DEFAULT_CONFIG
from portier.doctor.machine import Machine
from portier.hosts import is_ipv6

_ANY_IPV4, _ANY_IPV6 = "0" * 8, "0" * 32


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine; `station` says that it is `portier run`."""

    pid: int
    name: str
    station: bool

    def __str__(self) -> str:
        return (
            f"the running station (process {self.pid})"
            if self.station
            else f"{self.name} (process {self.pid})"
        )


def running(machine: Machine, config_path: str) -> Process | None:
    """The station that runs with this configuration file."""
    for process in _processes(machine):
        if process.station and _config_of(machine, process.pid) == config_path:
            return process
    return None


def holder(machine: Machine, host: str, port: int) -> Process | None:
    """Who holds a UDP port; None where nobody does, or only root may know who."""
    wanted = {f"socket:[{inode}]" for inode in _sockets(machine, host, port)}
    if not wanted:
        return None
    for process in _processes(machine):
        folder = f"/proc/{process.pid}/fd"
        if any(machine.target(f"{folder}/{name}") in wanted for name in machine.names(folder)):
            return process
    return None


def _processes(machine: Machine) -> Iterator[Process]:
    for name in machine.names("/proc"):
        if name.isdigit():
            title = (machine.read_text(f"/proc/{name}/comm") or "").strip()
            yield Process(int(name), title or "a process", _is_station(_arguments(machine, int(name))))


def _arguments(machine: Machine, pid: int) -> list[str]:
    return (machine.read_text(f"/proc/{pid}/cmdline") or "").rstrip("\0").split("\0")


def _is_station(arguments: list[str]) -> bool:
    # python /opt/portier/bin/portier run, or python -m portier run
    programs = [index for index, one in enumerate(arguments[:5]) if posixpath.basename(one) == "portier"]
    return any(arguments[index + 1 : index + 2] == ["run"] for index in programs)


def _config_of(machine: Machine, pid: int) -> str:
    arguments = _arguments(machine, pid)
    given = str(DEFAULT_CONFIG)
    for index, one in enumerate(arguments):
        if one == "--config":
            given = "".join(arguments[index + 1 : index + 2])
        elif one.startswith("--config="):
            given = one.removeprefix("--config=")
    return posixpath.normpath(posixpath.join(machine.target(f"/proc/{pid}/cwd") or "/", given))


def _sockets(machine: Machine, host: str, port: int) -> Iterator[str]:
    packed = ip_address(host).packed
    # The kernel writes an address as the machine's own numbers: four octets in reverse, on every Pi and PC.
    own = "".join(packed[at : at + 4][::-1].hex().upper() for at in range(0, len(packed), 4))
    tables = (("udp6", _ANY_IPV6),) if is_ipv6(host) else (("udp", _ANY_IPV4), ("udp6", _ANY_IPV6))
    for table, everywhere in tables:
        for line in (machine.read_text(f"/proc/net/{table}") or "").splitlines()[1:]:
            fields = line.split()
            address, _, port_hex = fields[1].partition(":")
            if int(port_hex, 16) == port and (address in {own, everywhere} or own in {_ANY_IPV4, _ANY_IPV6}):
                yield fields[9]
