"""`portier bench --line-mode`: three intercom modes by real SIP, and a visit where the prefix is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

_LIMIT_S = 120.0

Ran = tuple[int, dict[str, Any], str]
"""The exit code, report.json, and what was said."""


def _bench(folder: Path, *options: str) -> Ran:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "bench", "--output", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    said = ran.stdout + ran.stderr
    report = folder / "report.json"
    return ran.returncode, json.loads(report.read_text()) if report.exists() else {}, said


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Ran]]]:
    """Both runs at once: they wait most of their time."""
    with ThreadPoolExecutor(2) as runs:
        yield {
            "all": runs.submit(_bench, tmp_path_factory.mktemp("all"), "--line-mode", "all"),
            "off": runs.submit(_bench, tmp_path_factory.mktemp("off"), "--line-mode", "off", "--scripted"),
        }


def test_each_mode_does_with_the_prefix_and_without_what_it_is_for(both: dict[str, Future[Ran]]) -> None:
    code, report, said = both["all"].result()
    assert code == 0, said
    assert report["ok"] is True
    went = {
        (one["mode"], one["prefixed"]): [(call["to"], call["status"], call["fate"]) for call in one["calls"]]
        for one in report["visits"]
    }
    by_hand, by_itself = "rang until somebody answered", "answered by itself"
    assert went == {
        ("off", True): [("36913100000000", 404, "refused"), ("3100000000", 0, by_hand)],
        ("off", False): [("3100000000", 0, by_hand)],
        ("prefixed", True): [("36913100000001", 0, by_itself)],
        ("prefixed", False): [("3100000001", 0, by_hand)],
        ("yes", True): [("36913100000002", 0, by_itself)],
        ("yes", False): [("3100000002", 0, by_itself)],
    }, said
    assert "and rung once more without it" in report["visits"][0]["in_log"]


def test_a_visit_at_a_line_whose_mode_is_off_is_answered_by_hand_and_opens_the_door(
    both: dict[str, Future[Ran]],
) -> None:
    code, report, said = both["off"].result()
    assert code == 0, said
    assert (report["line_mode"], report["dialled"]) == ("off", "36913100000000")
    assert report["dialled_again"] == "3100000000"
    assert (report["ok"], report["broken_link"]) == (True, None)
    assert "the telephone rings as for any call" in said
    assert "by itself" not in said


def test_by_hand_the_line_rings_until_it_is_lifted_and_its_mode_can_be_changed() -> None:
    bench = subprocess.Popen(
        [sys.executable, "-m", "portier", "bench", "--line-mode", "off"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bench.stdin
    assert bench.stdout
    said: list[str] = []
    try:
        for wanted, key in (
            ("keys:", "b"),
            ("  ringing", "a"),
            ("  talking", "h"),
            ("  idle", "m"),
            ("line: prefixed", "b"),
            ("  talking", "q"),
        ):
            until_s, since = time.monotonic() + 15, len(said)
            while not any(wanted in line for line in said[since:]):
                assert time.monotonic() < until_s, said
                said.append(bench.stdout.readline())
            # A contact that closes again at once has bounced.
            time.sleep(0.3)
            bench.stdin.write(key)
            bench.stdin.flush()
        bench.stdin.close()
        bench.wait(10)
    finally:
        bench.kill()
        bench.wait()
        bench.stdout.close()
    assert bench.returncode == 0
