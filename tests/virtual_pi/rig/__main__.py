"""The rig in the guest: root's own program beside the station, which it does not know of.

It begins before systemd's first units, and takes requests as JSON lines over a virtio port. It needs the
Python of the system alone, and runs without a network.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from tests.virtual_pi.rig.doings import Doings
from tests.virtual_pi.rig.simulator import Simulator
from tests.virtual_pi.rig.watcher import Change, Watcher

PORT = "portier.rig"
FIRST = Path("/run/rig/first")
"""What each line was like before systemd: "UPTIME LINE VALUE BIAS" by line."""
_STRIKE = 22
_USED = (4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 23, 24, 25, 26, 27)
"""The other lines that hardware/pinout.toml gives something to do."""
_PORTS = Path("/sys/class/virtio-ports")


def main() -> None:
    """Serve for ever."""
    simulator = Simulator()
    watcher = Watcher(simulator, (_STRIKE,), _USED)
    watcher.begin_with(_first())
    watcher.start()
    doings = Doings(simulator, watcher)
    with _port() as port:
        serve(port, doings)


def serve(port: BinaryIO, doings: Doings) -> None:
    """Answer what comes by a port, each request in a thread of its own: one may wait for another's doing."""
    lock = threading.Lock()

    def answer(request: dict[str, Any]) -> None:
        try:
            found = {"ok": True, **doings.do(request)}
        except Exception as error:  # noqa: BLE001 -- whatever it is, who asked wants to know
            found = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        line = json.dumps({"id": request.get("id"), **found}).encode() + b"\n"
        with lock:
            while line:
                line = line[port.write(line) or 0 :]

    for line in lines_of(port):
        try:
            request = json.loads(line)
        except ValueError:
            continue
        threading.Thread(target=answer, args=(request,), daemon=True).start()


def lines_of(port: BinaryIO) -> Iterator[bytes]:
    """The lines that come; while nobody has the other end, none come."""
    left = b""
    while not port.closed:
        read = port.read(65536)
        if not read:
            # The other end is closed: a port of a machine then has an end at once, again and again.
            time.sleep(0.1)
            continue
        *lines, left = (left + read).split(b"\n")
        yield from lines


def _port() -> BinaryIO:
    while True:
        for one in _PORTS.glob("*"):
            if (one / "name").read_text().strip() == PORT:
                device = Path("/dev") / one.name
                if device.exists():
                    return os.fdopen(os.open(device, os.O_RDWR), "r+b", buffering=0)
        time.sleep(0.05)


def _first() -> list[tuple[int, Change]]:
    found = []
    for line in FIRST.read_text().splitlines():
        at_s, number, value, bias = line.split()
        found.append((int(number), (float(at_s), int(value), bias)))
    return found


if __name__ == "__main__":
    main()
