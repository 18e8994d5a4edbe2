"""`python -m tests.second_look`: of runs of pytest side by side, once more and alone what failed in them.

A test in real time has only what the others leave it of the machine. Both looks are told; a run that broke
off, or in which more than a few tests failed, is no matter of time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.lab.looks import MOST

_TESTS_FAILED = 1


def main() -> int:
    """The exit code of the worst run, or 0 where all that failed passed at a second look."""
    options = _options()
    runs: list[tuple[Path, int]] = options.runs
    codes = [code for _, code in runs]
    if not options.again or not set(codes) <= {0, _TESTS_FAILED} or not any(codes):
        return max(codes)
    failed = sorted({test for cache, code in runs if code for test in _failed_in(cache)})
    told = "\n  ".join(failed)
    if not 0 < len(failed) <= MOST:
        print(f"no second look: {len(failed)} tests failed, and one is taken at {MOST} at most\n  {told}")
        return _TESTS_FAILED
    print(f"A SECOND LOOK, with nothing beside, at what failed:\n  {told}", flush=True)
    code = subprocess.run([sys.executable, "-m", "pytest", *failed], check=False).returncode
    print(f"FAILED AT A FIRST LOOK, {'ok alone' if code == 0 else 'and not all ok alone'}:\n  {told}")
    return code


def _failed_in(cache: Path) -> list[str]:
    """The tests that a run noted as failed."""
    noted = cache / "v" / "cache" / "lastfailed"
    return list(json.loads(noted.read_text())) if noted.exists() else []


def _run(text: str) -> tuple[Path, int]:
    cache, _, code = text.rpartition("=")
    # A run that a signal ended has a negative code, or one above 128.
    return Path(cache), abs(int(code))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.second_look", description=__doc__)
    parser.add_argument("--again", action="store_true", help=f"take one, at {MOST} tests at most")
    parser.add_argument(
        "runs", nargs="+", type=_run, metavar="CACHE=CODE", help="cache_dir and exit code of each run"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
