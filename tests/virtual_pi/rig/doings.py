"""What the rig does when it is asked: a method for each word of a request."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.virtual_pi.rig import sound
from tests.virtual_pi.rig.simulator import Simulator
from tests.virtual_pi.rig.watcher import Watcher

STATION = Path("/run/portier/control.sock")
_STATION_S = 10.0
_FILLER = ".rig-filler"
_MIB = 1 << 20
_SECTOR_BYTES = 512
Answer = dict[str, Any]


class Doings:
    """Each method is a request's word; what it returns goes back, what it raises goes back as an error."""

    def __init__(self, simulator: Simulator, watcher: Watcher) -> None:
        self._simulator = simulator
        self._watcher = watcher
        self._sound = sound.Sound()
        self._fillers: list[Path] = []

    def do(self, request: dict[str, Any]) -> Answer:
        """Do what a request asks for."""
        what = dict(request)
        what.pop("id", None)
        word = str(what.pop("do", ""))
        doing = getattr(self, f"on_{word}", None)
        if doing is None:
            raise ValueError(f"the rig knows no {word!r}")
        found: Answer = doing(**what) or {}
        return found

    def on_now(self) -> Answer:
        return {"at_s": time.monotonic()}

    def on_press(self, line: int, held_s: float) -> Answer:
        at_s = time.monotonic()
        self._simulator.pull(line, "pull-down")
        time.sleep(held_s)
        self._simulator.pull(line, "pull-up")
        return {"at_s": at_s}

    def on_pull(self, line: int, bias: str) -> Answer:
        at_s = time.monotonic()
        self._simulator.pull(line, bias)
        return {"at_s": at_s}

    def on_value(self, line: int) -> Answer:
        return {"value": self._simulator.value(line), "bias": self._simulator.bias(line)}

    def on_history(self, line: int, since_s: float) -> Answer:
        return {"samples": self._watcher.history(line, since_s)}

    def on_watch(self, lines: list[int]) -> None:
        self._watcher.watch(lines)

    def on_wait(self, line: int, value: int, limit_s: float, since_s: float) -> Answer:
        return {"at_s": self._watcher.wait(line, value, since_s, limit_s)}

    def on_persist(self, on: bool) -> None:
        self._simulator.persist(on=on)

    def on_feed(self) -> Answer:
        self._sound.feed()
        return {"at_s": time.monotonic()}

    def on_feed_end(self) -> None:
        self._sound.feed_end()

    def on_record(self) -> Answer:
        self._sound.record()
        return {"at_s": time.monotonic()}

    def on_record_end(self) -> None:
        self._sound.record_end()

    def on_sound_card(self, there: bool) -> None:
        (sound.plug_card if there else sound.pull_card)()

    def on_run(self, command: list[str], limit_s: float) -> Answer:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/root"},
        )
        return {"code": ran.returncode, "output": ran.stdout.decode(errors="replace")}

    def on_kill(self, pid: int, signal: int) -> Answer:
        at_s = time.monotonic()
        os.kill(pid, signal)
        return {"at_s": at_s}

    def on_station(self, request: dict[str, str]) -> Answer:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
            wire.settimeout(_STATION_S)
            wire.connect(str(STATION))
            lines = wire.makefile("rb")
            lines.readline()
            wire.sendall(json.dumps(request).encode() + b"\n")
            return {"reply": json.loads(lines.readline())}

    def on_put(self, path: str, data: str, mode: int, owner: str) -> None:
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.rig")
        fresh.write_bytes(base64.b64decode(data))
        fresh.chmod(mode)
        user, _, group = owner.partition(":")
        shutil.chown(fresh, user, group or None)
        fresh.rename(file)

    def on_get(self, path: str) -> Answer:
        return {"data": base64.b64encode(Path(path).read_bytes()).decode()}

    def on_set_clock(self, unix_s: float) -> None:
        time.clock_settime(time.CLOCK_REALTIME, unix_s)

    def on_fill_disk(self, folder: str) -> None:
        filler = Path(folder) / _FILLER
        self._fillers.append(filler)
        with filler.open("wb") as file:
            at = 0
            for step in (64 * _MIB, _MIB, 4096):
                try:
                    while True:
                        os.posix_fallocate(file.fileno(), at, step)
                        at += step
                except OSError:
                    # ENOSPC: no room for one more of this size.
                    pass

    def on_free_disk(self) -> None:
        while self._fillers:
            self._fillers.pop().unlink(missing_ok=True)

    def on_figures(self, pid: int) -> Answer:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        status = Path(f"/proc/{pid}/status").read_text()
        memory_kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        busy = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
        written = Path("/sys/block/vda/stat").read_text().split()[6]
        return {
            "figures": {
                "cpu_s": (int(fields[11]) + int(fields[12])) / ticks,
                "memory_kib": float(memory_kib),
                "busy_s": (sum(map(int, busy)) - int(busy[3]) - int(busy[4])) / ticks,
                "written_bytes": float(int(written) * _SECTOR_BYTES),
            }
        }
