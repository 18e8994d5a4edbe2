"""An installation that is taken back while what it has started cannot be ended."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from portier_install import bundle, files, installation, packages, service, settings, user
from portier_install.bundle import About, Bundle
from portier_install.calls import Patience
from portier_install.environments import Environments
from portier_install.errors import InstallError
from portier_install.files import Files
from portier_install.installation import Installation
from portier_install.service import ServiceState
from portier_install.settings import Verdict
from portier_pjsip.progress import Progress

_ABOUT = About("1.0", "native", "Debian 12", "bookworm", "x86_64", (3, 11), ("python3",))
_NOT_INSTALLED = ServiceState("not-found", "inactive", "", 0, 0, "")
_STARTING = ServiceState("loaded", "activating", "enabled", 1, 0, "")


class _Machine:
    """A machine whose service, once started, runs from the new environment; `ends` is whether it obeys."""

    def __init__(self, folder: Path, *, ends: bool) -> None:
        self.environments = Environments(folder / "portier", folder / "versions")
        self._ends = ends
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> Path:
        """The new environment."""
        return self.environments.folder / "new"

    def build(self) -> Path:
        """An environment with one program in it."""
        (self.place / "bin").mkdir(parents=True)
        shutil.copy(shutil.which("sleep") or "", self.place / "bin" / "portier")
        return self.place

    def start(self) -> ServiceState:
        """Start it, and be interrupted."""
        program = self.place / "bin" / "portier"
        self._running = subprocess.Popen((program, "60"), stdin=subprocess.DEVNULL)
        until_s = time.monotonic() + 5
        while self.place not in self.environments.used_by(self._running.pid):
            assert time.monotonic() < until_s
            time.sleep(0.01)
        raise KeyboardInterrupt

    def stop(self) -> None:
        """What systemd says of a program that does not end."""
        if not self._ends:
            raise InstallError("systemctl stop portier.service failed: it took too long")
        self.end()

    def state(self) -> ServiceState:
        """What systemd says."""
        return _STARTING if self._running else _NOT_INSTALLED

    def end(self) -> None:
        """End it."""
        if self._running:
            self._running.kill()
            self._running.wait()


@pytest.fixture
def sealed(tmp_path: Path) -> Bundle:
    folder = tmp_path / "bundle"
    (folder / "wheels").mkdir(parents=True)
    (folder / bundle.SYSTEMD).mkdir()
    for name in files.PLACES:
        (folder / bundle.SYSTEMD / name).touch()
    return bundle.seal(folder, _ABOUT)


@pytest.mark.parametrize("ends", [True, False])
def test_an_environment_goes_with_its_station_and_stays_where_that_cannot_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: Bundle, *, ends: bool
) -> None:
    machine = _Machine(tmp_path, ends=ends)
    monkeypatch.setattr(installation, "Environments", lambda: machine.environments)
    monkeypatch.setattr(installation, "DUE", tmp_path / "due")
    places = {name: tmp_path / name for name in files.PLACES}
    monkeypatch.setattr(files, "Files", lambda source, former: Files(source, places, former))
    monkeypatch.setattr(files, "link_command", lambda _: True)
    monkeypatch.setattr(files, "unlink_command", lambda _: None)
    monkeypatch.setattr(Environments, "build", lambda *_: machine.build())
    monkeypatch.setattr(packages, "missing", lambda _: ())
    monkeypatch.setattr(settings, "judge", lambda _: Verdict(there=True))
    monkeypatch.setattr(settings, "make", lambda _: False)
    monkeypatch.setattr(user, "make", lambda: "portier")
    monkeypatch.setattr(service, "state", machine.state)
    monkeypatch.setattr(service, "restart", machine.start)
    monkeypatch.setattr(service, "stop", lambda **_: machine.stop())
    for name in ("reload", "enable"):
        monkeypatch.setattr(service, name, lambda: None)
    try:
        with pytest.raises(KeyboardInterrupt):
            Installation(sealed, Patience(), Progress()).run()
        assert machine.place.exists() is not ends
    finally:
        machine.end()
