"""Our own PJSIP, by `make wheel` as a program: built once on a machine, then taken from the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BUILD_LIMIT_S = 1500.0
LIMIT_S = 60.0


def tool(*words: str, limit_s: float = LIMIT_S, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `make wheel`'s program."""
    return subprocess.run(
        (sys.executable, "-m", "portier_pjsip", *words),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


def built(folder: Path, target: str) -> Path:
    """The wheel of a target, in a folder."""
    ran = tool("build", "--target", target, "--output", str(folder), limit_s=BUILD_LIMIT_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (made,) = folder.glob("*.whl")
    return made


def unpacked(wheel: Path, folder: Path) -> Path:
    """A wheel put by pip into a folder of its own."""
    options = ("--quiet", "--no-index", "--no-deps", "--target", str(folder))
    subprocess.run(
        (sys.executable, "-m", "pip", "install", *options, str(wheel)), check=True, timeout=LIMIT_S
    )
    return folder
