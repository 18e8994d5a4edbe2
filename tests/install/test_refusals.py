"""Whatever is wrong with a bundle or a machine is told, and the station that was there goes on."""

from __future__ import annotations

import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.install import bundles
from tests.integration.booted_machine import BootedMachine
from tests.integration.booted_service import LINE_PORT, BootedService

from portier.bench.line.client import LineProcess
from portier_install import bundle

pytestmark = pytest.mark.timeout(bundles.MAKE_LIMIT_S)
_LIMIT_S = 120.0
# Where every user may read it, as where a bundle was unpacked at home.
_TOOL = (
    "env",
    "PYTHONPATH=/srv/tool",
    "PYTHONDONTWRITEBYTECODE=1",
    "/usr/bin/python3",
    "-m",
    "portier_install",
)
_DISK_MIB, _LEFT_MIB, _LARGE_MIB = 400, 30, 380


def _install(machine: BootedMachine, name: str) -> subprocess.CompletedProcess[str]:
    return machine.attempt(*_TOOL, "install", "--bundle", f"/shelf/{name}", limit_s=_LIMIT_S)


@pytest.fixture(scope="module")
def bare(machine: BootedMachine) -> BootedMachine:
    """The machine before anything is installed; /opt is a small disk of its own."""
    machine.run("mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "none", "/opt")
    machine.run("cp", "-r", "/shelf/lean/tool", "/srv/tool")
    return machine


@pytest.fixture(scope="module")
def service(bare: BootedMachine, shelf: Path) -> Iterator[BootedService]:
    """A station that was installed and runs."""
    ran = _install(bare, "lean")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with LineProcess("--port", str(LINE_PORT), within=bare.network) as line:
        service = BootedService(bare, line)
        service.configure()
        service.start()
        yield service
        service.end()


@pytest.fixture
def untouched(bare: BootedMachine, service: BootedService) -> Iterator[BootedMachine]:
    """The machine; at the end the same station runs from the same files as at the beginning."""

    def facts() -> tuple[str, ...]:
        own = ("/opt", "/etc/portier", "-maxdepth", "2", "!", "-name", "portier-versions")
        files = bare.run("find", *own, "!", "-path", "/opt", "-printf", "%p %m %u %s %t %l\\n")
        return service.shows("MainPID"), bare.run("systemctl", "cat", "portier"), files

    before = facts()
    yield bare
    assert service.shows("ActiveState") == "active"
    assert facts() == before


@pytest.fixture
def copy(shelf: Path) -> Iterator[Path]:
    """A copy of the bundle, to do something bad to."""
    copy = shelf / "copy"
    shutil.copytree(shelf / "lean", copy)
    yield copy
    shutil.rmtree(copy)


def test_a_package_of_debian_that_is_missing_in_the_bundle_is_told(bare: BootedMachine, copy: Path) -> None:
    (lost,) = (copy / bundle.PACKAGES).glob("libopus0_*.deb")
    lost.unlink()
    index = copy / bundle.PACKAGES / "Packages"
    entries = index.read_text().split("\n\n")
    index.write_text("\n\n".join(one for one in entries if "Package: libopus0\n" not in one))
    bundles.resealed(copy)
    ran = _install(bare, "copy")
    assert ran.returncode == 70
    assert "cannot be installed: apt-get install ended with code 100: " in ran.stderr
    assert "libopus0" in ran.stderr
    assert bare.attempt("test", "-e", "/opt/portier").returncode != 0


def test_a_unit_that_is_masked_stays_so(bare: BootedMachine) -> None:
    bare.run("systemctl", "mask", "portier.service")
    ran = _install(bare, "lean")
    assert ran.returncode == 69
    assert "sudo systemctl unmask portier.service" in ran.stderr
    bare.run("systemctl", "unmask", "portier.service")


def _without_sums(copy: Path) -> None:
    (copy / bundle.SUMS).unlink()


def _cut_off(copy: Path) -> None:
    sums = copy / bundle.SUMS
    sums.write_text(sums.read_text()[:-100])


def _one_too_few(copy: Path) -> None:
    sums = copy / bundle.SUMS
    sums.write_text("".join(sums.read_text().splitlines(keepends=True)[:-1]))


def _damaged(copy: Path) -> None:
    (wheel,) = (copy / bundle.WHEELS).glob("pydantic_core-*")
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.write_bytes(data)


def _for_a_pi(copy: Path) -> None:
    about = copy / bundle.ABOUT
    about.write_text(about.read_text().replace('"x86_64"', '"aarch64"'))
    bundles.resealed(copy)


def _for_trixie(copy: Path) -> None:
    about = copy / bundle.ABOUT
    about.write_text(about.read_text().replace('"bookworm"', '"trixie"'))
    bundles.resealed(copy)


def _renamed(copy: Path, wheel: str, old: str, new: str) -> None:
    (found,) = (copy / bundle.WHEELS).glob(wheel)
    found.rename(found.with_name(found.name.replace(old, new)))
    bundles.resealed(copy)


def _wheel_for_another_python(copy: Path) -> None:
    _renamed(copy, "pyalsaaudio-*", "cp311-cp311", "cp312-cp312")


def _pjsip_too_old(copy: Path) -> None:
    _renamed(copy, "pjsua2_python-*", "-2.", "-1.")


def _two_of_a_kind(copy: Path) -> None:
    (found,) = (copy / bundle.WHEELS).glob("typing_extensions-*")
    shutil.copyfile(found, found.with_name("typing_extensions-1.0-py3-none-any.whl"))
    bundles.resealed(copy)


@pytest.mark.parametrize(
    ("spoil", "code", "text"),
    [
        (_without_sums, 65, "is no bundle, or a half-made one"),
        (_cut_off, 65, "SHA256SUMS is cut off: make or copy it again"),
        (_one_too_few, 65, "is no part of the bundle"),
        (_damaged, 65, "is not what SHA256SUMS says: make or copy it again"),
        (_for_a_pi, 69, "the machine here is x86_64: make one with make bundle TARGET="),
        (_for_trixie, 69, "the system here is bookworm"),
        (_wheel_for_another_python, 65, "and not for Python 3.11 on x86_64"),
        (_pjsip_too_old, 65, "; the station needs 2.15 or newer"),
        (_two_of_a_kind, 65, "the new station cannot be built: installing the Python packages ended with"),
    ],
)
def test_a_bundle_that_is_broken_or_for_another_is_refused(
    untouched: BootedMachine, copy: Path, spoil: Callable[[Path], None], code: int, text: str
) -> None:
    spoil(copy)
    ran = _install(untouched, "copy")
    assert (ran.returncode, text in ran.stderr) == (code, True), ran.stdout + ran.stderr


def test_a_tarball_that_is_cut_off_is_refused(untouched: BootedMachine, shelf: Path) -> None:
    (tarball,) = shelf.glob("*.tar")
    (shelf / "cut.tar").write_bytes(tarball.read_bytes()[: 1 << 20])
    ran = _install(untouched, "cut.tar")
    assert ran.returncode == 65
    assert "make or copy it again" in ran.stderr
    assert "bundle" not in untouched.run("ls", "/var/tmp")  # noqa: S108 -- where it was unpacked


def test_a_disk_that_is_too_small_is_told_before_anything_is_built(
    untouched: BootedMachine, copy: Path
) -> None:
    _another(copy)
    left_kib = int(untouched.run("df", "--output=avail", "/opt").split()[1])
    untouched.run("fallocate", "-l", f"{left_kib - (_LEFT_MIB << 10)}KiB", "/opt/full")
    ran = _install(untouched, "copy")
    untouched.run("rm", "/opt/full")
    assert ran.returncode == 73
    assert f"/opt/portier-versions has {_LEFT_MIB} MiB left and " in ran.stderr


def test_a_disk_that_is_full_half_way_is_told_and_nothing_is_left(
    untouched: BootedMachine, copy: Path
) -> None:
    (wheel,) = (copy / bundle.WHEELS).glob("portier-*.whl")
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("portier/large.txt", bytes(_LARGE_MIB << 20))
    bundles.resealed(copy)
    ran = _install(untouched, "copy")
    assert ran.returncode == 73, ran.stdout + ran.stderr
    assert "no space left on the disk of /opt/portier-versions" in ran.stderr


def test_who_is_not_root_is_told_to_say_sudo(untouched: BootedMachine) -> None:
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    ran = untouched.attempt(*nobody, *_TOOL, "install", "--bundle", "/shelf/lean")
    assert ran.returncode == 69
    assert "begin the command with sudo" in ran.stderr


def test_where_no_systemd_runs_that_is_told(untouched: BootedMachine) -> None:
    script = "mount -t tmpfs none /run/systemd && exec /shelf/lean/station install"
    ran = untouched.attempt("unshare", "--mount", "sh", "-c", script)
    assert ran.returncode == 69
    assert "systemd does not run here" in ran.stderr


def test_a_second_installation_at_the_same_time_is_refused(untouched: BootedMachine) -> None:
    with untouched.begin("flock", "/run/portier-install.lock", "sh", "-c", "echo held; sleep 5") as holding:
        assert holding.stdout
        assert holding.stdout.readline() == "held\n"
        ran = _install(untouched, "lean")
    assert ran.returncode == 75
    assert "another installation is running" in ran.stderr


def _another(copy: Path) -> None:
    """Make it a bundle of another version than the one that is there."""
    (wheel,) = (copy / bundle.WHEELS).glob("portier-*.whl")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.comment = b"another"
    bundles.resealed(copy)


def test_an_installation_that_was_killed_leaves_the_old_station_and_the_next_one_cleans_up(
    bare: BootedMachine, service: BootedService, copy: Path
) -> None:
    _another(copy)
    pid, link = service.shows("MainPID"), bare.run("readlink", "/opt/portier")
    with bare.begin("/shelf/copy/station", "install"):
        until_s = time.monotonic() + _LIMIT_S
        while len(bare.run("ls", "/opt/portier-versions").split()) < 2:
            assert time.monotonic() < until_s
        bare.run("sh", "-c", f"kill -KILL $({bundles.INSTALLERS})")
    assert (service.shows("MainPID"), bare.run("readlink", "/opt/portier")) == (pid, link)
    assert len(bare.run("ls", "/opt/portier-versions").split()) == 2
    ran = _install(bare, "copy")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(bare.run("ls", "/opt/portier-versions").split()) == 1
    assert service.shows("MainPID") != pid
    service.release()


def test_a_service_that_somebody_disabled_stays_so(
    bare: BootedMachine, service: BootedService, shelf: Path
) -> None:
    bare.run("systemctl", "disable", "--now", "portier")
    bundles.changed(shelf / "lean", shelf / "later", {"portier/status.py": lambda text: f"{text}\n# later\n"})
    ran = _install(bare, "later")
    assert ran.returncode == 0, ran.stderr
    assert "is disabled, and so not started" in ran.stdout
    assert bare.attempt("systemctl", "is-enabled", "portier").stdout.strip() == "disabled"
    assert service.shows("ActiveState") == "inactive"


def test_a_station_that_finds_no_such_pins_here_stays_installed_and_says_so(
    bare: BootedMachine, service: BootedService
) -> None:
    bare.run("systemctl", "enable", "portier")
    service.configure(gpio='!factory = "lgpio"')
    ran = _install(bare, "later")
    assert ran.returncode == 70, ran.stdout + ran.stderr
    assert "the station is installed, and it does not come up:" in ran.stderr
    assert "lgpio" in ran.stderr
    assert "portier doctor tells what is missing" in ran.stderr
    assert bare.run("systemctl", "is-enabled", "portier") == "enabled"
