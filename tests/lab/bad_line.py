"""A line that loses packets and delays each by another time, between the station and the switch.

Below IP, so that SIP, sound and keys suffer alike and neither side needs to know. Not every kernel has netem;
a pair of TAP devices needs nothing of the kind.
"""

from __future__ import annotations

import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import threading
import time
from dataclasses import dataclass

from tests.lab.network import DOOR, INTERFACE, STREET, ask_anew_for, ip

_TUNSETIFF = 0x400454CA
_TAP, _NO_PACKET_INFORMATION = 0x0002, 0x1000
_LARGEST = 2048
_ARP = b"\x08\x06"
_ETHERTYPE = slice(12, 14)
_IDLE_S = 0.1


@dataclass(frozen=True, slots=True)
class Trouble:
    """How bad the line is: the share of packets that get lost, and the longest delay."""

    loss: float = 0.05
    most_delay_s: float = 0.05


class BadLine:
    """The station's cable for a while. Use as a context manager."""

    def __init__(self, trouble: Trouble, seed: int = 1) -> None:
        self._trouble = trouble
        self._chance = random.Random(seed)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bad-line")
        self.carried = 0
        self.lost = 0

    def open(self) -> None:
        """Put it in the place of the good one."""
        self._inner, self._outer = _tap("inner"), _tap("outer")
        ip(f"link set inner netns {DOOR.name}")
        ip(f"link set outer master {STREET} up")
        DOOR.link(up=False)
        DOOR.ip(f"address del {DOOR.address}/24 dev {INTERFACE}")
        DOOR.ip(f"address add {DOOR.address}/24 dev inner")
        DOOR.ip("link set inner up")
        ask_anew_for(DOOR.address)
        self._thread.start()

    def close(self) -> None:
        """Put the good one back."""
        self._ending.set()
        self._thread.join()
        os.close(self._inner)
        os.close(self._outer)
        DOOR.ip(f"address add {DOOR.address}/24 dev {INTERFACE}")
        DOOR.link(up=True)
        ask_anew_for(DOOR.address)

    def _run(self) -> None:
        waiting: list[tuple[float, int, int, bytes]] = []
        numbers = itertools.count()
        ways = {self._inner: self._outer, self._outer: self._inner}
        while not self._ending.is_set():
            patience_s = min(_IDLE_S, max(0.0, waiting[0][0] - time.monotonic())) if waiting else _IDLE_S
            for came in select.select(list(ways), [], [], patience_s)[0]:
                frame = os.read(came, _LARGEST)
                if (delay_s := self._fate(frame)) is not None:
                    heapq.heappush(waiting, (time.monotonic() + delay_s, next(numbers), ways[came], frame))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, frame = heapq.heappop(waiting)
                os.write(to, frame)

    def _fate(self, frame: bytes) -> float | None:
        """How long a frame is held up; None where it gets lost. Who has which address is always told."""
        if frame[_ETHERTYPE] == _ARP:
            return 0.0
        self.carried += 1
        if self._chance.random() < self._trouble.loss:
            self.lost += 1
            return None
        return self._chance.uniform(0.0, self._trouble.most_delay_s)


def _tap(name: str) -> int:
    """A new TAP device of this name: what is read from the descriptor has left by it, and the reverse."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    request = struct.pack("16sH", name.encode(), _TAP | _NO_PACKET_INFORMATION)
    fcntl.ioctl(descriptor, _TUNSETIFF, request)
    return descriptor
