"""Sound on a bad line over real SIP and RTP on loopback: gone, held, in another codec, and its counts."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import RTP_PORT, LiveStation

from portier.bench.evidence import find
from portier.bench.line.coding import Codec, Wideband
from portier.bench.line.g711 import Law
from portier.bench.line.sdp import Direction
from portier.bench.voice import voice
from portier.core.states import Idle, Talking

TIMEOUT_S = 5.0
NARROW: tuple[Codec, ...] = (Law.A,)
WIDE: tuple[Codec, ...] = (Wideband.G722,)


@pytest.fixture(scope="module")
def shared_station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    """As everywhere, but that it takes a line for dead after 5 s."""
    folder = tmp_path_factory.mktemp("station")
    with LiveStation(folder, OPERATOR, call=f"rtp_timeout_s = {TIMEOUT_S}") as station:
        yield station


def talks(station: LiveStation) -> bool:
    return isinstance(station.state.call, Talking)


def hear(station: LiveStation, seconds: float = 2.5) -> tuple[bool, bool]:
    """Whether the door hears the telephone, and the telephone the door, from now on."""
    began_s, already = time.monotonic(), len(station.line.recording())
    time.sleep(seconds)
    heard = station.card.heard_between(began_s, time.monotonic())
    rate_hz = station.rate_hz
    at_door = find(voice("phone", rate_hz, 4.0), heard, rate_hz).heard
    at_phone = find(voice("door", 8000, 4.0), station.line.recording()[already:], 8000).heard
    return at_door, at_phone


def test_a_line_that_went_dead_is_ended_told_and_the_next_press_rings(
    station: LiveStation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    station.talk()
    station.line.mute()
    dead_s = time.monotonic()
    byes = len([one for one in station.line.requests if one.request.method == "BYE"])
    station.until(lambda: isinstance(station.state.call, Idle), "given up", TIMEOUT_S + 3.0)
    assert time.monotonic() - dead_s > TIMEOUT_S - 1.0
    station.line.wait_request("BYE", byes + 1)
    station.until(lambda: any("the line went dead;" in line for line in caplog.messages), "told in its line")
    assert any("no sound came any more: check the network" in line for line in caplog.messages)
    station.settled()
    station.talk()


def test_a_line_that_comes_back_in_time_is_kept(station: LiveStation) -> None:
    station.talk()
    for _ in range(2):
        station.line.mute()
        time.sleep(TIMEOUT_S - 1.5)
        station.line.mute(on=False)
        time.sleep(1.5)
    assert talks(station)


def test_a_telephone_that_leaves_silence_out_but_reports_is_kept(station: LiveStation) -> None:
    station.talk()
    station.line.mute()
    until_s = time.monotonic() + TIMEOUT_S + 3.0
    while time.monotonic() < until_s:
        station.line.report()
        time.sleep(1.0)
    assert talks(station)


@pytest.mark.parametrize("direction", [Direction.SEND, Direction.NEITHER])
def test_a_hold_has_no_time_out_and_the_talk_goes_on_after_it(
    station: LiveStation, direction: Direction
) -> None:
    station.talk()
    assert station.line.hold(direction) == 200
    station.line.mute()
    time.sleep(TIMEOUT_S + 2.0)
    assert talks(station)
    station.line.mute(on=False)
    assert station.line.hold(Direction.BOTH) == 200
    assert hear(station) == (True, True)
    station.line.press("5")
    station.until(station.energised, "released")


def test_the_music_of_a_hold_is_heard_at_the_door(station: LiveStation) -> None:
    station.talk()
    assert station.line.hold(Direction.SEND) == 200
    time.sleep(0.3)
    assert hear(station) == (True, False)


def test_a_line_that_goes_dead_after_a_hold_is_ended(station: LiveStation) -> None:
    station.talk()
    assert station.line.hold() == 200
    time.sleep(1.0)
    assert station.line.hold(Direction.BOTH) == 200
    station.line.mute()
    station.until(lambda: isinstance(station.state.call, Idle), "given up", TIMEOUT_S + 3.0)


def test_the_codec_may_change_in_a_call_and_back(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, codecs=NARROW)
    station.talk()
    assert hear(station) == (True, True)
    for codecs in (WIDE, NARROW, WIDE):
        station.line.behaviour = replace(OPERATOR, codecs=codecs)
        assert station.line.reinvite() == 200
        time.sleep(0.3)
        assert hear(station) == (True, True), codecs
        choice = station.line.calls[-1].choice
        assert choice
        assert choice.codec.name == codecs[0].value
    station.line.press("5")
    station.until(station.energised, "released")


def test_what_is_counted_is_of_the_whole_call(station: LiveStation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    station.line.behaviour = replace(OPERATOR, codecs=NARROW)
    station.talk()
    call = station.state.call
    assert isinstance(call, Talking)
    own = f"call {call.visit} from"
    time.sleep(2.3)
    station.line.behaviour = replace(OPERATOR, codecs=WIDE)
    assert station.line.reinvite() == 200
    time.sleep(1.0)
    sent = station.line.calls[-1].leg.recording.counters.sent
    station.line.hang_up()
    station.until(lambda: any(own in one and "came" in one for one in caplog.messages), "told")
    line = next(one for one in caplog.messages if own in one and "packets came" in one)
    came = int(line.split(" packets came")[0].rpartition(" ")[2])
    assert sent - 10 <= came <= sent, (line, sent)
    assert "; G722, " in line


def marks(station: LiveStation) -> dict[str, set[int]]:
    """The DSCP of each of the process's UDP sockets, by what the socket is for."""
    found: dict[str, set[int]] = {"sip": set(), "sound": set()}
    for fd in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            with socket.socket(fileno=os.dup(int(fd))) as one:
                if one.family != socket.AF_INET or one.type != socket.SOCK_DGRAM:
                    continue
                port = one.getsockname()[1]
                dscp = one.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) >> 2
        except OSError:
            continue
        if port == station.sip_port:
            found["sip"].add(dscp)
        elif RTP_PORT <= port <= RTP_PORT + 200:
            found["sound"].add(dscp)
    return found


def test_sound_and_what_sets_it_up_are_marked_on_the_sockets(station: LiveStation) -> None:
    station.talk()
    assert marks(station) == {"sip": {24}, "sound": {46}}


def offered_sessions(station: LiveStation) -> list[str]:
    """What each INVITE so far said of its session."""
    invites = [one.request for one in station.line.requests if one.request.method == "INVITE"]
    return [one.header("Session-Expires") for one in invites]


def test_a_session_is_offered_and_a_longer_one_where_the_line_wants_that(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, min_session_s=2400)
    station.talk()
    assert offered_sessions(station)[-2:] == ["1800", "2400"]


def test_a_line_that_demands_a_session_timer_in_a_call_gets_it(station: LiveStation) -> None:
    station.talk()
    timer = (("Require", "timer"), ("Supported", "timer"), ("Session-Expires", "120;refresher=uac"))
    assert station.line.reinvite(*timer) == 200
    assert talks(station)


@pytest.mark.timeout(200)
def test_a_session_is_refreshed_by_whose_turn_it_is_and_ended_where_nobody_does(
    shared_station: LiveStation, caplog: pytest.LogCaptureFixture
) -> None:
    """90 s are the least there is: the station refreshes after 45 s, and waits 60 s for the line to do so."""
    station = shared_station
    station.settled()
    assert station.station
    caplog.set_level(logging.INFO)
    station.line.behaviour = replace(OPERATOR, session_expires="90;refresher=uac")
    station.talk()
    began_s, invites = time.monotonic(), len(offered_sessions(station))
    station.until(lambda: len(offered_sessions(station)) > invites, "refreshed", 55.0)
    assert time.monotonic() - began_s > 40.0
    assert talks(station)
    station.line.press("#")
    station.line.behaviour = replace(OPERATOR, session_expires="90;refresher=uas")
    timer = (("Require", "timer"), ("Supported", "timer"), ("Session-Expires", "90;refresher=uac"))
    assert station.line.reinvite(*timer) == 200
    began_s = time.monotonic()
    station.until(lambda: not talks(station), "ended", 70.0)
    assert time.monotonic() - began_s > 55.0
    time.sleep(1.5)
    print([line for line in caplog.messages if "call " in line][-4:])
    station.settled()
    station.talk()
    station.settled()
    assert not station.faults
