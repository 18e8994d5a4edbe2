"""The whole station over IPv6, on loopback. To be run by pytest where PJSIP can: see test_ipv6.py."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.ipv6_station import HOST, hear_each_other, invite, registered
from tests.integration.live import LiveStation

from portier.adapters.sip.packet_filter import dropped_at
from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.line.leg import KeyWay
from portier.bench.line.packets import KeyShape, Packet, event_steps, pack
from portier.bench.line.sdp import parse
from portier.core.states import Ringing

_STRANGER = "2001:db8::66"
_IPV6_FREEBIND = 78
_KEYS_PAYLOAD = 101


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    """Registered at a line by IPv6."""
    with LiveStation(tmp_path_factory.mktemp("station"), OPERATOR, host=HOST) as station:
        yield station


@pytest.fixture
def station(shared: LiveStation) -> Iterator[LiveStation]:
    shared.settled()
    registered(shared)
    yield shared
    shared.settled()
    assert not shared.faults


def _stranger() -> socket.socket:
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
    made.bind((_STRANGER, 0))
    return made


def _sound_port(line: Agent) -> int:
    return parse(invite(line).body).port


def test_a_call_with_sound_both_ways_and_a_release_by_rfc_4733(station: LiveStation) -> None:
    (binding,) = station.line.bindings.values()
    assert binding.contact.endswith(f"@[::1]:{station.sip_port}")
    station.talk()
    since_s = time.monotonic()
    described = invite(station.line).body.decode()
    assert "c=IN IP6 ::1" in described
    assert "IP4" not in described
    hear_each_other(station, since_s)
    station.line.press("5")
    station.until_locked_again()


@pytest.mark.parametrize("way", [KeyWay.INFO, KeyWay.PLAIN_INFO])
def test_a_release_by_info(station: LiveStation, way: KeyWay) -> None:
    station.talk()
    station.line.press("5", way)
    station.until_locked_again()


def test_the_telephone_and_the_station_may_hang_up(station: LiveStation) -> None:
    station.talk()
    station.line.hang_up()
    station.idle()
    station.talk()
    station.end_call()
    station.line.wait_for(What.ENDED)


def test_a_ringing_call_is_cancelled(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, answer=replace(OPERATOR.answer, ring_s=20.0))
    station.press()
    station.until(lambda: isinstance(station.state.call, Ringing), "ringing")
    station.end_call()
    station.line.wait_for(What.CANCEL)


def test_a_strangers_requests_are_dropped_by_the_kernel(station: LiveStation) -> None:
    own = (HOST, station.sip_port)
    before = dropped_at(own)
    with closing(_stranger()) as stranger:
        for method in (b"OPTIONS", b"INVITE", b"SIP/2.0 200 OK"):
            stranger.sendto(method + b" sip:x SIP/2.0\r\n\r\n", own)
    assert dropped_at(own) == before + 3


def test_a_strangers_sound_and_keys_are_dropped_in_a_call(station: LiveStation) -> None:
    began_s = station.talk()
    own = (HOST, _sound_port(station.line))
    before = dropped_at(own)
    keys = [step.payload for step in event_steps("5", KeyShape()) if step.payload is not None]
    with closing(_stranger()) as stranger:
        for number, key in enumerate(keys * 3):
            packet = Packet(_KEYS_PAYLOAD, number, 4000, 77, key, marker=number == 0)
            stranger.sendto(pack(packet), own)
    assert dropped_at(own) == before + 3 * len(keys)
    assert station.releases(began_s) == 0
    station.line.press("5")
    station.until_released()
