"""Child: energises a relay for a moment. Says READY, ENERGISED, DE_ENERGISED."""

from __future__ import annotations

import sys
import time
from typing import Any

from portier.adapters.gpio.factory import claim_errors
from portier.adapters.gpio.strikes import Strikes
from portier.errors import GpioError
from portier.facts import Fact, PinChange
from portier.plan import DriveName, StrikePin
from portier.setup.tries import What, child, tell, told_to_end
from portier.setup.tries.pins import opened

_DOOR = "door"
_MARGIN_S = 0.5
# Whoever thought better of it meanwhile.
_LOOK_S = 0.01


def energise(pins: Any, pin: int, release_s: float, drive: DriveName) -> None:
    """Release by the station's own strikes, until the time is over or the parent gone. Raises GpioError."""
    faults: list[Exception] = []
    strikes = Strikes(pins, {_DOOR: StrikePin(pin, release_s, drive)}, faults.append, _told)
    try:
        tell(What.READY)
        if not told_to_end(_LOOK_S):
            strikes.release(_DOOR, time.monotonic() + release_s)
            told_to_end(release_s + _MARGIN_S)
    except claim_errors() as error:
        raise GpioError(f"gpio: cannot drive pin {pin}: {error}") from error
    finally:
        strikes.close()
        pins.close()
    if faults:
        raise GpioError(f"gpio: cannot drive pin {pin}: {faults[0]}")


def _told(fact: Fact) -> None:
    if isinstance(fact, PinChange):
        tell(What.ENERGISED if fact.high else What.DE_ENERGISED)


def main(factory: str, mock_file: str, pin: str, release_s: str, drive: str) -> int:
    """The child; `mock_file` is empty where there is none. Another drive than a heartbeat is a level."""
    chosen: DriveName = "heartbeat" if drive == "heartbeat" else "level"
    return child(lambda: energise(opened(factory, mock_file), int(pin), float(release_s), chosen))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
