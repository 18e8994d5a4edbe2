"""Several lanes of cases at once: each a process in a network of its own, with an Asterisk and telephones.

The machine that they share is busier for it; so cases in which sound is heard stand beside quiet ones.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.lab import network
from tests.lab.case import Outcome
from tests.virtual_pi import kept
from tests.virtual_pi.case import CASES, Case
from tests.virtual_pi.image import Image

Take = Callable[[Outcome], None]
_START_S = 600.0
"""Until a lane's first case may have begun; another lane may be making what both need."""
_STARTS_S = 120.0
"""What may pass beside a case's own time: a machine's start, and its end."""


class Lanes:
    """Those that run; `take` is called with each outcome as it comes, never twice at once."""

    def __init__(self, output: Path, short: Path, image: Image, take: Take) -> None:
        """`short` is a folder with a short path, for what nobody keeps."""
        self._output = output
        self._short = short
        self._image = image
        self._take = take
        self._lock = threading.Lock()
        self._lanes: list[tuple[subprocess.Popen[str], threading.Thread]] = []

    def begin(self, name: str, cases: Sequence[Case], nice: int = 0) -> None:
        """Have a process look at the cases, one after the other; by `nice` it gives way to others."""
        names = [case.name for case in cases]
        if not names:
            return
        short = self._short / name
        short.mkdir()
        folders = (str(self._output), str(self._image.folder), str(short))
        limit_s = _START_S + sum(case.limit_s + _STARTS_S for case in cases)
        bounds = ("timeout", "--signal=KILL", f"{limit_s:.0f}", "nice", "-n", str(nice))
        words = (*bounds, sys.executable, "-m", "tests.virtual_pi.lane", *folders, name, *names)
        process = subprocess.Popen(
            network.move_in(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        thread = threading.Thread(target=self._read, args=(name, process, names), name=name, daemon=True)
        thread.start()
        self._lanes.append((process, thread))

    def refuse(self, cases: Sequence[Case], reason: str) -> None:
        """Say of cases why nobody looked at them."""
        with self._lock:
            for case in cases:
                self._take(Outcome(case, f"did not run: {reason}", ok=False))

    def wait(self) -> None:
        """Wait until every lane is at its end."""
        for process, thread in self._lanes:
            thread.join()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()

    def end(self) -> None:
        """End those that still run."""
        for process, _ in self._lanes:
            # The lane's own end follows that of its input.
            if process.stdin:
                process.stdin.close()
        self.wait()

    def _read(self, name: str, process: subprocess.Popen[str], names: list[str]) -> None:
        assert process.stdout
        assert process.stdin
        fault = ""
        try:
            for line in process.stdout:
                told = json.loads(line)
                with self._lock:
                    if looked_at := self._hear(told, names):
                        names.remove(looked_at)
        except Exception as error:  # noqa: BLE001 -- nothing that a lane tells may pass for a case that is ok
            fault = f", after it told {type(error).__name__}: {error}"
            process.stdin.close()
            process.stdout.close()
        code = process.wait()
        if names:
            self.refuse([CASES[one] for one in names], f"its lane, {name}, ended with {code}{fault}")

    def _hear(self, told: dict[str, Any], names: list[str]) -> str:
        kept.FIGURES.update(told.get("figures", {}))
        kept.PICTURES.extend([told["picture"]] if "picture" in told else [])
        if not (plain := told.get("outcome")):
            return ""
        if plain["case"] not in names:
            raise ValueError(f"nobody asked it for {plain['case']!r}, or it told of that before")
        self._take(Outcome(CASES[plain["case"]], plain["seen"], plain["ok"], plain["took_s"]))
        return str(plain["case"])
