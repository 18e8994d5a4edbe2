"""One key is one digit: a phone that sends each key by several ways has pressed it once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from portier.keys_heard import Stage, Way

_SAME_KEY_S = 1.0


@dataclass(slots=True)
class _Press:
    """A key that went down, by which ways it has come, and when one of them last said that it is down."""

    key: str = field(repr=False)
    seen_s: float
    ways: set[Way]


class KeyOnce:
    """Pairs the arrivals of a key by different ways. May be asked from any thread.

    One for each leg. A leg that has sent a key by RFC 4733 sends each so: its sound counts for nothing more,
    as the hole that a lost packet makes in a tone would be another press.
    """

    def __init__(self) -> None:
        self._sends_events = False
        self._presses: list[_Press] = []
        self._lock = threading.Lock()

    def counts(self, key: str, way: Way, at_s: float, stage: Stage = Stage.DOWN) -> bool:
        """Whether this is a press of its own, and not one that came by another way within 1 s of its end.

        A phone may send a key by one way when it goes down and by another when it comes up: a key that is
        held is to be told again and again.
        """
        with self._lock:
            self._sends_events |= way is Way.EVENT
            self._presses = [one for one in self._presses if at_s - one.seen_s < _SAME_KEY_S]
            same = [one for one in self._presses if one.key == key]
            if stage is not Stage.DOWN:
                for one in reversed(same):
                    if way in one.ways:
                        one.seen_s = at_s
                        break
                else:
                    if way is Way.EVENT:
                        # Its packets were lost for so long that it was forgotten: it is down all the same.
                        self._presses.append(_Press(key, at_s, {way}))
                return False
            for one in same:
                if way not in one.ways:
                    one.ways.add(way)
                    return False
            if way is Way.TONE and self._sends_events:
                return False
            self._presses.append(_Press(key, at_s, {way}))
            return True
