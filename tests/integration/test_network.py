"""The network goes and comes, in a namespace: registered again at once, and no call is left half dead."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration import dhcp
from tests.integration.network_scene import IPV4, IPV6, LIMIT_S, STORIES, Seen
from tests.integration.own_wheel import BUILD_LIMIT_S

_ROOT = Path(__file__).parents[2]
_PACKAGES = {"ip": "iproute2", "unshare": "util-linux", **dhcp.PACKAGES}
_WITHIN_S = 5.0
_SOME_SAMPLES = 1000


def _play(story: str, folder: Path, family: str = "ipv4", site: Path | None = None) -> Seen:
    missing = [package for program, package in _PACKAGES.items() if shutil.which(program) is None]
    assert not missing, f"needed for this test, and not here: apt-get install {' '.join(missing)}"
    assert story in STORIES
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    ended = subprocess.run(
        [*own, sys.executable, "-m", "tests.integration.network_scene", story, str(folder), family],
        cwd=_ROOT,
        env={**os.environ, **({"PYTHONPATH": str(site)} if site else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    seen = Seen(**json.loads(ended.stdout))
    assert not seen.faults, ended.stderr
    assert seen.next_press, ended.stderr
    return seen


def _registered_after(seen: Seen, moment: str) -> tuple[float, str]:
    """How long after a moment the next REGISTER came, and the contact of the last one."""
    since_s = seen.moments[moment]
    came = [at_s for at_s, _ in seen.registered if at_s > since_s]
    return came[0] - since_s, seen.registered[-1][1]


def test_a_call_outlives_a_cable_that_is_out_for_ten_seconds(tmp_path: Path) -> None:
    seen = _play("cut_in_a_call", tmp_path)
    assert seen.call_after == "Talking"
    assert seen.heard_at_door > _SOME_SAMPLES
    assert seen.heard_at_line > _SOME_SAMPLES
    assert seen.released
    assert _registered_after(seen, "back")[0] < _WITHIN_S


def test_a_cable_that_is_out_is_shown_and_the_station_registers_as_soon_as_it_is_in(tmp_path: Path) -> None:
    seen = _play("cut_at_rest", tmp_path)
    assert seen.failure_shown
    assert _registered_after(seen, "back")[0] < _WITHIN_S


def test_another_address_is_registered_at_once(tmp_path: Path) -> None:
    seen = _play("address_changes", tmp_path)
    after_s, contact = _registered_after(seen, "changed")
    assert after_s < _WITHIN_S
    assert f"@{IPV4.later}:" in contact
    assert f"@{IPV4.station}:" in seen.registered[0][1]


def test_another_address_from_a_dhcp_server_is_registered_at_once(tmp_path: Path) -> None:
    seen = _play("lease_is_not_prolonged", tmp_path)
    after_s, contact = _registered_after(seen, "changed")
    assert after_s < _WITHIN_S
    assert f"@{IPV4.later}:" in contact
    assert f"@{IPV4.station}:" in seen.registered[0][1]


def test_a_call_goes_on_from_another_address(tmp_path: Path) -> None:
    seen = _play("address_changes_in_a_call", tmp_path)
    assert _registered_after(seen, "changed")[0] < _WITHIN_S
    assert seen.call_after == "Talking"
    assert seen.heard_at_door > _SOME_SAMPLES, "the line sends its sound to the new address"
    assert seen.heard_at_line > _SOME_SAMPLES
    assert seen.released


def test_a_station_that_was_up_before_its_network_registers_when_it_comes(tmp_path: Path) -> None:
    seen = _play("network_comes_late", tmp_path)
    assert _registered_after(seen, "back")[0] < _WITHIN_S


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_another_ipv6_address_is_registered_at_once(site: Path, tmp_path: Path) -> None:
    seen = _play("address_changes", tmp_path, "ipv6", site)
    after_s, contact = _registered_after(seen, "changed")
    assert after_s < _WITHIN_S
    assert f"@[{IPV6.later}]:" in contact
    assert f"@[{IPV6.station}]:" in seen.registered[0][1]


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_a_call_goes_on_from_another_ipv6_address(site: Path, tmp_path: Path) -> None:
    seen = _play("address_changes_in_a_call", tmp_path, "ipv6", site)
    assert _registered_after(seen, "changed")[0] < _WITHIN_S
    assert seen.call_after == "Talking"
    assert seen.heard_at_door > _SOME_SAMPLES, "the line sends its sound to the new address"
    assert seen.heard_at_line > _SOME_SAMPLES
    assert seen.released


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_ipv6_that_comes_late_is_registered_by_when_it_comes(site: Path, tmp_path: Path) -> None:
    seen = _play("network_comes_late", tmp_path, "ipv6", site)
    assert _registered_after(seen, "back")[0] < _WITHIN_S
