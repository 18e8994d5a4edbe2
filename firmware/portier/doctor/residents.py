"""The directory of residents and access codes, and the key without which no code works."""

from __future__ import annotations

from collections.abc import Iterator

from portier.config import directory
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine

_REPORT = Reporter("directory")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell how it is; nothing is changed."""
    if known.directory is None:
        yield _REPORT.note(f"not checked: {known.without('directory')}")
        return
    files = directory.files(known.directory)
    seen = machine.directory(files)
    if seen.forbidden:
        yield _REPORT.note(
            f"{files.database}: user {machine.platform.user} may not look at it", "run this command by sudo"
        )
    elif not seen.there:
        yield _REPORT.ok(f"{files.database}: there is none yet, and none is needed")
    elif not seen.troubles:
        yield _REPORT.ok(f"{files.database}: {seen.residents} residents, {seen.codes} access codes")
    for one in seen.troubles:
        yield (_REPORT.error if one.grave else _REPORT.warning)(one.text, one.advice)
