"""One key is one digit: a phone that sends each key by RFC 4733 and by SIP INFO too has pressed it once."""

from __future__ import annotations

import threading

_SAME_KEY_S = 1.0


class KeyOnce:
    """Pairs the arrivals of a key by different methods. May be asked from any thread."""

    def __init__(self) -> None:
        self._unpaired: list[tuple[str, int, float]] = []
        self._lock = threading.Lock()

    def counts(self, key: str, method: int, at_s: float) -> bool:
        """Whether this arrival is a key of its own, and not one that came by another method within 1 s."""
        with self._lock:
            self._unpaired = [one for one in self._unpaired if at_s - one[2] < _SAME_KEY_S]
            for one in self._unpaired:
                if one[0] == key and one[1] != method:
                    self._unpaired.remove(one)
                    return False
            self._unpaired.append((key, method, at_s))
            return True
