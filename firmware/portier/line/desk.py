"""What every command of lines does: find the keys, ask the operator for its lines, end well at a signal."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from portier.adapters.operator_api import keys as own_keys
from portier.adapters.operator_api.operator import OvhOperator, connected
from portier.intercom.lines import Line

from .progress import Progress

_OUTPUTS = (1, 2)


class Desk:
    """The operator, as these keys see it.

    `ended` is set by the first signal within `ends_well`, and `signal` is its number, else 0.
    """

    def __init__(self, given: Path | None) -> None:
        """Raises OperatorKeyError and LibraryMissingError."""
        self.place = own_keys.place(given)
        self.keys = own_keys.read(self.place)
        self.ended = threading.Event()
        self.signal = 0
        self._terminals = [one for one in _OUTPUTS if os.isatty(one)]
        self._progress: Progress | None = None
        self.operator: OvhOperator = connected(self.keys, self._tell, self.pause)

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
        """Finish what is begun at a Ctrl-C, a kill or a lost connection; leave at a second Ctrl-C or kill.

        A third is too many: it would keep from the audit log what the second has left in the middle.
        """
        leaving = False

        def end(number: int, frame: FrameType | None) -> None:
            nonlocal leaving
            if not self.signal:
                self.signal = number
                self.ended.set()
            elif number != signal.SIGHUP and not leaving:
                # A shell and the kernel both tell of a lost connection: two of them are one.
                leaving = True
                signal.default_int_handler(number, frame)

        taken = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            # Else it is to outlive its terminal: nohup(1).
            taken.append(signal.SIGHUP)
        before = {one: signal.signal(one, end) for one in taken}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def leave_lost_terminal(self) -> None:
        """Print no more to a terminal that has gone."""
        for one in self._terminals:
            if not os.isatty(one):
                os.dup2(os.open(os.devnull, os.O_WRONLY), one)

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
        warn(f"note: {text}")

    def pause(self, seconds: float) -> bool:
        """Wait; false where a signal has ended that."""
        return not self.ended.wait(seconds)


def warn(text: str) -> None:
    """Say it on stderr; a terminal that has gone must not end what is being done."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
