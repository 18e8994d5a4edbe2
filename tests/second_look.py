"""`python -m tests.second_look`: of runs of tests side by side, once more and alone what failed in them.

For tests in real time, which have only what the others leave them of the machine. Both looks are told. A run
that broke off, a failure that may be another test's, and more than a few of them are no matter of time.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.lab.looks import MOST
from tests.noted import run

_TESTS_FAILED = 1
# What a fixture of several tests finds at its end is told of the last of them.
_OF_THE_TEST_ALONE = {"setup", "call"}


def main() -> int:
    """The exit code of the worst run, or 0 where all that failed passed at a second look."""
    options = _options()
    runs: list[tuple[Path, int]] = options.runs
    codes = [code for _, code in runs]
    if not options.again or not any(codes):
        return max(codes)
    if reason := _unfit(runs):
        print(f"no second look: {reason}")
        return max(codes)
    failed = sorted(test for file, code in runs if code for test in _failed_in(file))
    told = "\n  ".join(failed)
    print(f"A SECOND LOOK, with nothing beside, at what failed:\n  {told}", flush=True)
    code, noted = run(failed)
    good = code == 0 and noted.passed == set(failed)
    print(f"FAILED AT A FIRST LOOK, {'ok alone' if good else 'and not all ok alone'}:\n  {told}")
    return 0 if good else code or _TESTS_FAILED


def _unfit(runs: list[tuple[Path, int]]) -> str:
    """Why what failed is no matter of time; empty where it may be one."""
    count = 0
    for file, code in runs:
        if code == 0:
            continue
        failed = _failed_in(file)
        if code != _TESTS_FAILED or not failed:
            return f"the run of {file.stem} broke off (exit code {code})"
        for test, phases in failed.items():
            if not {*phases} <= _OF_THE_TEST_ALONE:
                return f"{test} failed in its {', '.join(phases)}"
        count += len(failed)
    return f"{count} tests failed, and one is taken at {MOST} at most" if count > MOST else ""


def _failed_in(file: Path) -> dict[str, list[str]]:
    return dict(json.loads(file.read_text())) if file.exists() else {}


def _run(text: str) -> tuple[Path, int]:
    file, _, code = text.rpartition("=")
    return Path(file), int(code)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.second_look", description=__doc__)
    parser.add_argument("--again", action="store_true", help=f"take one, at {MOST} tests at most")
    parser.add_argument(
        "runs", nargs="+", type=_run, metavar="FILE=CODE", help="what tests.noted left, and its exit code"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
