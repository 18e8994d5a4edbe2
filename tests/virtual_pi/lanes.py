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


class Lanes:
    """Those that run; `take` is called with each outcome as it comes, never twice at once."""

    def __init__(self, output: Path, image: Image, take: Take) -> None:
        self._output = output
        self._image = image
        self._take = take
        self._lock = threading.Lock()
        self._lanes: list[tuple[subprocess.Popen[str], threading.Thread]] = []

    def begin(self, name: str, cases: Sequence[Case]) -> None:
        """Have a process look at the cases, one after the other."""
        names = [case.name for case in cases]
        if not names:
            return
        folders = (str(self._output), str(self._image.folder))
        words = (sys.executable, "-m", "tests.virtual_pi.lane", *folders, name, *names)
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
        for line in process.stdout:
            told = json.loads(line)
            with self._lock:
                self._hear(told)
                names = [one for one in names if one != told.get("outcome", {}).get("case")]
        if names:
            self.refuse([CASES[one] for one in names], f"its lane, {name}, ended with {process.wait()}")

    def _hear(self, told: dict[str, Any]) -> None:
        kept.FIGURES.update(told.get("figures", {}))
        kept.PICTURES.extend([told["picture"]] if "picture" in told else [])
        if plain := told.get("outcome"):
            self._take(Outcome(CASES[plain["case"]], plain["seen"], plain["ok"], plain["took_s"]))
