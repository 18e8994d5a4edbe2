"""A second look at tests is for few, hides nothing, and makes no run good that broke off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import os
from pathlib import Path
import pytest

def test_passes():
    Path("passed").open("a").write("x")

@pytest.mark.parametrize("name", ["a b", "c::d"])
def test_passes_alone(name):
    assert Path("alone").exists()

@pytest.mark.parametrize("number", range(2))
def test_never_passes(number):
    raise AssertionError

def test_breaks_off():
    os.abort()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_some.py").write_text(TESTS)
    return tmp_path


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _first_look(folder: Path, wanted: str, cache: str = "first") -> str:
    ended = _python(folder, "pytest", "-o", f"cache_dir={cache}", "-k", wanted, "test_some.py")
    (folder / "alone").touch()
    return f"{cache}={ended.returncode}"


def _second_look(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _python(folder, "tests.second_look", *arguments)


def test_what_failed_beside_others_and_passes_alone_is_good_and_told(folder: Path) -> None:
    seen = _second_look(folder, "--again", _first_look(folder, "passes and not never"))
    assert seen.returncode == 0
    assert "FAILED AT A FIRST LOOK, ok alone:\n  test_some.py::test_passes_alone[a b]\n" in seen.stdout
    assert "2 passed" in seen.stdout
    assert (folder / "passed").read_text() == "x", "what had passed was not run again"


def test_what_fails_alone_too_is_not_good(folder: Path) -> None:
    seen = _second_look(folder, "--again", _first_look(folder, "test_never_passes"))
    assert seen.returncode == 1
    assert "and not all ok alone" in seen.stdout


def test_runs_are_counted_together_and_more_than_a_few_are_no_matter_of_time(folder: Path) -> None:
    runs = (_first_look(folder, "never", "one"), _first_look(folder, "passes_alone", "two"))
    (folder / "alone").unlink()
    runs = (runs[0], _first_look(folder, "passes_alone", "two"))
    seen = _second_look(folder, "--again", *runs)
    assert seen.returncode == 1
    assert "no second look: 4 tests failed" in seen.stdout


@pytest.mark.parametrize("code", [2, 134, -6])
def test_a_run_that_broke_off_stays_bad_whatever_passes_alone(folder: Path, code: int) -> None:
    good = _first_look(folder, "passes_alone")
    seen = _second_look(folder, "--again", good, f"broken={code}")
    assert seen.returncode == abs(code)
    assert "SECOND LOOK" not in seen.stdout


def test_a_process_that_aborts_is_such_a_run(folder: Path) -> None:
    seen = _second_look(folder, "--again", _first_look(folder, "breaks_off"))
    assert seen.returncode not in (0, 1)


def test_a_failed_run_that_noted_nothing_stays_bad(folder: Path) -> None:
    assert _second_look(folder, "--again", "unknown=1").returncode == 1


@pytest.mark.parametrize(("codes", "worst"), [((0, 0), 0), ((0, 1), 1), ((1, 3), 3)])
def test_who_did_not_ask_for_one_gets_the_worst_of_the_runs(
    folder: Path, codes: tuple[int, ...], worst: int
) -> None:
    seen = _second_look(folder, *(f"run{number}={code}" for number, code in enumerate(codes)))
    assert seen.returncode == worst
    assert seen.stdout == ""
