"""The wire to the rig in the guest: requests and their answers, JSON line by line over a serial port."""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import socket
import threading
import time
from pathlib import Path
from typing import Any

ANSWER_S = 30.0
POLL_S = 0.05


class RigError(Exception):
    """The rig could not do it, did not answer, or is gone with its guest."""


class RigWire:
    """A connection to a guest's rig; use from any thread. Everything raises RigError where it cannot."""

    def __init__(self, path: Path, limit_s: float) -> None:
        """Connect to the socket that the machine's serial port ends in, and wait until the rig is there."""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._gone = ""
        until_s = time.monotonic() + limit_s
        while self._socket.connect_ex(str(path)) != 0:
            if time.monotonic() > until_s:
                self._socket.close()
                raise RigError(f"no machine listens at {path} after {limit_s:g} s")
            time.sleep(POLL_S)
        self._thread = threading.Thread(target=self._read, name="rig", daemon=True)
        self._thread.start()
        self._wait_until_there(until_s)

    def close(self) -> None:
        """Leave it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def ask(self, do: str, *, _limit_s: float = 0.0, **what: Any) -> dict[str, Any]:
        """Send a request and wait for its answer; `rig_client` has a method for each."""
        number = next(self._numbers)
        mine = self._waiting[number] = queue.SimpleQueue()
        try:
            self._send({"id": number, "do": do, **what})
            try:
                answer = mine.get(timeout=ANSWER_S + _limit_s)
            except queue.Empty:
                raise RigError(f"{do}: the rig gave no answer within {ANSWER_S + _limit_s:g} s") from None
        finally:
            del self._waiting[number]
        if not answer["ok"]:
            raise RigError(f"{do}: {answer['error']}")
        return answer

    def _send(self, request: dict[str, Any]) -> None:
        with self._lock:
            if self._gone:
                raise RigError(self._gone)
            try:
                self._socket.sendall(json.dumps(request).encode() + b"\n")
            except OSError as error:
                raise RigError(f"the guest is gone: {error.strerror or error}") from error

    def _wait_until_there(self, until_s: float) -> None:
        # What is written before the guest has opened its port may be lost: so it is asked again.
        number = 0
        mine = self._waiting[number] = queue.SimpleQueue()
        while True:
            self._send({"id": number, "do": "now"})
            try:
                mine.get(timeout=0.5)
            except queue.Empty:
                if time.monotonic() > until_s:
                    raise RigError("the rig in the guest does not answer") from None
            else:
                return

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            try:
                for line in lines:
                    with contextlib.suppress(ValueError):
                        self._take(json.loads(line))
            except OSError:
                pass
        self._gone = "the guest is gone"
        for one in list(self._waiting.values()):
            one.put({"ok": False, "error": self._gone})

    def _take(self, answer: Any) -> None:
        if isinstance(answer, dict) and (mine := self._waiting.get(answer.get("id", -1))):
            mine.put(answer)
