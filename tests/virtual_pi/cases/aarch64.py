"""The bundle of a Raspberry Pi, on a Pi's own instructions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.install import bundles
from tests.install.emulated import EmulatedPi
from tests.lab.case import Found
from tests.lab.run import say
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place

_TRIES = 3
_TOO_SLOW = "this check did not end within"
NICE = 10
"""Nothing here is emulated in real time: it gives way to the machines that are."""
_KNOWN_AS = "PORTIER_VIRTUAL_PI_ARM_BUNDLE"


def prepare(folder: Path) -> str:
    """Make the bundle, which needs a network that cases have not; this process's children find it.

    Returns why it could not be made.
    """
    say("aarch64: the bundle of a Raspberry Pi")
    folder.mkdir(parents=True, exist_ok=True)
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, usual + NICE)
    try:
        os.environ[_KNOWN_AS] = str(bundles.made("bookworm-arm64", folder))
    except (AssertionError, subprocess.TimeoutExpired) as error:
        return f"no bundle of a Raspberry Pi: {str(error)[-500:]}"
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)
    return ""


@case(
    "aarch64: doctor and bench",
    "the bundle for a Raspberry Pi, laid out under an emulator of its processor: the doctor finds the whole "
    "of PJSIP, and a visit of the bench releases the door and locks it",
    boot=None,
    limit_s=900,
)
def _on_arm(place: Place, found: Found) -> None:
    with tempfile.TemporaryDirectory(prefix="portier-arm-") as folder:
        tarball = shutil.copy(os.environ[_KNOWN_AS], folder)
        pi = EmulatedPi(Path(folder) / "pi", bundles.unpacked(Path(tarball)))
        ran = pi.attempt("/usr/bin/python3", "-m", "portier_install", "environment", "--bundle", "/bundle")
        found.that(ran.returncode == 0, "laid out from the bundle", f"not laid out: {ran.stderr[-300:]}")
        for _ in range(_TRIES):
            ran = pi.attempt("/opt/portier/bin/portier", "doctor", "--no-network", "--json")
            if _TOO_SLOW not in ran.stdout:
                break
        (place.folder / "doctor").write_text(ran.stdout)
        about = [json.loads(line) for line in ran.stdout.splitlines()]
        machine = [one["text"] for one in about if one["subject"] == "machine" and "aarch64" in one["text"]]
        found.that(bool(machine), f"doctor: {machine[0] if machine else ''}", "doctor knows no aarch64")
        pjsip = {one["severity"] for one in about if one["subject"] == "PJSIP"}
        found.that(pjsip == {"OK"}, "doctor: PJSIP ok", f"doctor says of PJSIP {sorted(pjsip)}")
        ran = pi.attempt("/opt/portier/bin/portier", "bench", "--scripted", "--output", "/root/bench")
        (place.folder / "bench").write_text(ran.stdout + ran.stderr)
        report = json.loads((pi.root / "root/bench/report.json").read_text())
        found.that(report["answered"], "bench: the call was answered")
        found.that(report["digit_to_release_ms"] is not None, "bench: the digit released the door")
        found.that(report["locked_at_end"], "bench: locked at the end")
