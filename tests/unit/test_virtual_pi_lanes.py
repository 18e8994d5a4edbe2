"""The lanes of the virtual Pi: what each process tells is heard, and what it left out is not ok."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.lab import network
from tests.lab.case import Outcome
from tests.virtual_pi import cases, kept
from tests.virtual_pi.case import CASES
from tests.virtual_pi.cases import lanes, load
from tests.virtual_pi.image import Image
from tests.virtual_pi.lanes import Lanes

_TELLS = """
import json, sys
case = sys.argv[-2]
outcome = {"case": case, "seen": "all right", "ok": True, "took_s": 1.5}
print(json.dumps({"outcome": outcome, "figures": {"packet to line": 6.0}}), flush=True)
print(json.dumps({"picture": "<p>drawn</p>"}), flush=True)
"""
_WAITS = "import sys; sys.stdin.read()"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    monkeypatch.setattr(kept, "FIGURES", {})
    monkeypatch.setattr(kept, "PICTURES", [])


def _instead(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(network, "move_in", lambda words: (sys.executable, "-c", script, *words))


def test_every_case_is_in_one_lane_and_stands_in_its_order() -> None:
    found = lanes(list(CASES.values()))
    assert sorted(case.name for lane in found for case in lane.cases) == sorted(CASES)
    assert [lane.name for lane in lanes([CASES["call: busy"]])] == ["visits"]


def test_what_a_lane_tells_is_heard_and_what_it_left_out_did_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _instead(monkeypatch, _TELLS)
    heard: list[Outcome] = []
    at_once = Lanes(tmp_path, tmp_path, Image(tmp_path), heard.append)
    at_once.begin("visits", [CASES["call: busy"], CASES["disk: full"]])
    at_once.wait()
    assert [(one.case.name, one.ok, one.seen) for one in heard] == [
        ("call: busy", True, "all right"),
        ("disk: full", False, "did not run: its lane, visits, ended with 0"),
    ]
    assert heard[0].took_s == 1.5
    assert kept.FIGURES == {"packet to line": 6.0}
    assert kept.PICTURES == ["<p>drawn</p>"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("print('no JSON')", "JSONDecodeError"),
        ("print('[]')", "AttributeError"),
        ('print(\'{"outcome": {"case": "call: release digit"}}\')', "nobody asked it for"),
    ],
)
def test_a_lane_that_tells_nonsense_is_ended_and_none_of_its_cases_is_ok(
    said: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # More than a pipe takes: who waits for it to end must not keep it from that.
    _instead(monkeypatch, f"{said}\nprint('x' * 300_000, flush=True)\n{_WAITS}")
    heard: list[Outcome] = []
    at_once = Lanes(tmp_path, tmp_path, Image(tmp_path), heard.append)
    at_once.begin("visits", [CASES["call: busy"]])
    at_once.wait()
    assert [one.ok for one in heard] == [False]
    assert why in heard[0].seen


def test_every_module_with_cases_is_in_a_lane() -> None:
    folder = Path(cases.__file__).parent
    modules = {one.stem for one in folder.glob("*.py")} - {"__init__"}
    assert {case.look.__module__.rpartition(".")[2] for case in CASES.values()} == modules


def test_a_lane_ends_with_who_began_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _instead(monkeypatch, _WAITS)
    heard: list[Outcome] = []
    at_once = Lanes(tmp_path, tmp_path, Image(tmp_path), heard.append)
    at_once.begin("power", [CASES["idle: two minutes"]])
    at_once.end()
    assert [one.ok for one in heard] == [False]


def test_a_lane_without_cases_is_not_begun_and_one_that_cannot_be_is_refused(tmp_path: Path) -> None:
    heard: list[Outcome] = []
    at_once = Lanes(tmp_path, tmp_path, Image(tmp_path), heard.append)
    at_once.begin("arm", [])
    at_once.refuse([CASES["aarch64: doctor and bench"]], "no bundle")
    at_once.wait()
    assert [one.seen for one in heard] == ["did not run: no bundle"]
