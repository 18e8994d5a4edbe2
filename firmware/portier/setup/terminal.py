"""The terminal: lines in, lines out; or a file or pipe of answers, a line each."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Protocol

from portier.setup.texts.typography import APOSTROPHE

WIDEST = 80
_LOOK_S = 0.5


class EndOfInput(Exception):  # noqa: N818 -- an end, no error
    """Nobody answers any more."""


class Terminal(Protocol):
    """Where questions are asked."""

    @property
    def width(self) -> int:
        """Columns that a line may have."""
        ...

    @property
    def live(self) -> bool:
        """Whether somebody sits there: a line may be drawn over, and Enter ends a wait."""
        ...

    def write(self, text: str) -> None:
        """Show a text as it is. Raises EndOfInput where nobody can see it any more."""
        ...

    def line(self, prompt: str) -> str:
        """Ask for a line. Raises EndOfInput."""
        ...

    def secret(self, prompt: str) -> str:
        """Ask for a line that is not shown. Raises EndOfInput."""
        ...

    def entered(self) -> bool:
        """Whether Enter was pressed since the last line, without waiting. Raises EndOfInput."""
        ...


class ThisTerminal:
    """`Terminal` by standard input and output, on a terminal or not."""

    def __init__(self) -> None:
        # A locale that knows no accents must not end it.
        for stream in (sys.stdin, sys.stdout):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")
        # Python has no stream where the caller closed one.
        self._typed = bool(sys.stdin and sys.stdin.isatty())
        self._live = bool(self._typed and sys.stdout and sys.stdout.isatty())

    @property
    def width(self) -> int:
        """Columns that a line may have."""
        return max(40, min(WIDEST, shutil.get_terminal_size().columns))

    @property
    def live(self) -> bool:
        """Whether somebody sits there."""
        return self._live

    def write(self, text: str) -> None:
        """Show a text as it is. Raises EndOfInput where nobody can see it any more."""
        if sys.stdout is None:
            raise EndOfInput
        try:
            if APOSTROPHE.encode(sys.stdout.encoding, "ignore") == b"":
                text = text.replace(APOSTROPHE, "'")
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            # Python flushes it once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise EndOfInput from None

    def line(self, prompt: str) -> str:
        """Ask for a line. Raises EndOfInput."""
        self.write(prompt)
        answer = self._read()
        if not self._typed:
            # What a terminal would have shown while it was typed.
            self.write(f"{answer}\n")
        return answer

    def secret(self, prompt: str) -> str:
        """Ask for a line that is not shown. Raises EndOfInput."""
        # Before the prompt: whoever reads that may be typing already.
        with _unseen(sys.stdin.fileno()) if self._typed else nullcontext():
            self.write(prompt)
            answer = self._read()
        self.write("\n")
        return answer

    def entered(self) -> bool:
        """Whether Enter was pressed since the last line; never where answers come by a pipe."""
        if not self._live or not select.select([sys.stdin], [], [], 0)[0]:
            return False
        self._read()
        return True

    def _read(self) -> str:
        if sys.stdin is None:
            raise EndOfInput
        # A signal that comes just before a read would wait for its end: not longer than this.
        while self._typed and not select.select([sys.stdin], [], [], _LOOK_S)[0]:
            pass
        try:
            answer = sys.stdin.readline()
        except OSError:
            answer = ""
        if not answer:
            raise EndOfInput
        return answer.rstrip("\r\n")


@contextmanager
def _unseen(terminal: int) -> Iterator[None]:
    """Let a terminal not show what is typed."""
    before = termios.tcgetattr(terminal)
    unseen = [*before]
    unseen[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, unseen)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
