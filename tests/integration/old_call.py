"""A far end that was never told of its call's end: it goes on sending sound to where the station was."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from portier.bench.line import g711, sound
from portier.bench.line.packets import Packet, pack


class OldCall:
    """Sends a tone of 1 kHz by PCMA to ports of loopback, 50 packets a second to each."""

    def __init__(self, ports: Iterable[int] = (), host: str = "127.0.0.1") -> None:
        self.ports = tuple(ports)
        self.heard = 0
        """How many packets the station has sent it."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self._tone = g711.encode(g711.Law.A, sound.sine(1000, 0.02))
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="old-call", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        due_s = time.monotonic()
        for number in range(50 * 120):
            for port in self.ports:
                data = pack(Packet(8, number, 160 * number, 0x01DCA11, self._tone))
                try:
                    self._socket.sendto(data, ("127.0.0.1", port))
                except OSError:
                    pass  # Nobody is there: the ICMP error of a packet before.
            self._count()
            due_s += 0.02
            if self._ends.wait(max(0.0, due_s - time.monotonic())):
                return

    def _count(self) -> None:
        while True:
            try:
                if len(self._socket.recv(2048)) > 100:
                    self.heard += 1
            except BlockingIOError:
                return
            except OSError:
                continue
