"""`make wheel` as a program: builds or takes from the cache, checks; and what it makes carries the station.

The first run on a machine compiles: minutes. Every later one takes the wheels from the cache.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.own_wheel import BUILD_LIMIT_S, LIMIT_S, built, tool

from portier_pjsip.cache import default_folder
from portier_pjsip.source import Source

_CHECKS = ("asserts", "library", "self-test", "TLS", "call", "stranger", "attacks")

_CALLS_AND_KEYS = (
    "test_incoming.py::test_a_listed_caller_by_the_registrar_is_answered_with_lamp_and_heard",
    "test_incoming.py::test_a_digit_of_a_caller_who_may_releases_the_door",
    "test_incoming.py::test_a_press_ends_the_call_and_rings",
    "test_incoming.py::test_the_same_words_from_another_address_prove_nothing",
    "test_incoming.py::test_a_flood_of_a_listed_caller_s_calls_costs_neither_life_nor_press",
    "test_keys.py::test_one_that_never_sets_the_marker_bit",
    "test_keys.py::test_one_that_loses_every_end_packet",
    "test_keys.py::test_digits_back_to_back_at_40_ms",
    "test_keys.py::test_both_forms_of_info_are_read_and_answered_with_200",
    "test_keys.py::test_keys_by_two_ways_are_one_each",
    "test_keys_in_sound.py::test_a_release_digit_as_a_tone_releases_the_door",
    "test_opus.py::test_opus_is_spoken_where_pjsip_has_it_and_else_the_next_codec",
    "test_opus.py::test_opus_alone_is_spoken_in_short_frames_or_refused_in_words",
)
"""Where the two builds of PJSIP could differ most, of the calls to a station and of the ways of keys."""


@pytest.fixture(scope="module")
def tarball(wheel: Path) -> Path:
    """The source that it was built from."""
    del wheel
    folder = default_folder() / "source"
    source = Source(**json.loads((folder / (folder / "from-debian").read_text() / "source.json").read_text()))
    return folder / source.sha256 / source.file


def _station(site: Path, *words: str, limit_s: float = LIMIT_S) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", *words),
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_the_wheel_of_this_machine_passes_every_check_here(wheel: Path) -> None:
    ran = tool("check", str(wheel))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == list(_CHECKS)
    assert "TLS       1.3 as server and as client" in ran.stdout


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_a_wheel_for_a_pi_is_checked_on_an_emulated_one(tmp_path: Path) -> None:
    made = built(tmp_path, "bookworm-arm64")
    assert made.name.endswith("-cp311-cp311-linux_aarch64.whl")
    kept = [one for one in default_folder().glob("wheel/*/checks.json") if (one.parent / made.name).exists()]
    assert kept
    for one in kept:
        assert tuple(json.loads(one.read_text())) == _CHECKS
    if sys.version_info[:2] == (3, 11):
        refused = tool("check", str(made))
        assert refused.returncode == 76
        assert "is for cp311-cp311-linux_aarch64, and this Python takes cp311" in refused.stderr


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_the_second_time_nothing_is_built(wheel: Path, tmp_path: Path) -> None:
    ran = tool("build", "--output", str(tmp_path), PATH="/nowhere")
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["source", "cached", "wheel"]
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_build_is_told_by_the_wheel_and_by_the_doctor(site: Path) -> None:
    told = _station(site, "pjsua2_build")
    facts = json.loads(told.stdout)
    assert (facts["asserts"], facts["g729"], len(facts["source"]["sha256"])) == (False, False, 64)
    doctor = _station(site, "portier", "doctor", "--no-network", "--json", "--config", str(site / "missing"))
    found = [json.loads(line) for line in doctor.stdout.splitlines()]
    about = [one for one in found if one["subject"] == "PJSIP"]
    assert {one["severity"] for one in about} == {"OK"}, about
    text = " ".join(one["text"] for one in about)
    for part in (
        f"our wheel {facts['version']} for",
        "without asserts",
        "1024 sockets by epoll",
        "self-test passed",
    ):
        assert part in text


def test_a_visit_goes_well_with_our_wheel(site: Path) -> None:
    ran = _station(site, "portier", "bench", "--scripted")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_calls_to_the_station_and_keys_of_each_way_go_well_with_our_wheel(site: Path) -> None:
    tests = [str(Path(__file__).with_name(one)) for one in _CALLS_AND_KEYS]
    loaded = _station(site, "pjsua2_build")
    assert loaded.returncode == 0, "it must be ours that is tried"
    ran = _station(site, "pytest", "-q", "-p", "no:cacheprovider", *tests, limit_s=4 * LIMIT_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_visits_to_several_telephones_go_well_with_our_wheel(site: Path) -> None:
    reach = Path(__file__).with_name("test_reach.py")
    ran = _station(site, "pytest", "-q", "-p", "no:cacheprovider", str(reach), limit_s=4 * LIMIT_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_a_domain_s_servers_are_found_by_name_with_our_wheel(site: Path) -> None:
    servers = Path(__file__).with_name("test_stream_servers.py")
    ran = _station(site, "pytest", "-q", "-p", "no:cacheprovider", str(servers), limit_s=4 * LIMIT_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def interrupted(tarball: Path, tmp_path: Path) -> Iterator[Path]:
    """A cache whose first build was killed half-way."""
    child = subprocess.Popen(
        (sys.executable, "-m", "portier_pjsip", "build", "--source", str(tarball)),
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    cache = tmp_path / "portier" / "pjsip"
    try:
        until_s = time.monotonic() + LIMIT_S
        while not list(cache.glob("unfinished-*/pjproject/config.log")):
            assert child.poll() is None
            assert time.monotonic() < until_s
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
    yield cache
    for one in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if cache in one.readlink().parents:
                os.kill(int(one.parts[2]), signal.SIGKILL)
        except OSError:
            continue


def test_a_build_that_was_killed_is_not_taken_for_a_whole_one(interrupted: Path, tarball: Path) -> None:
    assert list(interrupted.glob("unfinished-*"))
    ran = tool("build", "--source", str(tarball), XDG_CACHE_HOME=str(interrupted.parents[1]), PATH="/nowhere")
    assert ran.returncode == 69
    assert "building needs gcc" in ran.stderr
    assert not list(interrupted.glob("unfinished-*"))
    assert not (interrupted / "wheel").exists()


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_a_damaged_wheel_in_the_cache_is_not_used(wheel: Path, tarball: Path, tmp_path: Path) -> None:
    (kept,) = default_folder().glob(f"wheel/*/{wheel.name}")
    cache = tmp_path / "portier" / "pjsip" / "wheel" / kept.parent.name
    cache.mkdir(parents=True)
    (cache / wheel.name).write_bytes(wheel.read_bytes()[:-1000])
    ran = tool("build", "--source", str(tarball), XDG_CACHE_HOME=str(tmp_path), PATH="/nowhere")
    assert ran.returncode == 69, "it must want to build"
    assert "cached" not in ran.stdout


def test_a_disk_that_is_too_small_is_told_before_the_build(tarball: Path, tmp_path: Path) -> None:
    script = (
        'mount -t tmpfs -o size=100m none "$1" && cd / && '
        'XDG_CACHE_HOME="$1" exec "$2" -m portier_pjsip build --source "$3"'
    )
    words = ("unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, str(tarball))
    ran = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert ran.returncode == 73, ran.stderr
    assert "MiB are needed" in ran.stderr


def test_no_network_and_no_cached_source_asks_for_a_tarball(tmp_path: Path) -> None:
    words = ("unshare", "--net", sys.executable, "-m", "portier_pjsip", "build")
    ran = subprocess.run(
        words,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert ran.returncode == 65
    assert "Debian's source package cannot be had" in ran.stderr
    assert "make wheel SOURCE=" in ran.stderr
