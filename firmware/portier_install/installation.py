"""Puts a new station in the place of an old one, which works until the new one is whole."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portier_install import bundle as bundles, calls, files, packages, service, settings, user
from portier_install.bundle import Bundle
from portier_install.calls import Patience
from portier_install.environments import Environments, program
from portier_install.errors import InstallError, StationError, UnfitError
from portier_install.service import ServiceState
from portier_install.settings import Verdict
from portier_pjsip.errors import WheelError
from portier_pjsip.progress import Progress

DUE = Path("/run/portier-install.due")
"""There from the first change until the station runs as it was laid out: what tells of a kill between."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no impatient second Ctrl-C leave half of each station behind."""
    before = {one: signal.signal(one, signal.SIG_IGN) for one in _ENDING}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


class Installation:
    """One run, step by step; each is told."""

    def __init__(self, bundle: Bundle, patience: Patience, progress: Progress) -> None:
        self._bundle = bundle
        self._patience = patience
        self._progress = progress
        self._environments = Environments()
        current = self._environments.current
        former = current and current / bundles.SYSTEMD
        self._files = files.Files(bundle.folder / bundles.SYSTEMD, former=former)
        self._was_due = DUE.exists()

    def run(self) -> None:
        self._environments.refuse_foreign()
        self._environments.finish_adoption()
        before = service.state()
        if before.enabled.startswith("masked"):
            raise UnfitError(
                f"{service.UNIT} is masked: sudo systemctl unmask {service.UNIT}, then try again"
            )
        self._packages()
        old = self._old(before)
        place, is_new = self._environment()
        try:
            verdict = self._settings(place, old, before)
            if before.runs and self._differs(place, old):
                self._wait(old or place)
        except BaseException:
            if is_new:
                self._environments.remove(place)
            raise
        self._change(place, old, before, verdict, is_new=is_new)
        self._environments.keep_only(place)

    def _old(self, before: ServiceState) -> Path | None:
        """The environment that runs; where none does, the one that would.

        They are two where an installation was killed before it started the new one.
        """
        running = self._environments.used_by(before.pid) if before.runs else set()
        return running.pop() if len(running) == 1 else self._environments.current

    def _differs(self, place: Path, old: Path | None) -> bool:
        """Whether what is to run is something else than what runs."""
        return place != old or bool(self._files.changed()) or self._was_due

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
        self._environments.adopt()
        # One that was made by hand has another place now.
        old = self._old(before)
        changed = self._differs(place, old)
        try:
            if changed and before.runs:
                DUE.touch()
            self._lay_out(place, before)
            wanted = before.runs or self._is_enabled(before)
            if verdict.good and wanted and (changed or not before.runs):
                if before.runs:
                    self._wait(old or place)
                self._start(before)
            else:
                self._say_why_not(verdict, before)
            DUE.unlink(missing_ok=True)
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
        self._files.note(place / bundles.SYSTEMD)
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
        if not before.runs:
            self._end(before)
        self._files.put_back()
        if old is not None:
            self._environments.use(old)
        else:
            self._environments.unlink()
            files.unlink_command(self._environments.link / "bin" / "portier")
        service.reload()
        if before.runs and service.state().pid != before.pid:
            self._restart_old()
        elif before.tries:
            service.begin()
        # Else it was not touched: somebody may talk.
        if not self._was_due:
            DUE.unlink(missing_ok=True)
        # Last, so that nothing runs from it any more, unless it could not be ended.
        if is_new and not self._environments.remove_unused(place):
            self._progress.say("undo", f"{place} stays: a program still runs from it")

    def _end(self, before: ServiceState) -> None:
        """End what was started here and did not run before, while its files are there."""
        try:
            if service.state().installed:
                service.stop(disable=not before.installed)
        except (InstallError, WheelError) as worse:
            self._progress.say("undo", str(worse))

    def _restart_old(self) -> None:
        try:
            now = service.restart()
        except (InstallError, WheelError) as worse:
            self._progress.say("old", f"the old station is back and {worse}")
        else:
            self._was_due = False
            self._progress.say("old", f"the old station is back and up: {now.text}")
