"""What the kernel counts of a process: CPU, memory, threads, descriptors, switches."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """A process at one moment. `cpu_s` of every thread by its name and number; memory as proc(5) has it."""

    cpu_s: dict[str, float]
    wake_ups: int
    anonymous_kib: int
    file_kib: int
    threads: int
    descriptors: int

    @property
    def memory_mib(self) -> float:
        """What it keeps in memory; shared memory, which is the virtual sound card's, is left out."""
        return (self.anonymous_kib + self.file_kib) / 1024

    def cpu_since(self, before: Usage) -> float:
        """Seconds of CPU used since then, by all threads that live now."""
        return sum(self.by_thread(before).values())

    def by_thread(self, before: Usage) -> dict[str, float]:
        """Seconds of CPU used since then, by each thread."""
        return {name: used_s - before.cpu_s.get(name, 0.0) for name, used_s in self.cpu_s.items()}


def usage(pid: int) -> Usage:
    """Look at a process now."""
    cpu_s: dict[str, float] = {}
    wake_ups = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            cpu_s[f"{name} {task.name}"] = int((task / "schedstat").read_text().split()[0]) / 1e9
            wake_ups += int(_fields(task / "status")["voluntary_ctxt_switches"])
        except OSError:
            continue  # it has just ended
    status = _fields(Path(f"/proc/{pid}/status"))
    return Usage(
        cpu_s,
        wake_ups,
        int(status["RssAnon"].split()[0]),
        int(status["RssFile"].split()[0]),
        int(status["Threads"]),
        len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208 -- the names are not wanted
    )


def _fields(path: Path) -> dict[str, str]:
    lines = (line.partition(":") for line in path.read_text().splitlines())
    return {name: value.strip() for name, _, value in lines}
