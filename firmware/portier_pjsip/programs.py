"""Runs programs: those of a build log what they say, and their end is told with its last lines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from portier_pjsip.errors import MachineError, SpaceError, StepError

_TOLD_LINES = 8
_BEAT_S = 1.0
_LATE = 124
_REASON = ("E: ", "ERROR: ")
_NO_SPACE = "No space left on device"
_ERROR_LINE = re.compile(
    r"error|fatal|cannot|not found|No such file|undefined reference|killed", re.IGNORECASE
)

Watch = Callable[[str], None]


class Program:
    """A running program. It and all it started are ended when the `with` block is left before its end."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._command = command
        self._log = log
        self._watch = watch
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise MachineError(
                f"there is no program {command[0]}: install it (make wheel does on Debian)"
            ) from error
        self._reader = threading.Thread(target=self._read, name=command[0], daemon=True)
        self._reader.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.end()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def end(self) -> None:
        """Kill it, with everything that it started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def wait(self, doing: str, beat: Callable[[], None] = lambda: None) -> None:
        """Wait for its end; `beat` is called about once a second. Raises as `failure` says."""
        while True:
            try:
                code = self._process.wait(_BEAT_S)
                break
            except subprocess.TimeoutExpired:
                beat()
        self._reader.join()
        if code != 0:
            raise failure(doing, self._command, code, self._log)

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        with self._log.open("a", encoding="utf-8") as log:
            for line in pipe:
                log.write(line)
                if self._watch:
                    self._watch(line)


def run(
    doing: str,
    command: Sequence[str],
    log: Path,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> None:
    """Run a program to its end; `doing` says in an error what for."""
    with Program(command, log, folder=folder, environment=environment, watch=watch) as program:
        program.wait(doing)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and all it said, without the white space around it."""

    code: int
    output: str
    errors: str
    late: bool = False


def ran(
    command: Sequence[str], limit_s: float = 60.0, environment: Mapping[str, str] = MappingProxyType({})
) -> Ended:
    """Run a program whose failure is an answer, to its end, or end it after the limit: `late`, code 124.

    Raises MachineError where it is missing.
    """
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
            timeout=limit_s,
            check=False,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise MachineError(f"there is no program {command[0]}: install it") from error
    except subprocess.TimeoutExpired:
        return Ended(_LATE, "", f"not done within {limit_s:.0f} s", late=True)
    return Ended(ended.returncode, ended.stdout.strip(), ended.stderr.strip())


def asked(
    command: Sequence[str],
    limit_s: float = 60.0,
    doing: str = "",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What a program prints; `doing` names it in an error, in place of the whole command.

    Raises MachineError where it is missing, StepError where it fails.
    """
    doing = doing or " ".join(command)
    ended = ran(command, limit_s, environment)
    if ended.late:
        raise StepError(f"{doing} did not end within {limit_s:.0f} s")
    if ended.code != 0:
        lines = ended.errors.splitlines() or ["it said nothing"]
        # apt and pip tell the reason first and its consequence last.
        said = next((one for one in lines if one.startswith(_REASON)), lines[-1])
        raise StepError(f"{doing} ended with code {ended.code}: {_without_mark(said)}")
    return ended.output


def _without_mark(line: str) -> str:
    return line.partition(": ")[2] if line.startswith(_REASON) else line


def failure(doing: str, command: Sequence[str], code: int, log: Path) -> StepError | SpaceError:
    """The error of a program that ended with a code, from what its log says."""
    lines = _lines(log)
    text = "\n".join(lines)
    if _NO_SPACE in text:
        return SpaceError(f"{doing}: no space left on the disk of {log.parent}: free some and try again")
    if "Killed signal terminated program" in text or code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return StepError(
            f"{doing}: the compiler was killed, most likely for lack of memory (the binding needs 1.2 GB): "
            "stop other programs, add swap, or build on a PC (make wheel TARGET=bookworm-arm64)"
        )
    said = [one for one in lines if _ERROR_LINE.search(one)][-_TOLD_LINES:] or lines[-_TOLD_LINES:]
    told = "".join(f"\n    {one.rstrip()}" for one in said)
    return StepError(
        f"{doing}: {Path(command[0]).name} ended with code {code}; all it said is in {log}{told}"
    )


def _lines(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-200:]
    except OSError:
        return []
