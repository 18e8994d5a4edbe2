"""Has the configuration checked by a process of its own, while this one gets ready for what it says."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from portier.children import end_child
from portier.errors import ConfigError, ConfigReadError, PortierError
from portier.plan import Plan

# -P: nothing of the folder in which the station was started is imported.
_COMMAND = (sys.executable, "-P", "-m", "portier.config.planned")
_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of checking a file: a plan with warnings, its problems, or why it cannot be read."""

    plan: Plan | None = None
    warnings: tuple[str, ...] = ()
    source: str = ""
    problems: tuple[str, ...] = ()
    unreadable: str = ""


class Checking:
    """Begins to check a file; `result` waits for what came of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Not a pipe: what was read of one is kept as long as the child's object, and an outcome may be large.
        self._said = open(os.memfd_create("outcome"), "r+b")  # noqa: PTH123, SIM115 -- it has no path
        self._child = subprocess.Popen(
            [*_COMMAND, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.PIPE,
        )

    def end(self) -> None:
        """Check no more."""
        end_child(self._child)
        self._said.close()

    def result(self) -> tuple[Plan, tuple[str, ...]]:
        """The station's plan, and warnings.

        Raises:
            ConfigError, ConfigReadError: as `config.load.load` does.
            PortierError: the check itself failed.
        """
        with self._said:
            outcome = self._outcome()
        if outcome.plan is not None:
            return outcome.plan, outcome.warnings
        if outcome.unreadable:
            raise ConfigReadError(outcome.unreadable)
        raise ConfigError(outcome.source, outcome.problems)

    def _outcome(self) -> Outcome:
        try:
            _, complaint = self._child.communicate(timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
            raise PortierError(f"{self._path}: not checked within {_LIMIT_S:.0f} s") from None
        if self._child.returncode != 0:
            words = complaint.decode(errors="replace").strip().splitlines() or ["nothing"]
            raise PortierError(f"{self._path}: its check ended with {self._child.returncode}: {words[-1]}")
        try:
            self._said.seek(0)
            outcome: Outcome = pickle.load(self._said)  # noqa: S301 -- a child of ours wrote it
        except (pickle.UnpicklingError, EOFError, AttributeError) as error:
            raise PortierError(
                f"{self._path}: its check said something that is no outcome: {error}"
            ) from error
        return outcome
