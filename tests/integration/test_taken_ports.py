"""Ports for sound that somebody else has."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from pathlib import Path

from tests.integration.live import LiveStation

from portier.bench.line.behaviour import Behaviour
from portier.core.states import Calling, Talking

_FIRST = 17400


def test_a_press_waits_for_a_free_port_and_is_not_given_up(tmp_path: Path) -> None:
    with LiveStation(tmp_path, Behaviour(), rtp_port=_FIRST) as station:
        station.talk()
        station.end_call()
        time.sleep(1.0)
        with ExitStack() as taken:
            for port in range(_FIRST, _FIRST + 200):
                taken.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("", port))
            station.press()
            time.sleep(1.0)
            assert isinstance(station.state.call, Calling)
        station.until(lambda: isinstance(station.state.call, Talking), "talking", 8.0)
        station.end_call()
        assert not station.faults
