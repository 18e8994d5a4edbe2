"""Questions that are asked in a child process, because the answer may be an abort or take for ever.

Each module here is such a child: `python -m portier.doctor.probes.NAME ARGUMENTS`. It answers with one
JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from portier.children import ended_words, last_line
from portier.doctor.machine import TIMED_OUT, Machine

_TROUBLE = "trouble"
_Answer = TypeVar("_Answer")


class ProbeError(Exception):
    """A child did not answer; the text says why."""


def ask(machine: Machine, kind: type[_Answer], name: str, *arguments: str, limit_s: float) -> _Answer:
    """Ask a child; its answer is of this dataclass. Raises ProbeError with what went wrong."""
    child = machine.run(sys.executable, "-m", f"portier.doctor.probes.{name}", *arguments, limit_s=limit_s)
    if child.code == TIMED_OUT:
        raise ProbeError(f"no answer within {limit_s:.0f} s")
    if child.code < 0:
        raise ProbeError(ended_words(child.code, child.stderr))
    try:
        answer: dict[str, Any] = json.loads(last_line(child.stdout))
        if _TROUBLE not in answer:
            return kind(**answer)
    except (ValueError, TypeError):
        raise ProbeError(ended_words(child.code, child.stderr)) from None
    raise ProbeError(str(answer[_TROUBLE]))


def answer(question: Callable[[], Any]) -> int:
    """Be the child: answer the question, or tell the trouble in one line; the exit code."""
    try:
        told = asdict(question())
    except Exception as error:  # noqa: BLE001 -- whatever it is, the parent tells it
        told = {_TROUBLE: str(error) or type(error).__name__}
    sys.stdout.write(f"\n{json.dumps(told)}\n")
    sys.stdout.flush()
    return int(_TROUBLE in told)
