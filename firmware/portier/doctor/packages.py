"""The Python package that reaches the pins: is it here, and does it see edges on this kernel?"""

from __future__ import annotations

from collections.abc import Iterator

from portier.doctor import board
from portier.doctor.finding import Finding, Reporter
from portier.doctor.machine import Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.library import Library

ORIGINAL, REPLACEMENT = "RPi.GPIO", "rpi-lgpio"
_IMPORT_LIMIT_S = 10.0
_NO_EDGES_FROM = (6, 6)
_REPORT = Reporter("pins")


def check(machine: Machine, factory: str) -> Iterator[Finding]:
    """Tell whether the configured library is the right one, and can be loaded."""
    wrong = list(_wrong_rpigpio(machine) if factory == "rpigpio" else _wrong_lgpio(machine))
    yield from wrong
    if wrong:
        return
    name = _installed(machine, factory)
    package = f"{name} {machine.version(name)}"
    try:
        ask(machine, Library, "library", factory, limit_s=_IMPORT_LIMIT_S)
    except ProbeError as error:
        extra = "pi" if factory == "lgpio" else "rpigpio"
        yield _REPORT.error(
            f'factory "{factory}": {package} cannot be loaded: {error}',
            f'pip install --force-reinstall "portier[{extra}]"',
        )
    else:
        yield _REPORT.ok(f'factory "{factory}" by {package}')


def direct(machine: Machine, factory: str) -> bool:
    """Whether the library reaches the pins by memory, beside the kernel's GPIO chips."""
    return factory == "rpigpio" and machine.version(REPLACEMENT) is None


def _installed(machine: Machine, factory: str) -> str:
    if factory == "lgpio":
        return "lgpio"
    return ORIGINAL if direct(machine, factory) else REPLACEMENT


def _wrong_lgpio(machine: Machine) -> Iterator[Finding]:
    if machine.version("lgpio") is None:
        yield _REPORT.error('factory "lgpio", but the package lgpio is missing', 'pip install "portier[pi]"')


def _wrong_rpigpio(machine: Machine) -> Iterator[Finding]:
    original, replacement = machine.version(ORIGINAL), machine.version(REPLACEMENT)
    replace = f'pip uninstall {ORIGINAL}, then pip install "portier[rpigpio]"'
    if original and replacement:
        yield _REPORT.error(
            f"{ORIGINAL} {original} and {REPLACEMENT} {replacement} both call themselves RPi",
            f'pip uninstall {ORIGINAL} {REPLACEMENT}, then pip install "portier[rpigpio]"',
        )
    elif original and board.is_pi5(machine):
        yield _REPORT.error(f"{ORIGINAL} {original} does not know the pins of a Raspberry Pi 5", replace)
    elif original and board.kernel_version(machine) >= _NO_EDGES_FROM:
        yield _REPORT.error(
            f"{ORIGINAL} {original} sees no edges on kernel {machine.platform.kernel}: "
            "no button would ring (it works before kernel 6.6)",
            replace,
        )
    elif not original and not replacement:
        yield _REPORT.error(
            f'factory "rpigpio", but neither {REPLACEMENT} nor {ORIGINAL} is here',
            'pip install "portier[rpigpio]"',
        )
