"""The systemd unit: does the station start by itself, and may its user use pins and sound?"""

from __future__ import annotations

from collections.abc import Iterator

from portier.doctor import board
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import NOT_FOUND, Machine

_UNIT = "portier.service"
_ASK_LIMIT_S = 5.0
_PROPERTIES = (
    "LoadState",
    "UnitFileState",
    "ActiveState",
    "SubState",
    "NRestarts",
    "User",
    "SupplementaryGroups",
    "ExecStopPost",
)
_REPORT = Reporter("unit")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell whether the unit is installed, enabled and active, and has what it needs."""
    asked = machine.run(
        "systemctl", "show", _UNIT, f"--property={','.join(_PROPERTIES)}", limit_s=_ASK_LIMIT_S
    )
    if asked.code == NOT_FOUND:
        yield _REPORT.note("there is no systemd here: nothing starts the station by itself")
        return
    facts = dict(line.partition("=")[::2] for line in asked.stdout.splitlines() if "=" in line)
    if asked.code != 0 or "LoadState" not in facts:
        yield _REPORT.note("systemd does not run here: nothing starts the station by itself")
        return
    if facts["LoadState"] == "not-found":
        text, advice = f"{_UNIT} is not installed", "install the files of systemd/, see README"
        yield _REPORT.warning(text, advice) if board.model(machine) else _REPORT.note(text, advice)
        return
    if facts["LoadState"] != "loaded":
        yield _REPORT.error(
            f"{_UNIT} cannot be loaded ({facts['LoadState']})", f"systemd-analyze verify {_UNIT} tells why"
        )
        return
    yield _enabled(facts)
    yield _active(facts)
    if not facts.get("ExecStopPost"):
        yield _REPORT.warning(
            f"{_UNIT} has no ExecStopPost: after a crash nobody de-energises the strike",
            "install the unit of systemd/ anew, or add ExecStopPost with portier lock",
        )
    yield from _groups(machine, known, facts)


def _enabled(facts: dict[str, str]) -> Finding:
    state = facts.get("UnitFileState", "")
    if state in {"enabled", "static"}:
        return _REPORT.ok(f"{_UNIT} is {state}: it starts with the machine")
    return _REPORT.warning(
        f"{_UNIT} is {state or 'not enabled'}: after a power cut nobody starts the station",
        f"sudo systemctl enable {_UNIT}",
    )


def _active(facts: dict[str, str]) -> Finding:
    state, detail = facts.get("ActiveState", ""), facts.get("SubState", "")
    restarts = int(facts.get("NRestarts") or 0)
    journal = f"journalctl -u {_UNIT} -n 50 tells why"
    if state == "failed" or detail == "auto-restart":
        return _REPORT.error(f"{_UNIT} is {state} ({detail}) after {restarts} restarts", journal)
    if state != "active":
        return _REPORT.warning(f"{_UNIT} is {state or 'not active'}", f"sudo systemctl start {_UNIT}")
    if restarts:
        return _REPORT.note(f"{_UNIT} is active, and was started anew {restarts} times by systemd", journal)
    return _REPORT.ok(f"{_UNIT} is active")


def _groups(machine: Machine, known: Known, facts: dict[str, str]) -> Iterator[Finding]:
    user = facts.get("User", "")
    if user in {"", "root"}:
        return
    needed = set()
    if known.gpio is not None and known.gpio.factory != "mock":
        needed.add("gpio")
    if known.audio is not None and known.audio.card == "alsa":
        needed.add("audio")
    missing = sorted(needed - set(facts.get("SupplementaryGroups", "").split()) - _groups_of(machine, user))
    if missing:
        yield _REPORT.warning(
            f"the unit's user {user} is not in the group {' and '.join(missing)}",
            f"sudo usermod -aG {','.join(missing)} {user}, or SupplementaryGroups= in the unit",
        )


def _groups_of(machine: Machine, user: str) -> set[str]:
    found = set()
    for line in (machine.read_text("/etc/group") or "").splitlines():
        name, _, rest = line.partition(":")
        if user in rest.rpartition(":")[2].split(","):
            found.add(name)
    return found
