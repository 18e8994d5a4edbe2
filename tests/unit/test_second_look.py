"""A second look at tests is for few, hides nothing, and makes no run good that broke off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
import os
import pytest

def pytest_unconfigure():
    if os.environ.get("BREAKS_AT_ITS_END"):
        raise RuntimeError
"""
TESTS = """
import os
from pathlib import Path
import pytest

@pytest.fixture
def is_alone():
    assert Path("alone").exists()

def test_passes():
    Path("passed").open("a").write("x")

@pytest.mark.parametrize("name", ["a b", "c::d"])
def test_passes_alone(name):
    assert Path("alone").exists()

def test_is_set_up_alone(is_alone):
    pass

def test_is_skipped_alone():
    if Path("alone").exists():
        pytest.skip("not here")
    raise AssertionError

@pytest.mark.parametrize("number", range(2))
def test_never_passes(number):
    raise AssertionError

@pytest.fixture
def left():
    yield
    assert Path("alone").exists()

def test_leaves_a_mess(left):
    pass

def test_breaks_off():
    os.abort()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    # What has fixtures of its own makes pytest look at its plugins anew.
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "conftest.py").touch()
    (tmp_path / "others" / "test_other.py").write_text("def test_of_others(): pass")
    return tmp_path


def _python(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _first_look(folder: Path, wanted: str, name: str = "first", **more: str) -> str:
    ended = _python(folder, "tests.noted", f"{name}.json", "-k", f"{wanted} or others", ".", **more)
    return f"{name}.json={ended.returncode}"


def _second_look(folder: Path, *runs: str) -> subprocess.CompletedProcess[str]:
    (folder / "alone").touch()
    return _python(folder, "tests.second_look", "--again", *runs)


def test_what_failed_beside_others_and_passes_alone_is_good_and_told(folder: Path) -> None:
    seen = _second_look(folder, _first_look(folder, "passes and not never or set_up"), "other.json=0")
    assert seen.returncode == 0, seen.stdout
    assert "FAILED AT A FIRST LOOK, ok alone:\n  test_some.py::test_is_set_up_alone\n" in seen.stdout
    assert "3 passed" in seen.stdout
    assert (folder / "passed").read_text() == "x", "what had passed was not run again"


@pytest.mark.parametrize("wanted", ["test_never_passes", "skipped"])
def test_what_fails_or_is_skipped_alone_is_not_good(folder: Path, wanted: str) -> None:
    seen = _second_look(folder, _first_look(folder, wanted))
    assert seen.returncode == 1
    assert "and not all ok alone" in seen.stdout


def test_runs_are_counted_together_and_more_than_a_few_are_no_matter_of_time(folder: Path) -> None:
    seen = _second_look(
        folder, _first_look(folder, "never", "one"), _first_look(folder, "passes_alone", "two")
    )
    assert seen.returncode == 1
    assert "no second look: 4 tests failed" in seen.stdout


def test_what_is_found_at_a_tests_end_may_be_of_another(folder: Path) -> None:
    seen = _second_look(folder, _first_look(folder, "mess"))
    assert seen.returncode == 1
    assert "no second look: test_some.py::test_leaves_a_mess failed in its teardown" in seen.stdout


@pytest.mark.parametrize("code", [1, 2, 134])
def test_a_run_that_broke_off_stays_bad_whatever_passes_alone(folder: Path, code: int) -> None:
    seen = _second_look(folder, _first_look(folder, "passes_alone"), f"broken.json={code}")
    assert seen.returncode == code
    assert "no second look: the run of broken broke off" in seen.stdout


def test_a_process_that_aborts_is_such_a_run(folder: Path) -> None:
    # As a shell tells it.
    code = abs(int(_first_look(folder, "breaks_off").rpartition("=")[2])) + 128
    assert _second_look(folder, f"first.json={code}").returncode == code


def test_a_run_that_broke_at_its_end_is_one_too(folder: Path) -> None:
    first = _first_look(folder, "passes_alone", BREAKS_AT_ITS_END="1")
    assert first == "first.json=1"
    assert _second_look(folder, first).returncode == 1


def test_tests_that_cannot_be_read_get_no_second_look(folder: Path) -> None:
    (folder / "test_some.py").write_text("raise RuntimeError")
    assert _second_look(folder, _first_look(folder, "passes")).returncode == 2


@pytest.mark.parametrize(("codes", "worst"), [((0, 0), 0), ((0, 1), 1), ((1, 3), 3)])
def test_who_did_not_ask_for_one_gets_the_worst_of_the_runs(
    folder: Path, codes: tuple[int, ...], worst: int
) -> None:
    runs = (f"run{number}.json={code}" for number, code in enumerate(codes))
    seen = _python(folder, "tests.second_look", *runs)
    assert seen.returncode == worst
    assert seen.stdout == ""
