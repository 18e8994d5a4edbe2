"""A bundle for a Raspberry Pi, on an emulated one: it holds all that the station needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.install import bundles
from tests.install.emulated import EmulatedPi

pytestmark = pytest.mark.timeout(bundles.MAKE_LIMIT_S)
_TRIES = 3
_TOO_SLOW = "this check did not end within"
"""What the doctor says of a check on a busy machine's emulator, and that it be asked again."""


@pytest.fixture(scope="module")
def pi(bundle_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> EmulatedPi:
    """A Pi with bookworm, on which the program was laid out from the bundle, without a network."""
    pi = EmulatedPi(tmp_path_factory.mktemp("pi"), bundle_of("bookworm-arm64"))
    ran = pi.attempt("/usr/bin/python3", "-m", "portier_install", "environment", "--bundle", "/bundle")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return pi


def test_the_doctor_finds_the_whole_of_pjsip_there(pi: EmulatedPi) -> None:
    for _ in range(_TRIES):
        ran = pi.attempt("/opt/portier/bin/portier", "doctor", "--no-network", "--json")
        if _TOO_SLOW not in ran.stdout:
            break
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert any("aarch64" in one["text"] for one in found if one["subject"] == "machine"), ran.stdout
    pjsip = [one for one in found if one["subject"] == "PJSIP"]
    assert {one["severity"] for one in pjsip} == {"OK"}, pjsip
    text = " ".join(one["text"] for one in pjsip)
    for part in ("for Debian 12 (bookworm), aarch64", "TLS by OpenSSL 3.", "self-test passed"):
        assert part in text


def test_the_libraries_of_the_pins_are_there(pi: EmulatedPi) -> None:
    for code in ("import lgpio, alsaaudio", "import RPi.GPIO as pins; pins.setmode"):
        ran = pi.attempt("/opt/portier/bin/python3", "-c", code)
        assert ran.returncode == 0 or "can only be run on a Raspberry Pi" in ran.stderr, ran.stderr


def test_a_visit_takes_its_course_there_and_leaves_the_door_locked(pi: EmulatedPi) -> None:
    ran = pi.attempt("/opt/portier/bin/portier", "bench", "--scripted", "--output", "/root/bench")
    report = json.loads((pi.root / "root/bench/report.json").read_text())
    assert report["dialled"].startswith("3691"), ran.stdout + ran.stderr
    assert report["answered"]
    assert report["digit_to_release_ms"] is not None
    assert report["release_s"] == pytest.approx(2, abs=1)
    assert report["locked_at_end"]
    # Sound came both ways. An emulator does not keep up with real time: how much of it is whole says nothing.
    sounding_s = [float(one) for one in re.findall(r"% of ([0-9.]+) s with sound", ran.stdout)]
    assert len(sounding_s) == 2
    assert min(sounding_s) > 0
    assert report["broken_link"] in {None, "mic", "speaker"}
