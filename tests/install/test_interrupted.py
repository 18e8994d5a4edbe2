"""An installation that is cut off anywhere: what runs goes on or ends, and the next one mends the rest."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.install import bundles
from tests.integration.booted_machine import BootedMachine
from tests.integration.booted_service import LINE_PORT, BootedService

from portier.bench.line.client import LineProcess

pytestmark = pytest.mark.timeout(bundles.MAKE_LIMIT_S)
_LIMIT_S = 120.0
_UNIT = "/etc/systemd/system/portier.service"
_UNITS = ("/etc/systemd/system", "-maxdepth", "1", "-name", "portier.service*")
_DUE = "/run/portier-install.due"
_PAUSE = "/usr/local/bin/systemd-sysusers"
"""What an installation calls after it has changed the link, and before it starts the station."""


def _install(machine: BootedMachine, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return machine.attempt(f"/shelf/{name}/station", "install", *words, limit_s=_LIMIT_S)


def _until(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + _LIMIT_S
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.05)


def _version(shelf: Path, name: str, of: str, file: str, change: bundles.Change) -> str:
    """A bundle with another Portier, and another unit."""
    made = bundles.changed(shelf / of, shelf / name, {file: change})
    unit = made / "systemd" / "portier.service"
    unit.write_text(f"{unit.read_text()}# {name}\n")
    bundles.resealed(made)
    return name


@pytest.fixture(scope="module")
def newer(shelf: Path) -> str:
    return _version(shelf, "newer", "lean", "portier/status.py", lambda text: f"{text}\n# newer\n")


@pytest.fixture(scope="module")
def newest(shelf: Path) -> str:
    return _version(shelf, "newest", "lean", "portier/status.py", lambda text: f"{text}\n# newest\n")


@pytest.fixture(scope="module")
def slow(shelf: Path) -> str:
    """A bundle whose station takes its time until it is up."""
    late = "__import__('time').sleep(5); systemd.ready()"
    return _version(
        shelf, "slow", "lean", "portier/service.py", lambda text: text.replace("systemd.ready()", late)
    )


@pytest.fixture(scope="module")
def line(machine: BootedMachine) -> Iterator[LineProcess]:
    with LineProcess("--port", str(LINE_PORT), within=machine.network) as line:
        yield line


@pytest.fixture(scope="module")
def configured(machine: BootedMachine, line: LineProcess) -> BootedService:
    """A station that is configured, and not installed."""
    service = BootedService(machine, line)
    service.configure()
    return service


@pytest.fixture(scope="module")
def running(machine: BootedMachine, configured: BootedService) -> BootedService:
    """A station that was installed, and runs."""
    ran = _install(machine, "lean")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return configured


@pytest.fixture
def talking(running: BootedService, line: LineProcess) -> Iterator[BootedService]:
    """A visitor talks to somebody."""
    running.visit()
    running.until("StatusText", "talking.*", 5)
    yield running
    line.hang_up()
    running.until("StatusText", "idle.*", 5)


def test_a_first_start_whose_terminal_is_lost_leaves_nothing_that_runs(
    machine: BootedMachine, configured: BootedService, slow: str
) -> None:
    with machine.begin(f"/shelf/{slow}/station", "install") as installing:
        _until(lambda: configured.shows("ActiveState") == "activating")
        machine.run("sh", "-c", f"kill -HUP $({bundles.INSTALLERS})")
        said, _ = installing.communicate(timeout=_LIMIT_S)
    assert installing.returncode == 130, said
    assert configured.shows("ActiveState") == "inactive"
    assert machine.attempt("find", "/proc", "-maxdepth", "1", "-user", "portier").stdout == ""
    assert machine.run("find", "/opt", "-name", "portier*") == "/opt/portier-versions"
    assert machine.run("ls", "/opt/portier-versions") == ""
    assert machine.run("find", "/usr/local/bin", "/etc/systemd/system", "-name", "portier*") == ""


def test_an_installation_that_was_killed_before_the_start_is_taken_up_by_the_next(
    machine: BootedMachine, talking: BootedService, line: LineProcess, newer: str
) -> None:
    pid, link = talking.shows("MainPID"), machine.run("readlink", "/opt/portier")
    line.hang_up()
    talking.until("StatusText", "idle.*", 5)
    machine.write(_PAUSE, "#!/bin/sh\nexec sleep 30\n")
    machine.run("chmod", "+x", _PAUSE)
    with machine.begin(f"/shelf/{newer}/station", "install"):
        _until(lambda: machine.run("readlink", "/opt/portier") != link)
        machine.run("sh", "-c", f"kill -KILL $({bundles.INSTALLERS})")
    machine.run("rm", _PAUSE)
    assert talking.shows("MainPID") == pid
    machine.run("portier", "press", "bell")
    talking.until("StatusText", "talking.*", 10)
    ran = _install(machine, newer, "--wait-s", "2")
    assert ran.returncode == 75, ran.stdout + ran.stderr
    assert 'a call of button "bell" (talking)' in ran.stderr
    machine.run("test", "-e", f"{link}/bin/portier")
    line.hang_up()
    talking.until("StatusText", "idle.*", 5)
    ran = _install(machine, newer)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "up again: idle" in ran.stdout
    assert talking.shows("MainPID") != pid
    now = machine.run("readlink", "/opt/portier")
    assert now in (machine.root / f"proc/{talking.shows('MainPID')}/maps").read_text()
    assert machine.run("ls", "/opt/portier-versions") == now.rpartition("/")[2]
    assert "runs on: nothing has changed" in _install(machine, newer).stdout


def test_a_station_that_does_not_answer_is_not_cut(
    machine: BootedMachine, talking: BootedService, newest: str
) -> None:
    pid = talking.shows("MainPID")
    machine.run("mv", "/run/portier/control.sock", "/run/portier/away")
    ran = _install(machine, newest, "--wait-s", "2")
    machine.run("mv", "/run/portier/away", "/run/portier/control.sock")
    assert ran.returncode == 75, ran.stdout + ran.stderr
    assert "perhaps a call (the station does not answer), and it was not over after 2 s" in ran.stderr
    assert talking.shows("MainPID") == pid
    assert talking.shows("StatusText").startswith("talking")


def test_an_administrators_unit_outlives_upgrades_and_an_uninstall(
    machine: BootedMachine, running: BootedService, newer: str, newest: str
) -> None:
    text = f"{machine.run('cat', _UNIT)}\n# mine\n"
    machine.write(_UNIT, text)
    for name in (newest, newer):
        ran = _install(machine, name)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "up again: idle" in ran.stdout
    kept = f"{_UNIT}.old"
    assert machine.run("find", *_UNITS).split() == [_UNIT, kept]
    assert (machine.root / kept.lstrip("/")).read_text() == text
    machine.run("touch", _DUE)
    said = machine.run(f"/shelf/{newer}/station", "uninstall", limit_s=_LIMIT_S)
    assert kept in said
    assert machine.run("cat", kept) == text.strip()
    assert machine.attempt("test", "-e", _DUE).returncode != 0
    machine.run(f"/shelf/{newer}/station", "purge", limit_s=_LIMIT_S)
    assert machine.run("find", *_UNITS) == ""
