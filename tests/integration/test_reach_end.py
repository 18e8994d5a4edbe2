"""The end of a station that asks somebody to confirm: PJSIP aborts where one object of ours outlives it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.integration.conftest import OPERATOR
from tests.integration.live import BELL_PIN, LiveStation

from portier.bench.line.events import What
from portier.core.states import Ringing


def test_a_station_that_is_stopped_while_it_asks_ends_well(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "buttons.bell": f'!pin = {BELL_PIN}\nlist = "asked"',
        "targets.kitchen": 'line = "201"',
        "lists.asked": 'steps = [{ ring = ["kitchen"], seconds = 5 }]\nconfirm = "1"',
    }
    with LiveStation(tmp_path, OPERATOR, direct=False, **changes) as station:
        station.press()
        station.line.wait_for(What.ACKED)
        time.sleep(0.5)
        assert isinstance(station.state.call, Ringing)
    assert not station.faults
    assert station.station is not None
    assert station.station.sip_ended
