"""One thread that waits for a socket, for timers and for work from other threads."""

from __future__ import annotations

import heapq
import itertools
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable

Work = Callable[[], object]


class Timer:
    """Work that is due at a moment, unless it is cancelled."""

    def __init__(self, due_s: float, work: Work) -> None:
        self.due_s = due_s
        self.work: Work | None = work

    def cancel(self) -> None:
        """Forget the work; no fault if it is done."""
        self.work = None


class Loop:
    """Runs everything that touches the line's state, one piece after the other."""

    def __init__(self, watched: socket.socket) -> None:
        self._watched = watched
        self._readable: Work = lambda: None
        self._posted: deque[Work] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="line-sip", daemon=True)

    def start(self, readable: Work) -> None:
        """Begin to work; `readable` is called whenever something has come."""
        self._readable = readable
        self._thread.start()

    def stop(self) -> None:
        """Do what was posted before, then end the thread."""
        if self._thread.ident is not None:
            self.post(self._stop)
            self._thread.join()
        self._woken.close()
        self._waker.close()

    def post(self, work: Work) -> None:
        """Have work done soon; from any thread."""
        self._posted.append(work)
        try:
            self._waker.send(b"\0")
        except OSError:
            # Full: it wakes anyway. Closed: nobody works any more.
            pass

    def after(self, delay_s: float, work: Work) -> Timer:
        """Have work done later; only from the loop's own thread."""
        timer = Timer(time.monotonic() + delay_s, work)
        heapq.heappush(self._timers, (timer.due_s, next(self._order), timer))
        return timer

    def inside(self) -> bool:
        """Whether the caller is the loop's own thread."""
        return threading.current_thread() is self._thread

    def _stop(self) -> None:
        self._stopping = True

    def _run(self) -> None:
        while not self._stopping:
            wait_s = self._due()
            ready, _, _ = select.select([self._watched, self._woken], [], [], wait_s)
            if self._watched in ready:
                self._readable()
            if self._woken in ready:
                self._woken.recv(4096)
                while self._posted:
                    self._posted.popleft()()

    def _due(self) -> float | None:
        """Do what is due; returns how long nothing else is."""
        while self._timers:
            due_s, _, timer = self._timers[0]
            wait_s = due_s - time.monotonic()
            if timer.work is not None and wait_s > 0:
                return wait_s
            heapq.heappop(self._timers)
            if timer.work is not None:
                timer.work()
        return None
