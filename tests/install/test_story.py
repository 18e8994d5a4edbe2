"""`make install` on a machine of each Debian, from bare to purged: its tests follow each other."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.install import bundles
from tests.integration.booted_machine import BootedMachine
from tests.integration.booted_service import CONFIG, PASSWORD_FILE, BootedService
from tests.integration.live import STRIKE_PIN

from portier.bench.line.client import LineProcess

pytestmark = [
    pytest.mark.timeout(bundles.MAKE_LIMIT_S),
    pytest.mark.parametrize("release", ["bookworm", "trixie"], indirect=True, scope="module"),
]
_LIMIT_S = 120.0
_MOST_EXPOSED = 2.0
_RELEASE_S = 0.5
_DOOR = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\nrelease_s = {_RELEASE_S}'
_LONG = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\nrelease_s = 50\nmax_release_s = 60'


def _install(machine: BootedMachine, bundle: str, *words: str) -> subprocess.CompletedProcess[str]:
    return machine.attempt(f"/shelf/{bundle}/station", "install", *words, limit_s=_LIMIT_S)


def _make(machine: BootedMachine, *words: str) -> str:
    return machine.run("make", "--no-print-directory", "-C", "/portier", *words, limit_s=_LIMIT_S)


@pytest.fixture
def service(machine: BootedMachine, line: LineProcess) -> Iterator[BootedService]:
    """The installed station, configured and running."""
    service = BootedService(machine, line)
    # Public holidays, too: their package must be in the bundle, and be seen from within the hardened unit.
    service.configure(
        doors_front=_DOOR, station='country = "FR"', profiles='[profiles.holiday]\nholidays = "only"'
    )
    service.start()
    yield service
    service.end()


@pytest.fixture(scope="module")
def upgrade(shelf: Path) -> str:
    """A bundle with another Portier, which is none the worse for it."""
    return bundles.changed(
        shelf / "lean", shelf / "upgrade", {"portier/status.py": lambda text: f"{text}\n# newer\n"}
    ).name


@pytest.fixture
def talking(service: BootedService) -> BootedService:
    """A visitor talks to somebody."""
    service.visit()
    service.until("StatusText", "talking.*", 5)
    return service


def test_a_bare_machine_gets_a_station_from_a_bundle_without_a_network(
    machine: BootedMachine, shelf: Path
) -> None:
    (tarball,) = shelf.glob("*.tar")
    as_written = f"cd /srv && tar -xf /shelf/{tarball.name} && {tarball.stem}/station install"
    said = machine.run("sh", "-c", as_written, limit_s=_LIMIT_S)
    steps = [line.split()[0] for line in said.splitlines()]
    assert list(dict.fromkeys(steps)) == [
        *("machine", "bundle", "packages", "station", "user", "settings", "unit", "next")
    ]
    assert "gpio was not there and was made" in said
    assert "libopus0" in said
    installed = machine.run("sh", "-c", "ls -d /opt/portier/lib/python3*/site-packages/*.dist-info")
    for package in ("dnspython", "holidays", "tomlkit"):
        assert f"/{package}-" in installed
    groups = machine.run("id", "--groups", "--name", "portier").split()
    assert set(groups) == {"portier", "audio", "gpio"}
    assert machine.run("stat", "--format=%a %U:%G", CONFIG) == "640 root:portier"
    assert machine.run("stat", "--format=%a %U:%G", "/var/lib/portier") == "750 portier:portier"
    assert machine.run("systemctl", "is-enabled", "portier") == "enabled"
    assert machine.attempt("systemctl", "is-active", "portier").stdout.strip() == "inactive"
    assert machine.run("portier", "--version").startswith("portier ")


def test_the_installed_station_serves_a_visit_and_is_exposed_to_little(
    machine: BootedMachine, service: BootedService
) -> None:
    service.until("StatusText", r'idle; door "front" locked; .*registration: registered.*', 5)
    rose_s = service.release()
    fell_s = service.pins.wait(STRIKE_PIN, energised=False, limit_s=3)
    assert _RELEASE_S - 0.1 < fell_s - rose_s < _RELEASE_S + 0.3
    machine.run("portier", "hangup")
    service.until("StatusText", "idle.*", 5)
    assert 'of button "bell"' in machine.run("portier", "press", "bell")
    said = machine.run("systemd-analyze", "security", "--no-pager", "portier.service")
    found = re.search(r"Overall exposure level for portier.service: ([0-9.]+)", said)
    assert found, said
    assert float(found[1]) <= _MOST_EXPOSED, said
    verified = machine.attempt("systemd-analyze", "verify", "/etc/systemd/system/portier.service")
    assert verified.stdout + verified.stderr == ""


def test_the_same_again_changes_nothing_and_cuts_no_call(
    machine: BootedMachine, shelf: Path, talking: BootedService
) -> None:
    (tarball,) = shelf.glob("*.tar")
    pid = talking.shows("MainPID")
    config = (machine.root / CONFIG.lstrip("/")).read_bytes()
    said = _make(machine, "install", f"BUNDLE=/shelf/{tarball.name}")
    assert "runs on: nothing has changed" in said
    assert talking.shows("MainPID") == pid
    assert talking.shows("StatusText").startswith("talking")
    assert (machine.root / CONFIG.lstrip("/")).read_bytes() == config


def test_an_upgrade_is_refused_while_a_call_lasts_and_nothing_is_changed(
    machine: BootedMachine, talking: BootedService, upgrade: str
) -> None:
    pid, link = talking.shows("MainPID"), machine.run("readlink", "/opt/portier")
    ran = _install(machine, upgrade, "--wait-s", "2")
    assert ran.returncode == 75, ran.stdout + ran.stderr
    assert (
        'a call of button "bell" (talking), and it was not over after 2 s: nothing was changed' in ran.stderr
    )
    assert (talking.shows("MainPID"), machine.run("readlink", "/opt/portier")) == (pid, link)
    assert machine.run("ls", "/opt/portier-versions") == link.rpartition("/")[2]
    assert talking.shows("StatusText").startswith("talking")


def _until_said(installing: subprocess.Popen[str], text: str) -> None:
    until_s = time.monotonic() + _LIMIT_S
    while text not in (said := installing.stdout.readline() if installing.stdout else ""):
        assert said, "it ended"
        assert time.monotonic() < until_s


def test_an_upgrade_whose_terminal_is_lost_while_it_waits_leaves_all_as_it_was(
    machine: BootedMachine, talking: BootedService, upgrade: str
) -> None:
    pid, link = talking.shows("MainPID"), machine.run("readlink", "/opt/portier")
    with machine.begin(f"/shelf/{upgrade}/station", "install") as installing:
        _until_said(installing, "built and tried")
        machine.run("sh", "-c", f"kill -HUP $({bundles.INSTALLERS})")
        said, _ = installing.communicate(timeout=_LIMIT_S)
    assert installing.returncode == 130, said
    assert "interrupted" in said
    assert (talking.shows("MainPID"), machine.run("readlink", "/opt/portier")) == (pid, link)
    assert machine.run("ls", "/opt/portier-versions") == link.rpartition("/")[2]
    assert talking.shows("StatusText").startswith("talking")


def test_an_upgrade_waits_for_the_end_of_a_call(
    machine: BootedMachine, talking: BootedService, line: LineProcess, upgrade: str
) -> None:
    pid, link = talking.shows("MainPID"), machine.run("readlink", "/opt/portier")
    with machine.begin(f"/shelf/{upgrade}/station", "install") as installing:
        _until_said(installing, "waiting for its end")
        assert installing.poll() is None
        assert (talking.shows("MainPID"), machine.run("readlink", "/opt/portier")) == (pid, link)
        line.hang_up()
        said, _ = installing.communicate(timeout=_LIMIT_S)
    assert installing.returncode == 0, said
    assert "over" in said
    assert "up again: idle" in said
    assert talking.shows("MainPID") != pid
    assert machine.run("readlink", "/opt/portier") != link
    assert len(machine.run("ls", "/opt/portier-versions").split()) == 1
    talking.until("StatusText", ".*registration: registered.*", 5)
    talking.release()


def test_a_call_is_cut_where_that_is_told(machine: BootedMachine, talking: BootedService) -> None:
    pid = talking.shows("MainPID")
    ran = _install(machine, "lean", "--now")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "cut" in ran.stdout
    assert talking.shows("MainPID") != pid


def test_a_configuration_that_does_not_fit_the_new_station_leaves_the_old_one(
    machine: BootedMachine, shelf: Path, service: BootedService
) -> None:
    bundles.changed(
        shelf / "lean",
        shelf / "stricter",
        {
            "portier/config/model.py": lambda text: text.replace(
                "release_s: float = Field(5.0, gt=0, le=60", "release_s: float = Field(0.1, gt=0, le=0.2"
            )
        },
    )
    pid, link = service.shows("MainPID"), machine.run("readlink", "/opt/portier")
    ran = _install(machine, "stricter")
    assert ran.returncode == 78, ran.stdout + ran.stderr
    assert "does not fit the new station: nothing was changed" in ran.stderr
    assert "doors.front.release_s" in ran.stderr
    assert (service.shows("MainPID"), machine.run("readlink", "/opt/portier")) == (pid, link)
    assert machine.run("ls", "/opt/portier-versions") == link.rpartition("/")[2]
    service.release()


def test_a_station_that_does_not_come_up_is_replaced_by_the_old_one(
    machine: BootedMachine, shelf: Path, line: LineProcess, service: BootedService
) -> None:
    bundles.changed(
        shelf / "lean",
        shelf / "dies",
        {"portier/service.py": lambda text: text.replace("systemd.ready()", "1 / 0")},
    )
    unit = shelf / "dies" / "systemd" / "portier.service"
    unit.write_text(unit.read_text() + "# newer\n")
    bundles.resealed(shelf / "dies")
    before, link = machine.run("systemctl", "cat", "portier"), machine.run("readlink", "/opt/portier")
    ran = _install(machine, "dies")
    assert ran.returncode == 70, ran.stdout + ran.stderr
    assert "it does not come up" in ran.stderr
    assert "division by zero" in ran.stderr
    assert "the old station is back and up: idle" in ran.stdout
    assert machine.run("systemctl", "cat", "portier") == before
    assert machine.run("readlink", "/opt/portier") == link
    assert machine.run("ls", "/opt/portier-versions") == link.rpartition("/")[2]
    service.until("StatusText", ".*registration: registered.*", 5)
    service.release()


def test_uninstall_leaves_configuration_and_data_and_purge_nothing(
    machine: BootedMachine, line: LineProcess
) -> None:
    service = BootedService(machine, line)
    service.configure(doors_front=_LONG)
    service.start()
    service.release()
    machine.run("touch", "/var/lib/portier/kept")
    assert service.pins.energised(STRIKE_PIN)
    said = _make(machine, "uninstall", "NOW=1")
    assert 'door "front" is released: cut, as it was told' in said
    assert "/etc/portier and /var/lib/portier, and the user" in said
    assert not service.pins.energised(STRIKE_PIN)
    assert machine.attempt("systemctl", "cat", "portier").returncode != 0
    assert machine.run("ls", "/opt") == ""
    assert machine.attempt("portier", "--version").returncode == 127
    machine.run("test", "-e", CONFIG, "-a", "-e", PASSWORD_FILE, "-a", "-e", "/var/lib/portier/kept")
    for _ in range(2):
        _make(machine, "purge")
        assert machine.attempt("id", "portier").returncode != 0
        for folder in ("/etc/portier", "/var/lib/portier", "/run/portier"):
            assert machine.attempt("test", "-e", folder).returncode != 0
    assert "gpio" in machine.run("getent", "group", "gpio")
    service.pins.close()
