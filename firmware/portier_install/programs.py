"""Runs a program whose failure is an answer, not an error."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from portier_install.errors import UnfitError

_LATE = 124


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and all it said."""

    code: int
    output: str
    errors: str


def ran(command: Sequence[str], limit_s: float = 60.0) -> Ended:
    """Run a program to its end, or end it after the limit (code 124). Raises UnfitError without it."""
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            timeout=limit_s,
            check=False,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise UnfitError(f"there is no program {command[0]}: install it") from error
    except subprocess.TimeoutExpired:
        return Ended(_LATE, "", f"not done within {limit_s:.0f} s")
    return Ended(ended.returncode, ended.stdout.strip(), ended.stderr.strip())
