"""What every command of lines does: find the keys, ask the operator for its lines, end well at Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from portier.adapters.operator_api import keys as own_keys
from portier.adapters.operator_api.operator import OvhOperator, connected
from portier.intercom.lines import Line

from .progress import Progress


class Desk:
    """The operator, as these keys see it. `ended` is set by the first Ctrl-C within `ends_well`."""

    def __init__(self, given: Path | None) -> None:
        """Raises OperatorKeyError and LibraryMissingError."""
        self.place = own_keys.place(given)
        self.keys = own_keys.read(self.place)
        self.ended = threading.Event()
        self._progress: Progress | None = None
        self.operator: OvhOperator = connected(self.keys, self._tell, self._pause)

    @contextmanager
    def progress(self, what: str, count: int) -> Iterator[Progress]:
        """A bar on a terminal, for so many things."""
        self._progress = Progress(what, count)
        try:
            yield self._progress
        finally:
            self._progress.close()
            self._progress = None

    @contextmanager
    def ends_well(self) -> Iterator[None]:
        """Finish what is begun at the first Ctrl-C, and leave at the second."""

        def end(number: int, frame: FrameType | None) -> None:
            if self.ended.is_set():
                signal.default_int_handler(number, frame)
            self.ended.set()

        before = signal.signal(signal.SIGINT, end)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def lines(self) -> list[Line]:
        """Every line of every billing account."""
        accounts = self.operator.accounts()
        found: list[Line] = []
        with self.progress("billing accounts", len(accounts)) as bar:
            for account in accounts:
                found += self.operator.lines(account)
                bar.step()
        return found

    def _tell(self, text: str) -> None:
        if self._progress:
            self._progress.clear()
        print(f"note: {text}", file=sys.stderr, flush=True)

    def _pause(self, seconds: float) -> bool:
        return not self.ended.wait(seconds)
