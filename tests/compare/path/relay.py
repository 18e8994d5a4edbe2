"""A bad line for the sound of one call: packets get lost, and are held up each by another time.

The phone names this relay's address in place of its own. The door sends there; the phone, which answers to
where packets come from, sends back the same way. SIP goes past it.
"""

from __future__ import annotations

import heapq
import itertools
import random
import select
import socket
import threading
import time
from types import TracebackType
from typing import Self

from tests.lab.bad_line import Trouble

_LARGEST = 2048
_IDLE_S = 0.1
Address = tuple[str, int]


class Way:
    """What becomes of the packets of one direction: the same in every run, packet by packet."""

    def __init__(self, trouble: Trouble, seed: int) -> None:
        self._trouble = trouble
        self._chance = random.Random(seed)
        self._held: list[tuple[float, int, bytes]] = []
        self._numbers = itertools.count()
        self.carried = self.lost = 0

    def take(self, packet: bytes, now_s: float) -> None:
        """The next packet."""
        self.carried += 1
        lost = self._chance.random() < self._trouble.loss
        delay_s = self._chance.uniform(0.0, self._trouble.most_delay_s)
        if lost:
            self.lost += 1
        else:
            heapq.heappush(self._held, (now_s + delay_s, next(self._numbers), packet))

    def due(self, now_s: float) -> list[bytes]:
        """Those that are to arrive by now."""
        out = []
        while self._held and self._held[0][0] <= now_s:
            out.append(heapq.heappop(self._held)[2])
        return out

    def next_in_s(self, now_s: float) -> float:
        """How long there is nothing to do."""
        return min(_IDLE_S, max(0.0, self._held[0][0] - now_s)) if self._held else _IDLE_S


class Relay:
    """Between a phone and whoever calls it, at the phone's port of another address. A context manager."""

    def __init__(self, address: str, phone: Address, trouble: Trouble) -> None:
        self._at = (address, phone[1])
        self._phone = phone
        self._door: Address | None = None
        self.to_phone, self.to_door = Way(trouble, 1), Way(trouble, 2)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay")

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(self._at)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            now_s = time.monotonic()
            wait_s = min(self.to_phone.next_in_s(now_s), self.to_door.next_in_s(now_s))
            if select.select([self._socket], [], [], wait_s)[0]:
                packet, came_from = self._socket.recvfrom(_LARGEST)
                if came_from == self._phone:
                    self.to_door.take(packet, time.monotonic())
                else:
                    self._door = came_from
                    self.to_phone.take(packet, time.monotonic())
            now_s = time.monotonic()
            for packet in self.to_phone.due(now_s):
                self._send(packet, self._phone)
            for packet in self.to_door.due(now_s):
                self._send(packet, self._door)

    def _send(self, packet: bytes, to: Address | None) -> None:
        if to is not None:
            self._socket.sendto(packet, to)
