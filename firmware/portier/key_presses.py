"""The presses of a key test: what came by several ways put together again, and told once it is complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portier.keys_heard import KeyNews, Stage, Way

QUIET_S = 1.0
"""So long after its last sign nothing more is expected of a key: whoever counts keys waits as long."""

_SHORT_S = 0.04
"""Q.24 has 40 ms as the shortest key; a PBX that makes tones of events may lose a shorter one."""


@dataclass(slots=True)
class _Arrival:
    """A key by one way."""

    way: Way
    at_s: float
    counts: bool
    ended: bool
    lasted_s: float | None
    odd: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Press:
    """A key, by each way that it came."""

    key: str = field(repr=False)
    at_s: float
    seen_s: float
    arrivals: list[_Arrival]


class Presses:
    """Takes the news of one call in their order, and gives each press back when it is complete."""

    def __init__(self) -> None:
        self._open: list[_Press] = []
        self._last_s: float | None = None
        self._count = 0

    def take(self, news: KeyNews) -> None:
        """Take a sign of a key."""
        same = [one for one in self._open if one.key == news.key]
        if news.stage is Stage.DOWN:
            self._down(news, same)
            return
        for press in reversed(same):
            for arrival in press.arrivals:
                if arrival.way is news.way and not arrival.ended:
                    press.seen_s = news.at_s
                    arrival.lasted_s = news.lasted_s
                    arrival.ended = news.stage is Stage.UP
                    arrival.odd += [one for one in news.odd if one not in arrival.odd]
                    return

    def complete(self, now_s: float) -> list[dict[str, Any]]:
        """The presses that nothing more is expected of, as plain values; each is given once."""
        done = []
        while self._open and now_s - self._open[0].seen_s >= QUIET_S:
            done.append(self._plain(self._open.pop(0)))
        return done

    def _down(self, news: KeyNews, same: list[_Press]) -> None:
        # An INFO comes when the key goes down or when it comes up: which, it does not say.
        ended = news.way is Way.INFO
        arrival = _Arrival(news.way, news.at_s, news.counts, ended, news.lasted_s, list(news.odd))
        for press in same:
            known = any(one.way is news.way for one in press.arrivals)
            counted = any(one.counts for one in press.arrivals)
            if not known and not (counted and news.counts):
                press.arrivals.append(arrival)
                press.seen_s = news.at_s
                return
        self._open.append(_Press(news.key, news.at_s, news.at_s, [arrival]))

    def _plain(self, press: _Press) -> dict[str, Any]:
        self._count += 1
        after_s = None if self._last_s is None else round(press.at_s - self._last_s, 2)
        self._last_s = press.at_s
        return {
            "place": self._count,
            "key": press.key,
            "after_s": after_s,
            "counts": any(one.counts for one in press.arrivals),
            "ways": [
                {
                    "way": str(one.way),
                    "later_s": round(one.at_s - press.at_s, 2),
                    "lasted_s": None if one.lasted_s is None else round(one.lasted_s, 2),
                    "odd": _odd(one),
                }
                for one in press.arrivals
            ],
        }


def _odd(arrival: _Arrival) -> list[str]:
    odd = list(arrival.odd)
    if not arrival.ended:
        odd.append("its end never came")
    if arrival.ended and arrival.lasted_s is not None and arrival.lasted_s < _SHORT_S:
        odd.append("shorter than 40 ms")
    return odd
