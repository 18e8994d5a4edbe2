"""Which machine and which bundle an installation refuses, and that it says why."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portier_install import fitness, python_tools
from portier_install.bundle import About
from portier_install.errors import BundleError, UnfitError
from portier_install.fitness import Machine
from portier_pjsip import target
from portier_pjsip.errors import SpaceError

_PI = Machine(
    user=0,
    system="Debian GNU/Linux 12 (bookworm)",
    release="bookworm",
    machine="aarch64",
    largest=(1 << 63) - 1,
    python=(3, 11),
    interpreter="/usr/bin/python3.11",
    apt=True,
    systemd=True,
)
_BUNDLE = About("1.0", "bookworm-arm64", "Debian 12", "bookworm", "aarch64", (3, 11), ())
_PJSIP = "pjsua2_python-2.17+portier.1-cp311-cp311-linux_aarch64.whl"


def test_a_pi_with_a_current_system_is_fit() -> None:
    fitness.refuse(_PI)
    fitness.refuse_bundle(_BUNDLE, _PI)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"largest": (1 << 31) - 1}, "this system has 32 bits, and Portier is for 64"),
        ({"python": (3, 9)}, "this is Python 3.9; Portier needs 3.11 or newer"),
        ({"user": 1000}, "begin the command with sudo"),
        ({"apt": False}, "has no apt-get"),
        ({"interpreter": "/home/pi/.local/python3.11"}, "lies in a home, which the service may not see"),
        ({"interpreter": "/root/.local/python3.11"}, "SYSTEM_PYTHON=/usr/bin/python3"),
        ({"systemd": False}, "systemd does not run here"),
    ],
)
def test_a_machine_without_what_a_station_needs_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(UnfitError) as refused:
        fitness.refuse(replace(_PI, **change))
    assert text in str(refused.value)


def test_the_program_alone_needs_no_systemd() -> None:
    fitness.refuse(replace(_PI, apt=False, systemd=False), service=False)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"machine": "x86_64"}, "the machine here is x86_64"),
        ({"release": "trixie"}, "the system here is trixie"),
        ({"release": ""}, "the system here is Debian GNU/Linux 12"),
        ({"python": (3, 13)}, "the Python here is 3.13"),
    ],
)
def test_a_bundle_for_another_machine_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(UnfitError) as refused:
        fitness.refuse_bundle(_BUNDLE, replace(_PI, **change))
    assert text in str(refused.value)
    assert "make bundle TARGET=" in str(refused.value)


@pytest.mark.parametrize(
    ("tag", "good"),
    [
        ("cp311-cp311-linux_aarch64", True),
        ("cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
        ("cp37-abi3-manylinux_2_28_aarch64", True),
        ("py2.py3-none-any", True),
        ("py311-none-any", True),
        ("cp312-cp312-linux_aarch64", False),
        ("cp312-abi3-linux_aarch64", False),
        ("cp311-cp311d-linux_aarch64", False),
        ("cp311-cp311-linux_x86_64", False),
        ("cp311-cp311-linux_armv7l", False),
        ("cp311-cp311-musllinux_1_2_aarch64", False),
        ("py2-none-any", False),
    ],
)
def test_a_wheel_fits_by_its_tag(tag: str, good: bool) -> None:
    assert fitness.fits(tag, (3, 11), "aarch64") is good


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ((_PJSIP, "pydantic-2.9.tar.gz"), "pydantic-2.9.tar.gz is not the name of a wheel"),
        ((_PJSIP, "lgpio-0.2.2-cp313-cp313-linux_aarch64.whl"), "is for cp313-cp313-linux_aarch64, and not"),
        ((), "the bundle holds no PJSIP"),
        ((_PJSIP.replace("2.17+", "2.14+"),), "holds PJSIP 2.14; the station needs 2.15 or newer"),
    ],
)
def test_a_bundle_with_wrong_wheels_is_refused(names: tuple[str, ...], text: str) -> None:
    fitness.refuse_wheels((Path(_PJSIP),), (3, 11), "aarch64")
    with pytest.raises(BundleError) as refused:
        fitness.refuse_wheels(tuple(map(Path, names)), (3, 11), "aarch64")
    assert text in str(refused.value)


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    wheel = tmp_path / "large.whl"
    with wheel.open("wb") as stream:
        stream.truncate(1 << 43)
    with pytest.raises(SpaceError) as refused:
        fitness.refuse_small_disk((wheel,), tmp_path / "not" / "there")
    assert "MiB are needed: free some and try again" in str(refused.value)
    assert [one.name for one in tmp_path.iterdir()] == ["large.whl"]


def test_without_a_compiler_a_bundle_is_named_as_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Python.h").touch()
    native = replace(target.native(), headers=str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnfitError) as refused:
        python_tools.refuse_without_compiler(native)
    assert "compiling needs gcc and swig" in str(refused.value)
    assert "install from a bundle, which needs no compiler" in str(refused.value)


def test_a_python_that_is_too_old_is_told_so_in_words_it_can_read(tmp_path: Path) -> None:
    firmware = Path(fitness.__file__).parents[1]
    program = (
        "import sys, runpy; sys.version_info = (3, 9, 2); sys.argv = ['portier_install', 'install']; "
        "runpy.run_module('portier_install', run_name='__main__')"
    )
    ran = subprocess.run(
        (sys.executable, "-c", program),
        env={"PYTHONPATH": str(firmware)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 69
    assert "this is Python 3.9; Portier needs 3.11 or newer" in ran.stderr
    assert "nothing was changed" in ran.stderr
