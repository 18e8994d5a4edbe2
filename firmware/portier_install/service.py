"""portier.service, as systemd knows it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from portier_install.errors import InstallError, StationError
from portier_pjsip.programs import ran

UNIT = "portier.service"
_START_LIMIT_S = 150.0
_STOP_LIMIT_S = 60.0
_SETTLED_S = 3.0
"""A station that lives for so long after it was ready has not died of its new version."""
_TOLD_LINES = 8
_PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "MainPID", "NRestarts", "StatusText")


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What systemd says of it: words of systemd's own."""

    load: str
    active: str
    enabled: str
    pid: int
    restarts: int
    text: str

    @property
    def runs(self) -> bool:
        """Whether it serves somebody now."""
        return self.active in {"active", "reloading"}

    @property
    def tries(self) -> bool:
        """Whether systemd starts it, again and again where it does not come up."""
        return self.active == "activating"

    @property
    def installed(self) -> bool:
        """Whether systemd knows the unit."""
        return self.load not in {"not-found", ""}


def state() -> ServiceState:
    """Ask systemd. Raises InstallError where it does not answer."""
    words = ("systemctl", "show", UNIT, f"--property={','.join(_PROPERTIES)}")
    ended = ran(words)
    facts = dict(line.partition("=")[::2] for line in ended.output.splitlines())
    if ended.code != 0 or not set(_PROPERTIES) <= set(facts):
        raise InstallError(f"systemd does not answer: {' '.join(words)}: {ended.errors or ended.output}")
    return ServiceState(
        load=facts["LoadState"],
        active=facts["ActiveState"],
        enabled=facts["UnitFileState"],
        pid=int(facts["MainPID"] or 0),
        restarts=int(facts["NRestarts"] or 0),
        text=facts["StatusText"],
    )


def reload() -> None:
    """Let systemd read the units again."""
    _systemctl("daemon-reload")


def enable() -> None:
    """Let it start with the machine."""
    _systemctl("--quiet", "enable", UNIT)


def restart() -> ServiceState:
    """Start it, anew where it runs; its state when it is up. Raises StationError with what it said."""
    since = f"@{time.time():.3f}"
    # So that its past is not counted as its present.
    ran(("systemctl", "reset-failed", UNIT))
    ended = ran(("systemctl", "restart", UNIT), _START_LIMIT_S)
    if ended.code == 0:
        first = state()
        time.sleep(_SETTLED_S)
        now = state()
        if now.runs and (now.pid, now.restarts) == (first.pid, first.restarts):
            return now
    raise StationError(f"it does not come up:{_said(since) or f' {ended.errors}'}")


def begin() -> None:
    """Let systemd start it, without waiting until it is up."""
    _systemctl("start", "--no-block", UNIT)


def stop(*, disable: bool = False) -> None:
    """Stop it, and let it start no more with the machine. Raises InstallError where it does not stop."""
    words = ("disable", "--now") if disable else ("stop",)
    _systemctl("--quiet", *words, UNIT, limit_s=_STOP_LIMIT_S)


def _said(since: str) -> str:
    """What it has logged, systemd's own words last."""
    words = ("journalctl", f"--unit={UNIT}", f"--since={since}", "--output=cat", "--no-pager", "--quiet")
    lines = [one for one in ran(words).output.splitlines() if one.strip()]
    return "".join(f"\n    {one}" for one in lines[-_TOLD_LINES:])


def _systemctl(*words: str, limit_s: float = 60.0) -> None:
    ended = ran(("systemctl", *words), limit_s)
    if ended.code != 0:
        raise InstallError(f"systemctl {' '.join(words)} failed: {ended.errors or ended.output}")
