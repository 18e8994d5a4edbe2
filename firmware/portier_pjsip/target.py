"""What a wheel is for: a machine, a Python, a system with its libraries."""

from __future__ import annotations

import platform
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

from portier_pjsip.errors import MachineError

OLDEST_PYTHON = (3, 11)
NATIVE, ALL = "native", "all"


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of machine.

    `release` is Debian's name of the system, empty where this is another; `headers` the folder of Python.h
    where it is built; `triplet` GNU's name for a machine that is not this one, empty for this one.
    """

    name: str
    machine: str
    python: tuple[int, int]
    system: str
    release: str
    headers: str
    triplet: str = ""

    @property
    def tag(self) -> str:
        """The wheel's tag (PEP 425). No manylinux: it needs libraries of the system."""
        python = "cp{}{}".format(*self.python)
        return f"{python}-{python}-linux_{self.machine}"

    @property
    def module_suffix(self) -> str:
        """How a compiled module's file name ends (PEP 3149)."""
        return ".cpython-{}{}-{}-linux-gnu.so".format(*self.python, self.machine)

    @property
    def crossed(self) -> bool:
        """Whether it is another machine than this one."""
        return bool(self.triplet)

    @property
    def apart(self) -> bool:
        """Whether it is built and tried in a system of its own."""
        return self.name != NATIVE

    @property
    def architecture(self) -> str:
        """Debian's name of the machine."""
        return _ARCHITECTURES.get(self.machine, self.machine)


_ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}


def _pi(release: str, number: int, minor: int) -> Target:
    return Target(
        name=f"{release}-arm64",
        machine="aarch64",
        python=(3, minor),
        system=f"Debian {number} ({release})",
        release=release,
        headers=f"/usr/include/python3.{minor}",
        triplet="aarch64-linux-gnu",
    )


def _pc(of: Target) -> Target:
    return replace(of, name=f"{of.release}-amd64", machine="x86_64", triplet="")


CROSSED = {one.name: one for one in (_pi("bookworm", 12, 11), _pi("trixie", 13, 13))}
"""The Pis: what `all` means beside this machine."""

PCS = {one.name: one for one in map(_pc, CROSSED.values())}
"""PCs, built in a system of theirs: whatever Debian this machine has."""

APART = {**CROSSED, **PCS}

CHOICES = (NATIVE, *APART, ALL)


def chosen(name: str) -> tuple[Target, ...]:
    """The targets of a name. Raises MachineError where this machine cannot be one."""
    if name == NATIVE:
        return (native(),)
    return (native(), *CROSSED.values()) if name == ALL else (APART[name],)


def native() -> Target:
    """This machine and this Python. Raises MachineError where no wheel can be made for them."""
    refuse(sys.version_info[:2], sys.implementation.name, sys.platform, sys.maxsize)
    system = _os_release()
    return Target(
        name=NATIVE,
        machine=platform.machine(),
        python=(sys.version_info.major, sys.version_info.minor),
        system=system.get("PRETTY_NAME", "an unknown system"),
        release=system.get("VERSION_CODENAME", ""),
        headers=sysconfig.get_paths()["include"],
    )


def refuse(python: tuple[int, ...], implementation: str, system: str, largest: int) -> None:
    """Raise MachineError where this Python is none that the station runs on."""
    version = ".".join(map(str, python[:2]))
    if python < OLDEST_PYTHON:
        raise MachineError(
            f"this is Python {version}; Portier needs 3.11 or newer: "
            "name one, as in make wheel PYTHON=python3.11"
        )
    if implementation != "cpython":
        raise MachineError(f"this Python is {implementation}; the binding is built for CPython alone")
    if system != "linux":
        raise MachineError(f"this system is {system}; the wheels are for Linux (Debian 12 and 13)")
    if largest < 1 << 32:
        raise MachineError(
            "this Python has 32 bits, so the system has too; the wheels are for 64-bit systems: "
            "on a Raspberry Pi install the 64-bit Raspberry Pi OS"
        )


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def python_headers(target: Target) -> Path:
    """Python.h of this machine. Raises MachineError where it is missing."""
    header = Path(target.headers) / "Python.h"
    if not header.exists():
        raise MachineError(
            f"{header} is missing: install the headers of Python {'.'.join(map(str, target.python))} "
            "(Debian: python3-dev)"
        )
    return header.parent
