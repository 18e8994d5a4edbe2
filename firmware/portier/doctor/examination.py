"""Runs every check, each within its time: one that fails or hangs is a finding, never a traceback."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from portier.doctor import (
    board,
    cards,
    clock,
    configuration,
    echo,
    lines,
    network,
    pins,
    pjsip,
    residents,
    unit,
)
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine

_LIMIT_S = 12.0
_PROBE_LIMIT_S = 30.0

Question = Callable[[Machine, Known], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: of which subject, how long it may take, whether it speaks to other machines."""

    subject: str
    question: Question
    limit_s: float = _LIMIT_S
    network: bool = False


CHECKS = (
    Check("machine", board.check),
    Check("configuration", configuration.check),
    Check("secret", configuration.check_secret),
    Check("directory", residents.check),
    Check("pins", pins.check),
    Check("cards", cards.check),
    Check("echo", echo.check),
    Check("PJSIP", pjsip.check),
    Check("PJSIP", pjsip.check_self_test, _PROBE_LIMIT_S),
    Check("network", network.check_port),
    Check("network", network.check_names, _PROBE_LIMIT_S, network=True),
    Check("registration", network.check_registration, _PROBE_LIMIT_S, network=True),
    Check("line", lines.check, _PROBE_LIMIT_S, network=True),
    Check("clock", clock.check),
    Check("unit", unit.check),
)


def examine(
    machine: Machine, known: Known, *, use_network: bool = True, checks: Iterable[Check] = CHECKS
) -> Iterator[Finding]:
    """Every finding, each as soon as its check has ended."""
    for check in checks:
        if check.network and not use_network:
            yield Reporter(check.subject).note("not tried: --no-network")
        else:
            yield from _bounded(check, machine, known)


def _bounded(check: Check, machine: Machine, known: Known) -> list[Finding]:
    found: list[Finding] = []
    report = Reporter(check.subject)

    def run() -> None:
        # What was found before a failure counts.
        try:
            for finding in check.question(machine, known):
                found.append(finding)  # noqa: PERF402
        except Exception as fault:  # noqa: BLE001 -- told, with its place; its text may hold what must not show
            place = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{Path(place.filename).name}, line {place.lineno}"
            found.append(
                report.error(
                    f"this check failed: {type(fault).__name__} in {where}",
                    "this is a fault of Portier's: report it with this line",
                )
            )

    running = threading.Thread(target=run, name=check.subject, daemon=True)
    running.start()
    running.join(check.limit_s)
    late = running.is_alive()
    done = list(found)
    if late:
        done.append(
            report.error(
                f"this check did not end within {check.limit_s:.0f} s",
                "run it again; look for a device that hangs",
            )
        )
    return done
