"""The file that a run of cases leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.lab.case import Outcome
from tests.lab.report import Report


@dataclass(frozen=True)
class Planned:
    name: str
    expected: str = "it works"


FIRST, SECOND = Planned("first"), Planned("second")


def test_a_case_that_did_not_run_is_not_ok_whatever_an_earlier_run_saw(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.json"
    Report(file, [FIRST]).take(Outcome(FIRST, "seen", ok=True))
    Report(file, [FIRST, SECOND], lambda: {"figures": []}).take(
        Outcome(SECOND, "seen, too", ok=True, took_s=1.25)
    )
    content = json.loads(file.read_text())
    assert content["figures"] == []
    assert [(one["case"], one["ok"]) for one in content["cases"]] == [("first", False), ("second", True)]
    assert "did not run" in content["cases"][0]["seen"]
    assert content["cases"][1] == {
        "case": "second",
        "expected": "it works",
        "seen": "seen, too",
        "ok": True,
        "took_s": 1.2,
    }


def test_a_machine_that_is_refused_is_the_reason_of_every_case(tmp_path: Path) -> None:
    report = Report(tmp_path / "report.json", [FIRST, SECOND])
    report.refuse("no root")
    assert [one["seen"] for one in report.rows] == ["did not run: no root"] * 2
