"""The parent's side of the line's process: starts it, speaks to it, waits for what it sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from .events import LineError, Plain, What
from .leg import KeyWay

Seen = Mapping[str, Plain]
"""One event as the process wrote it: `event`, `at_ns`, `mono_ns`, `call`, and its own fields."""

_START_S = 10.0
_END_S = 3.0


class LineProcess:
    """A line in a process of its own.

    Its clock stamps, `mono_ns`, compare with `time.monotonic_ns()` of any process on this machine.
    """

    def __init__(self, *options: str, password: str = "", within: Sequence[str] = ()) -> None:
        """Start it with these command line options and wait until it is ready.

        `within` begins its command: a program that runs it elsewhere, in another network say.
        """
        environment = {**os.environ, "PORTIER_LINE_PASSWORD": password}
        self._changed = threading.Condition()
        self._events: list[Seen] = []
        self._taken: set[int] = set()
        self._ended = False
        self._process = subprocess.Popen(
            [*within, sys.executable, "-P", "-m", "portier.bench.line", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="line-reader", daemon=True)
        self._reader.start()
        try:
            self.port = int(self.wait_for(What.READY, timeout_s=_START_S)["sip_port"])
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def events(self) -> tuple[Seen, ...]:
        """Every event so far."""
        with self._changed:
            return tuple(self._events)

    def forget(self) -> None:
        """Let go of every event so far."""
        with self._changed:
            self._events.clear()
            self._taken.clear()

    def wait_for(self, *what: What, timeout_s: float = 5.0) -> Seen:
        """The first event of these kinds that was not handed out before; LineError when none comes."""
        until_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for index, seen in enumerate(self._events):
                    if seen["event"] in what and index not in self._taken:
                        self._taken.add(index)
                        return seen
                if self._ended:
                    raise LineError(f"the line's process ended while {' or '.join(what)} was waited for")
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    names = ", ".join(str(seen["event"]) for seen in self._events) or "nothing"
                    raise LineError(f"no {' or '.join(what)} within {timeout_s} s; seen: {names}")

    def send(self, do: str, **fields: Plain) -> None:
        """Give one command; LineError when nobody takes it any more."""
        stdin = self._process.stdin
        try:
            if stdin is None:
                raise BrokenPipeError
            stdin.write(json.dumps({"do": do, **fields}) + "\n")
            stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise LineError("the line's process takes no commands any more") from error

    def digits(self, keys: str, by: KeyWay = KeyWay.EVENT) -> None:
        """Send keys in the newest call."""
        self.send("digits", keys=keys, by=by.value)

    def hang_up(self) -> None:
        """End the newest call."""
        self.send("hang_up")

    def close(self) -> None:
        """End the process: first by closing its input, then by its own number."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        for end in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                end()
        self._process.wait()
        self._reader.join(_END_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        stdout = self._process.stdout
        for line in stdout or ():
            try:
                seen = json.loads(line)
            except json.JSONDecodeError:
                continue
            with self._changed:
                self._events.append(seen)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
