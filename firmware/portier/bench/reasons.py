"""Why a door may have opened: what was done from outside that lets it, and nothing else."""

from __future__ import annotations

from collections import deque

EXPLAINED_S = 2.0
"""How long after its reason a door may open, on a machine that is busy with floods."""

KEY_S = 0.5
"""How near the answer a key may be that counts: it sounds for 0.16 s, sent late perhaps, and what is left of
it after the answer is a key; and whoever looks whether there was an answer may be late, too."""

_KEPT = 50


class Reasons:
    """What was done, and when, in monotonic seconds."""

    def __init__(self) -> None:
        self._requests_s: deque[float] = deque(maxlen=_KEPT)
        self._early_keys_s: deque[float] = deque(maxlen=_KEPT)
        self._answers_s: deque[float] = deque(maxlen=_KEPT)

    def requested(self, at_s: float) -> None:
        """Somebody who may has asked for it."""
        self._requests_s.append(at_s)

    def pressed(self, at_s: float, talking: bool) -> None:
        """The right key was pressed, in a call that was answered or in one that was not."""
        (self._requests_s if talking else self._early_keys_s).append(at_s)

    def answered(self, at_s: float) -> None:
        """A call was answered."""
        self._answers_s.append(at_s)

    def explain(self, opened_s: float) -> bool:
        """Whether the door may have opened at this moment."""
        counted_s = (
            key_s
            for key_s in self._early_keys_s
            if any(abs(answer_s - key_s) <= KEY_S for answer_s in self._answers_s)
        )
        return any(0 <= opened_s - at_s <= EXPLAINED_S for at_s in (*self._requests_s, *counted_s))
