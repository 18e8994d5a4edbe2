"""What strangers and old calls send to the station's ports for sound is not heard, and not answered."""

from __future__ import annotations

import re
import time
from array import array
from pathlib import Path

from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation
from tests.integration.old_call import OldCall
from tests.integration.stranger import HOST

from portier.bench.evidence import find
from portier.bench.voice import voice

FIRST, PORTS, QUIET = 17000, 200, range(17120, 17140, 2)


def port_of(station: LiveStation) -> int:
    """Where the station's newest call wants to hear sound."""
    invites = [one.raw.decode() for one in station.line.requests if one.request.method == "INVITE"]
    found = re.search(r"m=audio (\d+) ", invites[-1])
    assert found
    return int(found[1])


def clean(station: LiveStation, seconds: float = 2.5) -> bool:
    """Whether the visitor and the telephone hear each other from now on."""
    began_s, already = time.monotonic(), len(station.line.recording())
    time.sleep(seconds)
    heard = station.card.heard_between(began_s, time.monotonic())
    at_door = find(voice("phone", 16000, 4.0), heard, 16000)
    at_phone = find(voice("door", 8000, 4.0), station.line.recording()[already:], 8000)
    return at_door.heard and at_phone.heard


def test_a_station_that_starts_again_takes_no_port_that_an_old_call_still_sends_to(tmp_path: Path) -> None:
    old = [port for port in range(FIRST, FIRST + PORTS, 2) if port not in QUIET]
    with OldCall(old) as old_call, LiveStation(tmp_path, OPERATOR, rtp_port=FIRST) as station:
        ports = set()
        for _ in range(3):
            station.settled()
            station.talk()
            ports.add(port_of(station))
        assert clean(station)
        assert ports <= set(QUIET), ports
        assert len(ports) == 3, "and each call has its own"
        assert old_call.heard == 0
        assert not station.faults


def test_a_stranger_who_sends_sound_in_a_call_is_not_heard(station: LiveStation) -> None:
    station.talk()
    time.sleep(0.3)
    with OldCall([port_of(station)]) as stranger:
        assert clean(station, 4.0)
        assert stranger.heard == 0


def test_a_stranger_is_not_heard_in_a_call_whose_telephone_is_silent_either(station: LiveStation) -> None:
    station.talk()
    station.line.mute()
    with OldCall([port_of(station)], host=HOST) as stranger:
        time.sleep(1.0)
        began_s = time.monotonic()
        time.sleep(1.0)
        heard = array("h", station.card.heard_between(began_s, time.monotonic()))
        assert max(map(abs, heard)) < 1000, "his tone is not heard at the door"
        assert stranger.heard == 0
