"""Bundles for the tests: made by the tool itself, and copies of them in which something is different."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from portier_install import bundle
from portier_install.bundle import Bundle
from portier_install.python_tools import PythonTools
from portier_pjsip import target
from portier_pjsip.cache import Cache, default_folder

MAKE_LIMIT_S = 1500.0
INSTALLERS = "grep -lz '[p]ortier_install' /proc/[0-9]*/cmdline | cut -d/ -f3"
"""A shell's command that tells the numbers of the installations that are running."""

Change = Callable[[str], str]


def made(name: str, folder: Path) -> Path:
    """The tarball of a bundle for a target. The first on a machine compiles PJSIP: minutes."""
    ran = subprocess.run(
        (sys.executable, "-m", "portier_install", "bundle", "--target", name, "--output", str(folder)),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "firmware")},
        capture_output=True,
        text=True,
        timeout=MAKE_LIMIT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder / ran.stdout.splitlines()[-1].split()[1].rpartition("/")[2]


def target_of(release: str) -> str:
    """The name of the target for a PC with this release, which may be this machine's own."""
    here = target.native()
    there = target.PCS[f"{release}-amd64"]
    return here.name if (here.release, here.python) == (release, there.python) else there.name


def unpacked(tarball: Path) -> Path:
    """The folder of a bundle, beside its tarball."""
    subprocess.run(("tar", "-xf", str(tarball), "-C", str(tarball.parent)), check=True, timeout=60)
    return tarball.with_suffix("")


def lean(of: Path, to: Path) -> Path:
    """A copy of a bundle without numpy and what needs it, echo cancellation: much quicker to install."""
    shutil.copytree(of, to)
    for name in ("numpy-*", "pywebrtc_audio-*"):
        for one in (to / bundle.WHEELS).glob(name):
            one.unlink()
    resealed(to)
    return to


def with_pins(folder: Path) -> Path:
    """A bundle of a PC with the library of the pins, which otherwise only a Pi's has; changed in place."""
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    cache = Cache(default_folder())
    with cache.locked(lambda: None):
        wanted = tuple(settings["project"]["optional-dependencies"]["pi"])
        PythonTools(cache).fetch_wheels(wanted, folder / bundle.WHEELS, target.PCS["bookworm-amd64"])
    resealed(folder)
    return folder


def changed(of: Path, to: Path, changes: Mapping[str, Change]) -> Path:
    """A copy of a bundle with another Portier in it: `changes` by the files of its wheel."""
    shutil.copytree(of, to)
    (wheel,) = (to / bundle.WHEELS).glob("portier-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        content = {one: archive.read(one) for one in archive.infolist()}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in content.items():
            if change := changes.get(one.filename):
                text = change(data.decode())
                assert text != data.decode(), f"nothing is different in {one.filename}"
                data = text.encode()
            archive.writestr(one, data)
    resealed(to)
    return to


def resealed(folder: Path) -> Bundle:
    """Write its checksums anew."""
    about = json.loads((folder / bundle.ABOUT).read_text())
    del about["format"]
    about["python"], about["needs"] = tuple(about["python"]), tuple(about["needs"])
    return bundle.seal(folder, bundle.About(**about))
