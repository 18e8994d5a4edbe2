"""Debian systems below a folder: one that cross-compiles, and one of the Pi's kind that tries the result.

The second holds Python, the libraries that the wheel says it needs, and nothing else: what is forgotten in
that list fails there.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path

from portier_pjsip import debian
from portier_pjsip.cache import Cache, key_of
from portier_pjsip.errors import MachineError
from portier_pjsip.programs import asked, run
from portier_pjsip.room import refuse_without_root
from portier_pjsip.target import Target

_KIND = "system"
_BUILD_MIB = 1200
_RUN_MIB = 400
_HERE = "amd64"
_BESIDE = ("libasound2-dev",)
"""What the other modules of the station that are compiled need: so that one system serves them all."""
_EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
_PYTHON_TOOLS = ("python3-setuptools", "python3-wheel")
_LAID_OUT = ("base-files",)
"""Since trixie /lib is a link, and this package brings it."""
EMULATOR_INSIDE = "/usr/bin/qemu-aarch64-static"
# What the machine's own apt needs to get through, and the other apt would not know of.
_APT_SETTINGS = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until")


def to_build(target: Target, packages: tuple[str, ...], cache: Cache, tell: Callable[[str], None]) -> Path:
    """The system that cross-compiles for a target. Raises MachineError where it cannot be had."""
    if platform.machine() != "x86_64":
        raise MachineError(
            f"TARGET={target.name} is built on an x86_64 PC, and this machine is {platform.machine()}: "
            "here make wheel builds for this machine itself"
        )
    there = target.architecture
    against = (*packages, *_BESIDE, f"libpython3.{target.python[1]}-dev")
    tools = (f"crossbuild-essential-{there}" if target.crossed else "g++", "make", "swig", *_PYTHON_TOOLS)
    architectures = dict.fromkeys((_HERE, there))
    include = (*tools, *(f"{one}:{there}" for one in against))
    options = ("--variant=apt", f"--architectures={','.join(architectures)}")
    return made(target, cache, tell, options, include, _BUILD_MIB)


def to_run(target: Target, packages: tuple[str, ...], cache: Cache, tell: Callable[[str], None]) -> Path:
    """The system in which a target's wheel is tried, with the emulator in it. Unpacked, not installed."""
    options = ("--variant=extract", f"--architectures={target.architecture}", "--skip=check/qemu")
    system = made(target, cache, tell, options, (*_LAID_OUT, "python3", *packages), _RUN_MIB)
    if target.crossed:
        add_emulator(system)
    return system


def add_emulator(system: Path) -> None:
    """Put what runs a Pi's programs into a system of a Pi. Raises MachineError where it is missing."""
    inside = system / EMULATOR_INSIDE.strip("/")
    if not inside.exists():
        shutil.copy2(_emulator(), inside)


def made(
    target: Target,
    cache: Cache,
    tell: Callable[[str], None],
    options: tuple[str, ...],
    include: tuple[str, ...],
    needed_mib: int,
) -> Path:
    """A system with more packages than mmdebstrap's options bring. Raises MachineError and StepError."""
    name = f"{target.name}-{key_of([options, include])}"
    place = cache.path(_KIND, name)
    if place.is_dir():
        tell(f"{target.system}, cached")
        return place
    refuse_without_root()
    if shutil.which("mmdebstrap") is None:
        raise MachineError(
            "there is no program mmdebstrap, which makes a Debian system: apt-get install mmdebstrap"
        )
    mirrors = debian.mirrors()
    if not mirrors:
        raise MachineError("apt has no mirror for this machine's own release: see /etc/apt/sources.list")
    with cache.scratch(needed_mib) as folder:
        fresh = folder / name
        log = cache.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        command = ("mmdebstrap", *options, *_apt_options(), f"--include={','.join(include)}")
        sources = f"deb {mirrors[0]} {target.release} main"
        tell(f"making {target.system}: packages")
        run(
            f"making a system of {target.system}",
            (*command, target.release, str(fresh), sources),
            log,
            watch=lambda line: (
                tell(f"making {target.system}: {_doing(line)}") if line.startswith("I: ") else None
            ),
        )
        return cache.keep(fresh, _KIND, name)


def _doing(line: str) -> str:
    return line.removeprefix("I: ").strip().rstrip(".")[:40]


def _apt_options() -> tuple[str, ...]:
    found = []
    for name in _APT_SETTINGS:
        value = asked(("apt-config", "shell", "VALUE", name)).strip().removeprefix("VALUE=").strip("'")
        if value:
            found.append(f'--aptopt={name} "{value}"')
    return tuple(found)


def _emulator() -> Path:
    for name in _EMULATORS:
        path = shutil.which(name)
        if path:
            return Path(os.path.realpath(path))
    raise MachineError(
        f"there is no {_EMULATORS[0]}, which runs a Pi's programs here: apt-get install qemu-user-static"
    )
