"""Whether a bundle fits a machine: facts of both, and every reason why not."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from portier_install.bundle import About
from portier_install.errors import BundleError, UnfitError
from portier_pjsip import settings, wheel
from portier_pjsip.errors import CheckError, SpaceError

_OLDEST_PYTHON = (3, 11)
_MIB = 1 << 20
_GROWTH = 3.0
"""How much of the disk a wheel takes, unpacked and compiled to byte code, for each of its bytes."""
_LEAST_MIB = 50
_HOMES = ("/root/", "/home/")
_PJSIP = wheel.stem("")
_ABI3 = re.compile(r"cp3(\d+)")


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides: `interpreter` is the Python below all links, `systemd` whether it runs here."""

    user: int
    system: str
    release: str
    machine: str
    largest: int
    python: tuple[int, int]
    interpreter: str
    apt: bool
    systemd: bool


def this_machine() -> Machine:
    """The machine that this runs on."""
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        about = {}
    return Machine(
        user=os.geteuid(),
        system=about.get("PRETTY_NAME", "an unknown system"),
        release=about.get("VERSION_CODENAME", ""),
        machine=platform.machine(),
        largest=sys.maxsize,
        python=(sys.version_info.major, sys.version_info.minor),
        interpreter=os.path.realpath(sys.executable),
        apt=shutil.which("apt-get") is not None,
        systemd=Path("/run/systemd/system").is_dir() and shutil.which("systemctl") is not None,
    )


def refuse(here: Machine, *, service: bool = True) -> None:
    """Raise UnfitError where no station can be installed on a machine; `service` is one under systemd."""
    if here.largest < 1 << 32:
        raise UnfitError(
            "this system has 32 bits, and Portier is for 64: install the 64-bit Raspberry Pi OS, which a "
            "Zero 2 W, 3, 4 or 5 takes"
        )
    if here.python < _OLDEST_PYTHON:
        raise UnfitError(
            f"this is Python {_dotted(here.python)}; Portier needs 3.11 or newer, which Debian 12 and 13 have"
        )
    if here.user != 0:
        raise UnfitError("only root can install a service: begin the command with sudo")
    if service and not here.apt:
        raise UnfitError(f"{here.system} has no apt-get: Portier is installed on Debian and Raspberry Pi OS")
    if here.interpreter.startswith(_HOMES):
        raise UnfitError(
            f"{here.interpreter} lies in a home, which the service may not see: take the system's Python, "
            "as in make install SYSTEM_PYTHON=/usr/bin/python3"
        )
    if service and not here.systemd:
        raise UnfitError(
            "systemd does not run here, and it is what starts the station: install on the machine itself, "
            "not in a chroot or a plain container"
        )


def refuse_bundle(about: About, here: Machine) -> None:
    """Raise UnfitError where a bundle is for another kind of machine."""
    for what, wanted, found in (
        ("machine", about.machine, here.machine),
        ("system", about.release, here.release),
        ("Python", _dotted(about.python), _dotted(here.python)),
    ):
        if wanted != found:
            raise UnfitError(
                f"the bundle is for {about.system} on {about.machine} with Python {_dotted(about.python)}, "
                f"and the {what} here is {found or here.system}: make one with make bundle TARGET=..."
            )


def refuse_wheels(wheels: tuple[Path, ...], python: tuple[int, int], machine: str) -> None:
    """Raise BundleError for a wheel of another Python or machine, or a PJSIP that is missing or too old."""
    pjsip = None
    for one in wheels:
        try:
            tag = wheel.tag_of(one)
        except CheckError as error:
            raise BundleError(str(error)) from error
        if not fits(tag, python, machine):
            raise BundleError(f"{one.name} is for {tag}, and not for Python {_dotted(python)} on {machine}")
        if one.name.startswith(_PJSIP):
            pjsip = tuple(map(int, re.findall(r"\d+", one.name.removeprefix(_PJSIP))[:2]))
    if pjsip is None:
        raise BundleError("the bundle holds no PJSIP (pjsua2_python): make it again with make bundle")
    if pjsip < settings.OLDEST:
        raise BundleError(
            f"the bundle holds PJSIP {_dotted(pjsip)}; the station needs {_dotted(settings.OLDEST)} or newer"
        )


def fits(tag: str, python: tuple[int, int], machine: str) -> bool:
    """Whether a wheel's tag (PEP 425) is good for a CPython on a Linux machine."""
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    own = f"cp{python[0]}{python[1]}"
    stable = [one for name in pythons if (one := _ABI3.fullmatch(name))]
    right_python = (
        (own in pythons and own in abis)
        or ("abi3" in abis and any(int(one[1]) <= python[1] for one in stable))
        or ("none" in abis and not {"py3", f"py{python[0]}{python[1]}", own}.isdisjoint(pythons))
    )
    right_machine = "any" in platforms or any(
        one.startswith(("linux_", "manylinux")) and one.endswith(f"_{machine}") for one in platforms
    )
    return right_python and right_machine


def refuse_small_disk(wheels: tuple[Path, ...], folder: Path) -> None:
    """Raise SpaceError where a folder's disk lacks the room for what is in these wheels."""
    needed_mib = int(_GROWTH * sum(one.stat().st_size for one in wheels) / _MIB) + _LEAST_MIB
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free_mib = shutil.disk_usage(there).free // _MIB
    if free_mib < needed_mib:
        raise SpaceError(
            f"{folder} has {free_mib} MiB left and {needed_mib} MiB are needed: free some and try again"
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
