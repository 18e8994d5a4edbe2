"""The clock: a Pi has none of its own, and a record with a wrong time is worth little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine

_FIRST_YEAR = 2026
_REPORT = Reporter("clock")


def check(machine: Machine, _known: Known) -> Iterator[Finding]:
    """Tell whether the time can be right."""
    now = datetime.fromtimestamp(machine.now_s(), UTC)
    text = f"{now:%Y-%m-%d %H:%M} UTC"
    follow = "sudo timedatectl set-ntp true, and let UDP port 123 out"
    if now.year < _FIRST_YEAR:
        yield _REPORT.warning(f"it says {text}, which cannot be", follow)
        return
    match machine.clock_synchronised():
        case True:
            yield _REPORT.ok(f"{text}, synchronised")
        case False:
            yield _REPORT.warning(f"{text}, but it follows no time server", follow)
        case None:
            yield _REPORT.note(f"{text}; whether it follows a time server cannot be told here")
