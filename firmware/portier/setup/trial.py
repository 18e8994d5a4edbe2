"""The parent's side of what is tried: a child that says what it sees, and ends when it is let go."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from portier.children import end_child
from portier.setup import tries
from portier.setup.tries import Seen

_END_LIMIT_S = 4.0
"""The station's own end may take 3 s."""


class Trial(Protocol):
    """One thing that is tried. Leaving its context switches it off, whatever happened."""

    @property
    def ended(self) -> bool:
        """Whether it is over, and all that was seen has been handed out."""
        ...

    @property
    def last_words(self) -> str:
        """The last line that was logged; empty where none was."""
        ...

    @property
    def failed(self) -> bool:
        """Whether it did not end as it should; known when its context is left."""
        ...

    def next(self, limit_s: float) -> Seen | None:
        """What is seen next; None when nothing is in time, or any more."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Begin(Protocol):
    """Begins to try: the name of a module of `tries`, and its arguments."""

    def __call__(self, name: str, *arguments: str) -> Trial: ...


class Child:
    """A `Trial` in a process of its own, which no signal of the terminal reaches."""

    def __init__(self, folder: Path, name: str, arguments: Sequence[str]) -> None:
        """Run it in a folder of setup's own: lgpio makes a pipe in its working folder."""
        self._said = b""
        self._seen: deque[Seen] = deque()
        self._silent = False
        self._last_words = ""
        self._log = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed with the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{tries.__name__}.{name}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=folder,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        """Whether it is over, and all that was seen has been handed out."""
        return self._silent and not self._seen

    @property
    def last_words(self) -> str:
        """The last line that was logged; empty where none was."""
        if not self._log.closed:
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").strip().splitlines()
            self._last_words = lines[-1] if lines else ""
        return self._last_words

    @property
    def failed(self) -> bool:
        """Whether it did not end as it should; known when its context is left."""
        return self._process.returncode != 0

    def next(self, limit_s: float) -> Seen | None:
        """What is seen next; None when nothing is in time, or any more."""
        until_s = time.monotonic() + limit_s
        while not self._seen and not self._silent:
            left_s = until_s - time.monotonic()
            if left_s <= 0 or not self._hear(left_s):
                break
        return self._seen.popleft() if self._seen else None

    def _hear(self, limit_s: float) -> bool:
        stdout = self._process.stdout
        if stdout is None or not select.select([stdout], [], [], limit_s)[0]:
            return False
        more = os.read(stdout.fileno(), 65536)
        self._silent = not more
        *lines, self._said = (self._said + more).split(b"\n")
        self._seen.extend(seen for seen in map(tries.read, lines) if seen)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it: by its input, which it minds; by force only where it does not end in time.

        Whoever presses Ctrl-C once more is not waited for: it ends by itself.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            pass
        end_child(self._process)
        self._last_words = self.last_words
        self._log.close()
