"""Processes that help this one to start."""

from __future__ import annotations

import ctypes
import signal
import subprocess
from typing import Any

_SET_PARENT_DEATH_SIGNAL = 1


def end_with_parent() -> None:
    """Let the kernel end this process when its parent has ended, however that was (prctl(2))."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def end_child(child: subprocess.Popen[Any]) -> None:
    """End a child that is still there, and let go of its pipes."""
    if child.poll() is None:
        child.kill()
    child.wait()
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()


def ended_words(code: int, complaint: str) -> str:
    """Say how a child ended: by an exit code, negative for a signal, and the last line of its complaint."""
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"it {how}: {last_line(complaint)}"


def last_line(text: str) -> str:
    """The last line of what a child said."""
    return (text.strip().splitlines() or ["it said nothing"])[-1]
