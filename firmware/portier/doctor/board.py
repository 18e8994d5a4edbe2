"""The machine itself: which Raspberry Pi, which kernel, which Python."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine

_SUPPORTED = {(3, 11): "bookworm", (3, 13): "trixie"}
_REPORT = Reporter("machine")


def check(machine: Machine, _known: Known) -> Iterator[Finding]:
    """Tell which machine this is, and whether a station can run on it at all."""
    facts = machine.platform
    pi = model(machine)
    what = f"{pi or 'no Raspberry Pi'}, kernel {facts.kernel}, {facts.architecture}"
    yield _REPORT.ok(what) if pi else _REPORT.note(f"{what}: good for a bench, not for a door")
    if facts.bits != 64:
        yield _REPORT.error(
            f"this Python is a {facts.bits}-bit program, and PJSIP is built for 64 bits only",
            "install the 64-bit Raspberry Pi OS (a Zero 2 W, 3, 4 or 5 takes it)",
        )
    python = ".".join(map(str, facts.python))
    if facts.python in _SUPPORTED:
        yield _REPORT.ok(f"Python {python}")
    else:
        known = " and ".join(f"{major}.{minor} ({name})" for (major, minor), name in _SUPPORTED.items())
        yield _REPORT.note(f"Python {python}: Portier is tested on {known}")


def model(machine: Machine) -> str:
    """The model of the Raspberry Pi; empty where this is none."""
    told = (machine.read_text("/proc/device-tree/model") or "").strip("\0\n ")
    return told if told.startswith("Raspberry Pi") else ""


def is_pi5(machine: Machine) -> bool:
    """Whether the pins hang on the chip that came with the Pi 5."""
    return re.match(r"Raspberry Pi (5|Compute Module 5)", model(machine)) is not None


def kernel_version(machine: Machine) -> tuple[int, int]:
    """The kernel's version, as far as it matters here."""
    match = re.match(r"(\d+)\.(\d+)", machine.platform.kernel)
    return (int(match[1]), int(match[2])) if match else (0, 0)
