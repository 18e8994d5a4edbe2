"""The bench by hand: keys press the bell, and make the phone send digits and hang up."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from portier import logs, process
from portier.bench.line.events import LineError
from portier.bench.line_mode import LineMode
from portier.bench.rig import LINE_NUMBER, RELEASE_DIGIT, WRONG_DIGIT, Rig
from portier.core.states import State
from portier.status import snapshot

_HELP = """\
keys: b press the bell   d phone sends the right digit   w a wrong one   h phone hangs up   q quit
      a somebody goes off hook where it rings   m the line's next intercom mode"""


def run(mode: LineMode) -> int:
    """Run the bench until `q` or the end of input; 1 when the station had a fault, else 0.

    The line begins with this intercom mode.
    """
    logs.set_up()
    rig = Rig(modes={LINE_NUMBER: mode})
    try:
        with _keys_at_once(), asyncio.Runner(loop_factory=process.exact_loop) as runner:
            runner.run(_serve(rig, _Hands(rig, mode)))
    finally:
        rig.close()
    return 1 if rig.faults else 0


async def _serve(rig: Rig, hands: _Hands) -> None:
    loop = asyncio.get_running_loop()
    pressed: asyncio.Queue[str] = asyncio.Queue()
    async with rig.running() as station:
        station.runtime.watch(_show)
        print(_HELP, flush=True)
        terminal = sys.stdin.fileno()
        loop.add_reader(terminal, lambda: pressed.put_nowait(os.read(terminal, 1).decode("ascii", "replace")))
        try:
            while (key := await pressed.get()) not in ("", "q", "\x04"):
                await hands.take(key)
        finally:
            loop.remove_reader(terminal)


class _Hands:
    """What the keys do."""

    def __init__(self, rig: Rig, mode: LineMode) -> None:
        self._rig = rig
        self._mode = mode

    async def take(self, key: str) -> None:
        """Do what a key says."""
        rig = self._rig
        try:
            match key:
                case "b":
                    await rig.press()
                case "d":
                    rig.line.digits(RELEASE_DIGIT)
                case "w":
                    rig.line.digits(WRONG_DIGIT)
                case "h":
                    rig.line.hang_up()
                case "a":
                    rig.line.send("answer")
                case "m":
                    self._next_mode()
                case "\n" | "\r" | " ":
                    pass
                case _:
                    print(_HELP, flush=True)
        except LineError as error:
            print(f"  line: {error}", flush=True)

    def _next_mode(self) -> None:
        modes = list(LineMode)
        self._mode = modes[(modes.index(self._mode) + 1) % len(modes)]
        self._rig.line.send("set_mode", line=LINE_NUMBER, mode=self._mode.value)
        print(f"  intercom mode of the line: {self._mode}", flush=True)


def _show(state: State) -> None:
    print(f"  {snapshot(state)}", flush=True)


@contextmanager
def _keys_at_once() -> Iterator[None]:
    """Where input is a terminal: every key counts without Enter."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
