"""Speaks to the rig in the guest: buttons, lines, sound, processes and files, each by one method.

Every `at_s` is the guest's monotonic clock, which begins with its kernel. `Rig.here_s` turns it into this
machine's.
"""

from __future__ import annotations

import base64
import itertools
import signal as signals
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.virtual_pi.rig_wire import ANSWER_S, POLL_S, RigError, RigWire

RATE_HZ = 16000
"""Of all sound that is fed and recorded: mono, S16."""

_CLOCK_TRIES = 7
Bias = Literal["pull-up", "pull-down"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A change of a line as the simulator has it: its level, and what it is pulled to."""

    at_s: float
    value: int
    bias: Bias


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command in the guest ended; `output` holds its errors, too."""

    code: int
    output: str


class Rig(RigWire):
    """The rig in a guest; use from any thread. Everything raises RigError where it cannot."""

    def __init__(self, path: Path, limit_s: float) -> None:
        """Connect to the socket that the machine's serial port ends in, and wait until the rig is there."""
        super().__init__(path, limit_s)
        self._ahead_s = 0.0

    # Buttons and lines.

    def press(self, line: int, held_s: float = 0.15) -> float:
        """Close a button's contact to ground for a moment; the moment it closed."""
        return self._number("press", line=line, held_s=held_s)

    def pull(self, line: int, bias: Bias) -> float:
        """Pull a line from outside and leave it so: a contact that stays closed or open; the moment."""
        return self._number("pull", line=line, bias=bias)

    def value(self, line: int) -> int:
        """The level of a line now, 0 or 1."""
        return int(self.ask("value", line=line)["value"])

    def bias(self, line: int) -> Bias:
        """What pulls a line now."""
        found: Bias = self.ask("value", line=line)["bias"]
        return found

    def history(self, line: int, since_s: float = 0.0) -> list[Sample]:
        """Every change of a watched line from a moment on, the oldest first; from 0 on, the first sample too.

        The strike's line is looked at each ms while it moves or `wait` waits, else each 4 ms; all others that
        may be used each 20 ms; from before systemd's first unit on. See `watch`.
        """
        found = self.ask("history", line=line, since_s=since_s)["samples"]
        return [Sample(at_s, value, bias) for at_s, value, bias in found]

    def watch(self, *lines: int) -> None:
        """Look at these lines each ms, and at no others so often; at the start it is the strike's."""
        self.ask("watch", lines=list(lines))

    def wait(self, line: int, value: int, limit_s: float, since_s: float = 0.0) -> float:
        """The moment of the first change to a level after `since_s`; RigError where it does not come.

        Where `since_s` is 0 and the line has that level, the moment of its last change.
        """
        found = self.ask("wait", line=line, value=value, limit_s=limit_s, since_s=since_s, _limit_s=limit_s)
        return float(found["at_s"])

    def persist(self, *, on: bool) -> None:
        """Whether a freed output keeps its level, as Raspberry Pi kernels have it; off: as stock gpio-sim."""
        self.ask("persist", on=on)

    # Sound. The station's card is one end of a loopback, the rig has the other.

    def feed(self, pcm: bytes) -> float:
        """Begin to play sound into the station's microphone, again and again until `feed_end`; the moment."""
        self.put("/run/rig/feed.raw", pcm)
        return self._number("feed")

    def feed_end(self) -> None:
        """Play no more: the microphone has silence, and still runs."""
        self.ask("feed_end")

    def record(self) -> float:
        """Begin to record what the station's loudspeaker plays; the moment. Ended by `recorded`."""
        return self._number("record")

    def recorded(self) -> bytes:
        """End the recording; all of it, mono S16 at RATE_HZ."""
        self.ask("record_end")
        return self.get("/run/rig/record.raw")

    def sound_card(self, *, there: bool) -> None:
        """Pull the sound card, whoever uses it, or plug it in again."""
        self.ask("sound_card", there=there)

    # Processes and commands.

    def run(self, *command: str, limit_s: float = ANSWER_S) -> Ran:
        """Run a command as root, however it ends."""
        ran = self.ask("run", command=command, limit_s=limit_s, _limit_s=limit_s)
        return Ran(ran["code"], ran["output"])

    def told(self, *command: str, limit_s: float = ANSWER_S) -> str:
        """What a command says; RigError where it fails."""
        ran = self.run(*command, limit_s=limit_s)
        if ran.code != 0:
            raise RigError(f"{' '.join(command)} ended with {ran.code}: {ran.output[-2000:]}")
        return ran.output.strip()

    def shell(self, script: str, limit_s: float = ANSWER_S) -> str:
        """What a shell script says; RigError where it fails."""
        return self.told("sh", "-euc", script, limit_s=limit_s)

    def kill(self, pid: int, number: signals.Signals = signals.SIGKILL) -> float:
        """Send a process, or by a negative number a group, a signal; the moment. Quicker than systemctl."""
        return self._number("kill", pid=pid, signal=int(number))

    def station(self, do: str, **names: str) -> dict[str, Any]:
        """What the station answers to a request at its control socket (adapters/control/protocol.py)."""
        found: dict[str, Any] = self.ask("station", request={"do": do, **names})["reply"]
        return found

    def shows(self, name: str, unit: str = "portier.service") -> str:
        """A property of a unit, as systemd has it."""
        return self.told("systemctl", "show", "--value", f"--property={name}", unit)

    @property
    def station_pid(self) -> int:
        """The number of the station's main process; 0 while none runs."""
        return int(self.shows("MainPID") or 0)

    def journal(self, since_s: float = 0.0) -> str:
        """What the station has logged, and systemd of it, since a moment of this boot."""
        words = (
            "journalctl",
            "--unit=portier",
            "--boot",
            "--output=short-monotonic",
            "--no-pager",
            "--quiet",
        )
        lines = self.told(*words).splitlines()
        return "\n".join(one for one in lines if _moment_s(one) >= since_s)

    # Files, clock and disk.

    def put(self, path: str, content: bytes | str, mode: int = 0o644, owner: str = "root:root") -> None:
        """Write a file whole; a folder that is missing is made."""
        data = content.encode() if isinstance(content, str) else content
        self.ask("put", path=path, data=base64.b64encode(data).decode(), mode=mode, owner=owner)

    def get(self, path: str) -> bytes:
        """A file's content."""
        return base64.b64decode(self.ask("get", path=path)["data"])

    def set_clock(self, unix_s: float) -> None:
        """Set the time of day."""
        self.ask("set_clock", unix_s=unix_s)

    def fill_disk(self, folder: str = "/var/lib/portier") -> None:
        """Leave a folder's file system without one free block, not even for root."""
        self.ask("fill_disk", folder=folder, _limit_s=120.0)

    def free_disk(self) -> None:
        """Take the filler away."""
        self.ask("free_disk")

    # Clocks and figures.

    @property
    def now_s(self) -> float:
        """The guest's monotonic clock."""
        return self._number("now")

    def here_s(self, at_s: float) -> float:
        """A moment of the guest's by this machine's monotonic clock, to about a ms when all is quiet."""
        if not self._ahead_s:
            best_s = float("inf")
            for _ in range(_CLOCK_TRIES):
                before_s = time.monotonic()
                there_s = self.now_s
                after_s = time.monotonic()
                if after_s - before_s < best_s:
                    best_s = after_s - before_s
                    self._ahead_s = (before_s + after_s) / 2 - there_s
        return at_s + self._ahead_s

    def figures(self, pid: int) -> dict[str, float]:
        """What a process has used: `cpu_s`, `memory_kib`; and of the machine `busy_s`, `written_bytes`."""
        found: dict[str, float] = self.ask("figures", pid=pid)["figures"]
        return found

    def until(self, true: Callable[[], bool], limit_s: float, what: str, every_s: float = POLL_S) -> None:
        """Wait for something; RigError that names it where it does not come."""
        until_s = time.monotonic() + limit_s
        while not true():
            if time.monotonic() > until_s:
                raise RigError(f"{what} did not come within {limit_s:g} s")
            time.sleep(every_s)

    def _number(self, do: str, **what: Any) -> float:
        return float(self.ask(do, **what)["at_s"])


def _moment_s(line: str) -> float:
    """The moment of a line of `journalctl --output=short-monotonic`: "[   12.345678] ..."."""
    try:
        return float(line.partition("[")[2].partition("]")[0])
    except ValueError:
        return 0.0


def rises(samples: Sequence[Sample]) -> list[float]:
    """The moments at which a line went high."""
    return [one.at_s for before, one in itertools.pairwise(samples) if one.value > before.value]


def falls(samples: Sequence[Sample]) -> list[float]:
    """The moments at which a line went low."""
    return [one.at_s for before, one in itertools.pairwise(samples) if one.value < before.value]
