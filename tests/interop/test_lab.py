"""The quick cases of the lab: the station at a PBX and beside telephones that we did not write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lab.case import CASES
from tests.lab.cases import load

load()
_QUICK = [case for case in CASES.values() if case.quick]
_ROOT = Path(__file__).parents[2]
# To make the systems that the servers run in may take minutes, once on a machine.
_MAKE_LIMIT_S = 900.0


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What each quick case has seen, by its name."""
    folder = tmp_path_factory.mktemp("lab")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab", "--quick", "--output", str(folder)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_MAKE_LIMIT_S + sum(case.limit_s for case in _QUICK),
        check=False,
    )
    assert (folder / "lab.json").exists(), ran.stdout + ran.stderr
    return {one["case"]: one for one in json.loads((folder / "lab.json").read_text())["cases"]}


@pytest.mark.timeout(_MAKE_LIMIT_S + sum(case.limit_s for case in _QUICK))
@pytest.mark.parametrize("name", [case.name for case in _QUICK])
def test_a_case_of_the_lab_is_as_expected(name: str, seen: dict[str, dict[str, object]]) -> None:
    assert seen[name]["ok"], seen[name]
