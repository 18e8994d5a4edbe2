"""Installs a station, or puts a new one in the place of an old one, which works until the new is whole."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portier_install import (
    bundle as bundles,
    bundling,
    calls,
    files,
    fitness,
    packages,
    service,
    settings,
    user,
)
from portier_install.bundle import Bundle
from portier_install.calls import Patience
from portier_install.environments import Environments, program
from portier_install.errors import BusyError, InstallError, StationError, UnfitError
from portier_install.service import ServiceState
from portier_install.settings import Verdict
from portier_pjsip import make, target
from portier_pjsip.errors import WheelError
from portier_pjsip.progress import Progress

_LOCK = Path("/run/portier-install.lock")
"""Where root alone can make a file."""
_NEEDED_MIB = 400
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_UMASK = 0o022
"""The station's user reads what root lays out here, whatever root's own files are like."""


def install(path: Path | None, source: str | None, patience: Patience, progress: Progress) -> None:
    """Install from a bundle, or from what is made here and now. Raises InstallError and WheelError."""
    here = fitness.this_machine()
    fitness.refuse(here)
    os.umask(_UMASK)
    with alone(), _bundle(path, source, progress) as found:
        fitness.refuse_bundle(found.about, here)
        fitness.refuse_wheels(found.wheels, here.python, here.machine)
        progress.say("machine", f"{here.system}, {here.machine}: as the bundle wants it")
        progress.say("bundle", f"Portier {found.about.version}, {len(found.sums)} files, each as it was made")
        _Installation(found, patience, progress).run()


def lay_out(path: Path, progress: Progress) -> None:
    """Make the virtual environment alone: where no systemd runs. Raises InstallError and WheelError."""
    here = fitness.this_machine()
    fitness.refuse(here, service=False)
    os.umask(_UMASK)
    environments = Environments()
    with alone(), bundles.opened(path) as found:
        fitness.refuse_bundle(found.about, here)
        fitness.refuse_wheels(found.wheels, here.python, here.machine)
        with progress.step("station", "") as tell:
            place = environments.find(found) or environments.build(found, tell)
            tell(str(place))
        environments.use(place)


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second installation out. Raises BusyError where there is one."""
    _LOCK.parent.mkdir(exist_ok=True)
    with _LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError("another installation is running on this machine: wait for its end") from None
        yield


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no impatient second Ctrl-C leave half of each station behind."""
    before = {one: signal.signal(one, signal.SIG_IGN) for one in _ENDING}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _bundle(path: Path | None, source: str | None, progress: Progress) -> Iterator[Bundle]:
    if path is not None:
        with bundles.opened(path) as found:
            yield found
        return
    with make.own_cache(progress) as cache, cache.scratch(_NEEDED_MIB) as scratch:
        yield bundling.fill(target.native(), source, cache, scratch, progress, with_packages=False)


class _Installation:
    """One run, step by step; each is told."""

    def __init__(self, bundle: Bundle, patience: Patience, progress: Progress) -> None:
        self._bundle = bundle
        self._patience = patience
        self._progress = progress
        self._environments = Environments()
        self._files = files.Files(bundle.folder / bundles.SYSTEMD)

    def run(self) -> None:
        self._environments.refuse_foreign()
        before = service.state()
        if before.enabled.startswith("masked"):
            raise UnfitError(
                f"{service.UNIT} is masked: sudo systemctl unmask {service.UNIT}, then try again"
            )
        self._packages()
        old = self._environments.current
        place, is_new = self._environment()
        try:
            verdict = self._settings(place, old, before)
            if before.runs and (place != old or self._files.changed()):
                self._wait(old or place)
        except BaseException:
            if is_new:
                self._environments.remove(place)
            raise
        self._change(place, old, before, verdict, is_new=is_new)
        self._environments.keep_only(place)

    def _packages(self) -> None:
        missing = packages.missing(self._bundle.about.needs)
        if not missing:
            self._progress.say("packages", "all of Debian's that it needs are there")
            return
        with self._progress.step("packages", "") as tell:
            packages.install(missing, self._bundle.folder / bundles.PACKAGES, tell)
            tell(f"installed: {' '.join(missing)}")

    def _environment(self) -> tuple[Path, bool]:
        place = self._environments.find(self._bundle)
        if place is not None:
            self._progress.say("station", f"{place} is there")
            return place, False
        with self._progress.step("station", "") as tell:
            place = self._environments.build(self._bundle, tell)
            tell(f"{place} built and tried")
        return place, True

    def _settings(self, place: Path, old: Path | None, before: ServiceState) -> Verdict:
        verdict = settings.judge(place)
        if not verdict.good:
            known = settings.judge(old) if old is not None and old != place else None
            settings.refuse_worse(verdict, known, runs=before.runs)
        return verdict

    def _wait(self, asked_of: Path) -> None:
        if not (doing := calls.doing_now(program(asked_of))):
            return
        with self._progress.step("call", doing) as tell:
            calls.wait_for_end(lambda: calls.doing_now(program(asked_of)), self._patience, tell)
            tell(f"{doing}: {'cut' if self._patience.cut else 'over'}")

    def _change(
        self, place: Path, old: Path | None, before: ServiceState, verdict: Verdict, *, is_new: bool
    ) -> None:
        """All that changes what runs; undone whole where the station that ran does not come up again."""
        adopted = self._environments
        adopted.adopt()
        old = adopted.current if old is not None else None
        changed = bool(self._files.changed()) or place != old
        try:
            self._lay_out(place, before)
            wanted = before.runs or self._is_enabled(before)
            if verdict.good and wanted and (changed or not before.runs):
                if before.runs:
                    self._wait(old or place)
                self._start(before)
            else:
                self._say_why_not(verdict, before)
        except BaseException as error:
            if not before.runs and isinstance(error, StationError):
                raise StationError(
                    f"the station is installed, and {error}\n  portier doctor tells what is missing; systemd "
                    "goes on trying"
                ) from error
            with _uninterrupted():
                self._undo(place, old, before, is_new=is_new)
            raise

    def _lay_out(self, place: Path, before: ServiceState) -> None:
        put = self._files.put()
        self._environments.use(place)
        self._progress.say("user", user.make())
        if settings.make(place):
            self._progress.say("settings", f"{settings.FILE} made from the example")
        else:
            self._progress.say("settings", f"{settings.FILE} is there and stays as it is")
        service.reload()
        if self._is_enabled(before):
            service.enable()
        self._progress.say("unit", f"{', '.join(put)} put in place" if put else "in place")
        if not files.link_command(self._environments.link / "bin" / "portier"):
            self._progress.say("command", f"{files.COMMAND} is another program's and stays")

    def _is_enabled(self, before: ServiceState) -> bool:
        """Who has disabled it since it was installed wants it so."""
        return not before.installed or before.enabled != "disabled"

    def _start(self, before: ServiceState) -> None:
        with self._progress.step("start", "waiting until the station is up") as tell:
            now = service.restart()
            tell(f"{'up again' if before.runs else 'up'}: {now.text}")

    def _say_why_not(self, verdict: Verdict, before: ServiceState) -> None:
        if verdict.good:
            text = "runs on: nothing has changed" if before.runs else "is disabled, and so not started"
            self._progress.say("start", f"the station {text}")
            return
        for one in verdict.problems:
            self._progress.say("settings", one)
        self._progress.say(
            "next", f"sudo portier setup, or edit {settings.FILE}; then: sudo systemctl start portier"
        )

    def _undo(self, place: Path, old: Path | None, before: ServiceState, *, is_new: bool) -> None:
        self._files.put_back()
        if old is not None:
            self._environments.use(old)
        else:
            self._environments.unlink()
        service.reload()
        if is_new:
            self._environments.remove(place)
        if not before.runs or service.state().pid == before.pid:
            # It was not touched: somebody may talk.
            return
        try:
            now = service.restart()
        except (InstallError, WheelError) as worse:
            self._progress.say("old", f"the old station is back and {worse}")
        else:
            self._progress.say("old", f"the old station is back and up: {now.text}")
