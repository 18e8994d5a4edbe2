"""Calls to a station over real SIP: who is let in, who is not, and that a press comes first."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator

import pytest
from tests.integration.caller import ALLOWED, ASSERTED, INCOMING, LAMPS, SILENT, USER, call, refused_late
from tests.integration.live import LiveStation
from tests.integration.stranger import Stranger

from portier.bench.evidence import find
from portier.bench.line.message import Header, Request, build
from portier.bench.voice import voice
from portier.core.effects import Sign
from portier.core.events import RegistrationState
from portier.core.states import Calling, Idle, Incoming, IncomingPhase, Ringing, Talking


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    """A station that takes calls at once, and that the kernel keeps nobody on loopback from."""
    folder = tmp_path_factory.mktemp("taking")
    with LiveStation(folder, incoming=INCOMING, lamps=LAMPS, sip='accept_from = ["127.0.0.0/8"]') as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        yield station


@pytest.fixture
def station(taking: LiveStation) -> Iterator[LiveStation]:
    yield taking
    taking.line.hang_up()
    taking.settled()
    # The next caller is taken no sooner.
    time.sleep(1.1)


def _joined(station: LiveStation) -> None:
    def talks() -> bool:
        call = station.state.call
        return isinstance(call, Incoming) and call.phase is IncomingPhase.TALKING

    station.until(talks, "joined")


def test_a_listed_caller_by_the_registrar_is_answered_with_lamp_and_heard(station: LiveStation) -> None:
    assert call(station, ASSERTED) == 200
    assert isinstance(station.state.call, Incoming)
    assert Sign.TALKING in station.shown
    _joined(station)
    joined_s = time.monotonic()

    def caller_hears() -> bool:
        match = find(voice("door", 8000, 4.0), station.line.recording()[-32000:], 8000)
        return match.sounding_s >= 1.2 and match.share > 0.4

    station.until(caller_hears, "the caller hears the door", 10.0)

    def door_hears() -> bool:
        return find(
            voice("phone", 16000, 4.0), station.card.heard_between(joined_s, time.monotonic()), 16000
        ).heard

    station.until(door_hears, "the door hears the caller", 10.0)
    station.line.hang_up()
    station.idle()
    assert station.shown == {Sign.IDLE}

    def recorded() -> bool:
        assert station.station
        record = station.station.recorder.last
        return record is not None and record.caller == ALLOWED and record.end == "the caller hung up"

    station.until(recorded, "its record")
    assert station.station
    record = station.station.recorder.last
    assert record
    assert record.stream
    assert record.stream.received > 0
    assert record.first_sound_s
    assert [text for *_, text in record.sip if text in {"180 Ringing", "200 OK", "ACK", "BYE"}]


def test_a_digit_of_a_caller_who_may_releases_the_door(station: LiveStation) -> None:
    assert call(station, ASSERTED) == 200
    _joined(station)
    station.line.press("5")
    station.until(station.energised, "released")


def test_a_digit_of_a_caller_who_may_not_releases_nothing(station: LiveStation) -> None:
    since_s = time.monotonic()
    assert call(station, ("P-Asserted-Identity", f"<sip:{SILENT}@pbx.example>")) == 200
    _joined(station)
    station.line.press("5")

    def counted() -> bool:
        call = station.state.call
        return isinstance(call, Incoming) and call.wrong == 1

    station.until(counted, "a wrong attempt")
    assert station.releases(since_s) == 0


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        (("P-Asserted-Identity", "<sip:0033999999999@pbx.example>"), USER),
        (("P-Asserted-Identity", f'"{ALLOWED}" <sip:0033999999999@pbx.example>'), USER),
        (("X-Nothing", "at all"), USER),
        (ASSERTED, "portier"),
    ],
)
def test_who_is_not_listed_or_calls_another_is_refused_as_ever(
    station: LiveStation, headers: Header, user: str
) -> None:
    refused_late(station, headers, user=user)


def test_a_caller_during_a_visit_is_refused_and_the_visit_goes_on(station: LiveStation) -> None:
    station.talk()
    refused_late(station, ASSERTED)
    assert isinstance(station.state.call, Talking)


def test_a_press_ends_the_call_and_rings(station: LiveStation) -> None:
    assert call(station, ASSERTED) == 200
    _joined(station)
    caller = station.line.calls[-1]
    station.press()
    station.until(lambda: isinstance(station.state.call, Calling | Ringing | Talking), "rings")
    station.until(lambda: isinstance(station.state.call, Talking), "talking to who was rung")
    assert station.line.calls[-1] is not caller
    station.line.wait_request("BYE")


def test_the_same_words_from_another_address_prove_nothing(station: LiveStation) -> None:
    with Stranger(station.sip_port) as stranger:
        stranger.send(_invite(stranger, ALLOWED))
        answers = _answers(stranger, 2.0)
    assert b"SIP/2.0 100" in answers[0]
    assert [answer.split(b" ", 2)[1] for answer in answers[1:]][:1] == [b"486"]
    assert isinstance(station.state.call, Idle)


def test_a_flood_of_a_listed_caller_s_calls_costs_neither_life_nor_press(station: LiveStation) -> None:
    """From the registrar's own address, which is the worst there is."""
    over = threading.Event()

    def flood() -> None:
        with Stranger(station.sip_port, "127.0.0.1") as neighbour:
            for _ in range(600):
                neighbour.send(_invite(neighbour, ALLOWED))
                time.sleep(0.003)
        over.set()

    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        time.sleep(0.8)
        station.press()
        station.until(lambda: isinstance(station.state.call, Talking), "talking in the flood", 8.0)
    finally:
        flooding.join(30.0)
    assert over.is_set()
    station.line.press("5")
    station.until(station.energised, "released")
    assert not station.faults


def _invite(one: Stranger, number: str) -> bytes:
    own, station = (f"{host}:{port}" for host, port in (one.own, one.station))
    headers: tuple[Header, ...] = (
        ("Via", f"SIP/2.0/UDP {own};rport;branch=z9hG4bK{secrets.token_hex(8)}"),
        ("From", f"<sip:{number}@{own}>;tag=stranger"),
        ("To", f"<sip:{USER}@{station}>"),
        ("Call-ID", secrets.token_hex(8)),
        ("CSeq", "1 INVITE"),
        ("Max-Forwards", "70"),
        ("Contact", f"<sip:stranger@{own}>"),
        ("P-Asserted-Identity", f"<sip:{number}@{own}>"),
        ("Content-Type", "application/sdp"),
    )
    return build(Request(method="INVITE", uri=f"sip:{USER}@{station}", headers=headers, body=one.offer()))


def _answers(one: Stranger, within_s: float) -> list[bytes]:
    until_s, heard = time.monotonic() + within_s, []
    while (left_s := until_s - time.monotonic()) > 0 and (answer := one.hears(left_s)):
        heard.append(answer)
    return heard
