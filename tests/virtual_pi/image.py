"""The guest's disk: Debian, and the station as `make install` lays it out from a bundle; made once."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.install import bundles
from tests.integration.booted_machine import BootedMachine
from tests.lab.asterisk_server import PASSWORD
from tests.virtual_pi import initramfs, kernel, station_config
from tests.virtual_pi.initramfs import GUEST, PROJECT
from tests.virtual_pi.kernel import Kernel

from portier_pjsip import systems, target
from portier_pjsip.cache import Cache, default_folder

_PACKAGES = (
    *("alsa-utils", "dbus", "e2fsprogs", "iproute2", "kmod", "make", "passwd", "procps", "python3", "sudo"),
    *("systemd", "systemd-sysv", "udev"),
)
_OPTIONS = ("--variant=apt", "--architectures=amd64")
_ROOT_MIB, _IMAGE_MIB = 700, 3000
_DISK = "1600M"
_KIND = "virtual-pi"
_LIMIT_S = 300.0
_KEPT = 4
# No terminal and no clock server is there; all else of Debian's is as it comes.
_MASKED = (
    *("serial-getty@ttyS0.service", "getty@tty1.service", "apt-daily.timer", "apt-daily-upgrade.timer"),
    *("dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer"),
)
_SOURCES = (
    *("firmware", "systemd", "hardware/pinout.toml", "pyproject.toml", "Makefile"),
    *("tests/virtual_pi/guest", "tests/virtual_pi/rig", "tests/install/bundles.py"),
    *(f"tests/virtual_pi/{one}.py" for one in ("image", "initramfs", "station_config")),
)


@dataclass(frozen=True, slots=True)
class Image:
    """What a machine is started from; its files are only read."""

    folder: Path

    @property
    def kernel(self) -> Path:
        """The kernel, unpacked."""
        return self.folder / "vmlinux"

    @property
    def initramfs(self) -> Path:
        """What the kernel starts from."""
        return self.folder / "initramfs"

    @property
    def disk(self) -> Path:
        """The root file system, ext4; a machine gets a copy."""
        return self.folder / "disk"

    @property
    def upgrade(self) -> Path:
        """A tarball with the folder `newer`: the bundle of another station, with less to install."""
        return self.folder / "upgrade"


def made(tell: Callable[[str], None]) -> Image:
    """The image; from the cache where nothing of what is in it has changed. Needs root."""
    cache = Cache(default_folder())
    with cache.locked(lambda: tell("another process is making something: waiting for it")):
        core = kernel.made(cache, tell)
        root = systems.made(target.PCS["bookworm-amd64"], cache, tell, _OPTIONS, _PACKAGES, _ROOT_MIB)
        name = f"{root.name}-{core.key}-{sources_key()}"
        place = cache.path(_KIND, name)
        if place.is_dir():
            tell("virtual Pi: cached")
            return Image(place)
    with _scratch(cache) as folder:
        made = folder / "made"
        made.mkdir()
        tell("virtual Pi: the station's bundle")
        bundle = _bundle(folder)
        tree = folder / "root"
        subprocess.run(("cp", "-a", str(root), str(tree)), check=True, timeout=_LIMIT_S)
        _furnish(tree, core)
        tell("virtual Pi: make install")
        _install(tree, bundle, folder)
        tell("virtual Pi: the disk")
        words = ("mkfs.ext4", "-q", "-L", "root", "-d", str(tree), str(made / "disk"), _DISK)
        subprocess.run(words, check=True, timeout=_LIMIT_S)
        shutil.copy(core.image, made / "vmlinux")
        initramfs.write(made / "initramfs", core)
        _pack(_newer(bundle, folder), made / "upgrade")
        with cache.locked(lambda: None):
            kept = cache.keep(made, _KIND, name)
            # Those of other clones and of a while ago may be in use.
            for one in sorted(kept.parent.iterdir(), key=_made_at_s)[:-_KEPT]:
                shutil.rmtree(one, ignore_errors=True)
        return Image(kept)


def _made_at_s(folder: Path) -> float:
    return folder.stat().st_mtime


def sources_key() -> str:
    """A short name that changes with whatever of the project is in the image, or makes it."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        whole = PROJECT / source
        for file in sorted(whole.rglob("*")) if whole.is_dir() else [whole]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(PROJECT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _scratch(cache: Cache) -> Iterator[Path]:
    """A folder to work in that is not the cache's own: who makes a bundle wants that for itself."""
    folder = cache.folder.parent / f"virtual-pi-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bundle(folder: Path) -> Path:
    """The bundle of a PC with bookworm, and with the library of the pins that only a Pi's has."""
    made = bundles.unpacked(bundles.made(bundles.target_of("bookworm"), folder))
    return bundles.with_pins(made)


def _newer(bundle: Path, folder: Path) -> Path:
    """The bundle of a station that is told from the first; lean, because the emulated machine is slow."""
    lean = bundles.lean(bundle, folder / "lean")
    return bundles.changed(lean, folder / "newer", {"portier/status.py": lambda text: f"{text}\n# newer\n"})


def _pack(folder: Path, to: Path) -> None:
    words = ("tar", "-cf", str(to), "-C", str(folder.parent), folder.name)
    subprocess.run(words, check=True, timeout=_LIMIT_S)


def _furnish(root: Path, core: Kernel) -> None:
    """What the emulated machine has and a bare Debian has not: rules, network, the rig."""
    shutil.copytree(GUEST / "etc", root / "etc", dirs_exist_ok=True)
    (root / "etc/hostname").write_text("pi\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 pi\n")
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").write_text("")
    rig = root / "usr/lib/portier-rig"
    ours = rig / "tests/virtual_pi/rig"
    ours.mkdir(parents=True)
    for one in (Path(__file__).parent / "rig").glob("*.py"):
        shutil.copy(one, ours)
    shutil.copy(core.folder / kernel.SOUND, rig)


def _install(root: Path, bundle: Path, folder: Path) -> None:
    """Boot the root in a container, and install there as README says: without a network."""
    visible = {PROJECT: "/portier", bundle: "/bundle"}
    machine_folder = folder / "machine"
    machine_folder.mkdir()
    with BootedMachine(machine_folder, root, visible=visible, forgets=False) as machine:
        # Raspberry Pi OS has it.
        machine.run("groupadd", "--system", "gpio")
        machine.run("make", "-C", "/portier", "install", "BUNDLE=/bundle", limit_s=_LIMIT_S)
        machine.write("/etc/portier/portier.toml", station_config.text())
        machine.write("/etc/portier/sip-password", PASSWORD)
        machine.run("systemd-tmpfiles", "--create")
        machine.run("/opt/portier/bin/portier", "check", "/etc/portier/portier.toml")
        machine.run("systemctl", "enable", "systemd-networkd", "portier-rig", "portier")
        machine.run("systemctl", "mask", *_MASKED)
