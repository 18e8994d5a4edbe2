"""`portier bench`: the visit that proves the station, and each sabotage it must notice and name."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from portier.bench.rig import Link

_LIMIT_S = 60.0


Seen = tuple[int, dict[str, object], str]
"""The exit code, the report, and what was said."""


def _visit(folder: Path, *options: str) -> Seen:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "bench", "--scripted", "--output", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    report = json.loads((folder / "report.json").read_text())
    return ran.returncode, report, ran.stdout + ran.stderr


def test_a_visit_with_a_wrong_digit_first_and_sip_info_is_reported_whole(tmp_path: Path) -> None:
    code, report, said = _visit(tmp_path, "--by", "info", "--wrong-first")
    assert code == 0, said
    assert report["ok"] is True
    assert report["dialled"] == "36913100000000"
    assert report["debounce_ms"] == 30
    assert isinstance(report["press_to_invite_ms"], float)
    assert 0 < report["press_to_invite_ms"] < 1000
    assert isinstance(report["digit_to_release_ms"], float)
    assert 0 < report["digit_to_release_ms"] < 1000
    assert isinstance(report["release_s"], float)
    assert 1.9 < report["release_s"] < 2.5
    assert report["wrong_digit_opened"] is False
    assert [report[key] for key in ("answered", "door_heard_phone", "phone_heard_door", "locked_at_end")] == [
        True
    ] * 4
    assert report["echo_by"] == "AEC3 and a linear filter"
    # 37 dB when nothing else runs; a card that ran dry makes it learn the room anew.
    assert isinstance(report["erle_db"], float)
    assert report["erle_db"] > 10
    assert (tmp_path / "door-heard.wav").stat().st_size > 100_000
    assert "FAILED" not in said


@pytest.fixture(scope="module")
def sabotaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Link, Future[Seen]]]:
    """A visit with each link broken; three at a time, as they wait most of theirs."""
    with ThreadPoolExecutor(3) as visits:
        yield {
            link: visits.submit(_visit, tmp_path_factory.mktemp(link.value), "--break", link.value)
            for link in Link
        }


@pytest.mark.parametrize("link", list(Link))
def test_a_sabotaged_link_fails_the_visit_and_is_named(
    sabotaged: dict[Link, Future[Seen]], link: Link
) -> None:
    code, report, said = sabotaged[link].result()
    assert code == 1, said
    assert report["ok"] is False
    assert report["broken_link"] == link.value, said
    assert f"broken link: {link.value}" in said


def test_the_bench_by_hand_presses_answers_and_opens(tmp_path: Path) -> None:
    bench = subprocess.Popen(
        [sys.executable, "-m", "portier", "bench"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bench.stdin
    assert bench.stdout
    said: list[str] = []
    try:
        for wanted, key in (("keys:", "b"), ("  talking", "w"), ("", "d"), ('door "front" released', "h")):
            until_s = time.monotonic() + 15
            while wanted and not any(wanted in line for line in said):
                assert time.monotonic() < until_s, said
                said.append(bench.stdout.readline())
            bench.stdin.write(key)
            bench.stdin.flush()
        while "  idle" not in (said[-1]):
            said.append(bench.stdout.readline())
        bench.stdin.write("q")
        bench.stdin.close()
        bench.wait(10)
    finally:
        bench.kill()
        bench.wait()
        bench.stdout.close()
    assert bench.returncode == 0
