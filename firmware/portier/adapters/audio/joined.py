"""Short frames, joined to those of 20 ms for a listener that hears no others."""

from __future__ import annotations

from portier.ports import Listener


class Joined:
    """Fulfils `ports.Listener`: hands on every `count` frames as one, once the last of them is there."""

    def __init__(self, listener: Listener, count: int) -> None:
        self._listener = listener
        self._count = count
        self._captured: list[bytes] = []
        self._far: list[bytes | None] = []

    def begin(self) -> None:
        """Another call begins."""
        self._captured.clear()
        self._far.clear()
        self._listener.begin()

    def hear(self, captured: bytes, far: bytes | None, at_s: float) -> None:
        """Take a short frame each way. Where only a part has something to hear, the rest is silence."""
        self._captured.append(captured)
        self._far.append(far)
        if len(self._captured) < self._count:
            return
        silent = bytes(len(captured))
        heard = b"".join(one or silent for one in self._far) if any(self._far) else None
        whole = b"".join(self._captured)
        self._captured.clear()
        self._far.clear()
        self._listener.hear(whole, heard, at_s)
