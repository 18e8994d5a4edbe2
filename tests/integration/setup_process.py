"""A program such as `portier setup` in a terminal of its own: what it shows is waited for, keys are typed."""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from portier.setup.texts.typography import APOSTROPHE

_LIMIT_S = 30.0
_END_S = 15.0
_PROMPT = re.compile(r"(?:^|\n)([^\n]*: )\Z")
CTRL_C, CTRL_D, CTRL_BACKSLASH = "\x03", "\x04", "\x1c"


class TerminalProcess:
    """Use as a context manager; its end is a SIGTERM, then a SIGKILL, when nothing else ended it."""

    def __init__(self, command: Sequence[str], **environment: str) -> None:
        self._command = command
        self._environment: Mapping[str, str] = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", **environment}
        self._terminal, self._inside = pty.openpty()
        self.shown = ""
        self._looked_at = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # A terminal that controls it, so that Ctrl-C is a signal; a shell's background job ignores that.
        command = ["env", "--default-signal=INT", "setsid", "--ctty", *self._command]
        self._process = subprocess.Popen(
            command, stdin=self._inside, stdout=self._inside, stderr=self._inside, env=self._environment
        )
        os.close(self._inside)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            # Politely first: what it has made for itself goes with it.
            self._process.terminate()
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._terminal >= 0:
            os.close(self._terminal)

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it is still there, 1 ms from now."""
        assert self._process
        self._look(0.001)
        return self._process.poll() is None

    def wait(self, text: str, limit_s: float = _LIMIT_S) -> None:
        """Wait until this is shown, wherever its lines break, after what was waited for before."""
        until_s = time.monotonic() + limit_s
        wanted = re.compile(r"\s+".join(map(re.escape, text.split(" "))).replace("'", f"['{APOSTROPHE}]"))
        while not (match := wanted.search(self.shown, self._looked_at)):
            if not self._look(until_s - time.monotonic()):
                raise AssertionError(f"{text!r} is not shown within {limit_s} s:\n{self.shown}")
        self._looked_at = match.end()

    def prompt(self, limit_s: float = _LIMIT_S) -> str:
        """Wait until it asks; the last line, which is the question."""
        until_s = time.monotonic() + limit_s
        while not (match := _PROMPT.search(self.shown, self._looked_at)):
            if not self._look(until_s - time.monotonic()):
                raise AssertionError(f"it does not ask within {limit_s} s:\n{self.shown}")
        self._looked_at = len(self.shown)
        return match[1]

    def type(self, keys: str) -> None:
        """Type these keys, without Enter."""
        os.write(self._terminal, keys.encode())

    def answer(self, question: str, answer: str = "", limit_s: float = _LIMIT_S) -> None:
        """Wait for a question and answer it."""
        self.wait(question, limit_s)
        self.type(f"{answer}\n")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to setup alone."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Take the terminal away, as a connection does that is lost."""
        os.close(self._terminal)
        self._terminal = -1

    def ended(self, limit_s: float = _LIMIT_S) -> int:
        """Wait for its end; its exit code."""
        assert self._process
        until_s = time.monotonic() + limit_s
        while self._process.poll() is None:
            if time.monotonic() > until_s:
                raise AssertionError(f"it did not end within {limit_s} s:\n{self.shown}")
            if self._terminal >= 0:
                self._look(0.1)
            else:
                time.sleep(0.05)
        while self._terminal >= 0 and self._look(0.1):
            pass
        return self._process.returncode

    def _look(self, limit_s: float) -> bool:
        """Read what is shown; False when nothing more comes in time."""
        if limit_s <= 0 or not select.select([self._terminal], [], [], limit_s)[0]:
            return False
        try:
            more = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.shown += self._decoder.decode(more).replace("\r\n", "\n")
        return bool(more)


class SetupProcess(TerminalProcess):
    """`portier setup` of this project, for a configuration."""

    def __init__(self, config: Path, **environment: str) -> None:
        command = (sys.executable, "-m", "portier", "setup", "--config", str(config))
        super().__init__(command, **environment)
