"""The configuration and the password's file."""

from __future__ import annotations

from collections.abc import Iterator

from portier.doctor import security
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine

_FOR_OTHERS = 0o007
_REPORT = Reporter("configuration")
_SECRET = Reporter("secret")


def check(_machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell its problems, as `portier check` does."""
    for problem in known.problems:
        yield _REPORT.error(f"{known.path}: {problem}", "mend it, then run portier check")
    if known.config is not None:
        yield _REPORT.ok(f"{known.path}: no problems")
    yield from security.of_configuration(_REPORT, known)


def check_secret(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell who may read the password."""
    if known.sip is None:
        yield _SECRET.note(f"not checked: {known.without('sip')}")
    elif known.sip.password_credential is not None:
        yield _SECRET.note("the password is a credential, which only systemd hands over")
    elif known.sip.password_file is None:
        yield _SECRET.ok("no password is configured, and none is needed")
    else:
        path = known.sip.password_file
        mode = machine.mode(str(path))
        if mode is None:
            # The name itself is not shown: it may be the password, in the wrong place.
            yield _SECRET.error(
                "the file that sip.password_file names is not there",
                "write the password alone into a file and name that",
            )
        elif mode & _FOR_OTHERS:
            yield _SECRET.warning(
                f"every user of this machine can get at {path} (mode {mode:04o})", f"sudo chmod o= {path}"
            )
        else:
            yield _SECRET.ok(f"{path} is closed to other users (mode {mode:04o})")
