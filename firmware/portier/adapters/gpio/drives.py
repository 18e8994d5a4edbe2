"""How a pin says that its door is released: by its level, or by a heartbeat."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from portier.plan import DriveName

HALF_PERIOD_S = 0.005
"""Between two edges of a heartbeat, 100 Hz: the charge pump of hardware/relay.md takes 5 ms to recharge
its coupling capacitor (five times 1 kilohm by 1 microfarad), gives its transistor 2.7 V at 100 Hz, 2.5 V at
50 Hz, and at 20 Hz 1.8 V, just enough. So it must not be faster, and may be late."""


class LevelDrive:
    """A relay's pin that is high while the door is released."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay

    def energise(self, now_s: float) -> None:
        """Release from now on; no fault where it is released already."""
        del now_s
        self._relay.on()

    def beat(self, now_s: float) -> float:
        """Do what is due by now; when (monotonic) something is due next, infinity for never."""
        del now_s
        return math.inf

    def de_energise(self) -> None:
        """Lock now: the pin is low."""
        self._relay.off()


class HeartbeatDrive(LevelDrive):
    """A relay's pin that toggles while the door is released, and rests low.

    A charge pump between pin and relay releases only while edges come. Whatever ends or hangs the thread that
    calls `beat` locks the door, at whichever level it leaves the pin.
    """

    def __init__(self, relay: Any) -> None:
        super().__init__(relay)
        self._high = False
        self._due_s = math.inf

    def energise(self, now_s: float) -> None:
        """Make the first edge; the others are made by `beat`."""
        if self._due_s == math.inf:
            self._edge(now_s)

    def beat(self, now_s: float) -> float:
        """Make the next edge where it is due. Late ones are not made up for: a pump counts no edges."""
        if self._due_s <= now_s:
            self._edge(now_s)
        return self._due_s

    def de_energise(self) -> None:
        """Beat no more; the pin is low."""
        self._due_s, self._high = math.inf, False
        super().de_energise()

    def _edge(self, now_s: float) -> None:
        self._due_s = now_s + HALF_PERIOD_S
        self._high = not self._high
        if self._high:
            self._relay.on()
        else:
            self._relay.off()


DRIVES: Mapping[DriveName, type[LevelDrive]] = {"level": LevelDrive, "heartbeat": HeartbeatDrive}
