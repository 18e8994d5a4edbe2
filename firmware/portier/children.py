"""Processes that help this one to start."""

from __future__ import annotations

import subprocess
from typing import Any


def end_child(child: subprocess.Popen[Any]) -> None:
    """End a child that is still there, and let go of its pipes."""
    if child.poll() is None:
        child.kill()
    child.wait()
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
