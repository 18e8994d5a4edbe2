"""Calls over real SIP on loopback: what is dialled, how calls end, and what a line can do to the station."""

from __future__ import annotations

import gc
import logging
import re
import threading
import time
import weakref
from dataclasses import replace
from typing import Any

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import SIDE_PIN, LiveStation

from portier.adapters.sip import legs
from portier.adapters.sip.legs import Legs
from portier.adapters.sip.objects import StationCall, pj
from portier.adapters.sip.phone import SipPhone
from portier.bench.evidence import find
from portier.bench.line.behaviour import RING_ONLY, SILENT, Answer, refuse
from portier.bench.line.events import What
from portier.bench.line.leg import KeyWay
from portier.bench.voice import voice
from portier.core.effects import Sign
from portier.core.events import HangUpRequested, RegistrationState
from portier.core.states import Calling, Idle, Ringing, Talking

_HELD_UP_LIMIT_S = 4.0


def test_a_press_calls_3691_and_the_line_from_the_port_that_registered(station: LiveStation) -> None:
    count = len(station.line.requests)
    station.talk()
    sent = next(one for one in station.line.requests[count:] if one.request.method == "INVITE")
    assert sent.raw.startswith(b"INVITE sip:36913100000000@127.0.0.1:")
    assert sent.source == ("127.0.0.1", station.sip_port)
    assert station.state.registration is RegistrationState.REGISTERED


def test_a_hang_up_that_fails_is_tried_again(
    station: LiveStation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    station.talk()
    usual = StationCall.hangup
    failed: list[object] = []

    def hang_up(self: StationCall, how: object) -> None:
        if len(failed) < 3:
            failed.append(how)
            raise pj.Error
        usual(self, how)

    monkeypatch.setattr(StationCall, "hangup", hang_up)
    assert station.station
    station.station.runtime.post(HangUpRequested(at_s=time.monotonic()))
    station.until(lambda: station.line.requests[-1].request.method == "BYE", "hung up", 3.0)
    assert len(failed) == 3
    assert caplog.text.count("cannot hang up call") == 1


def test_a_re_invite_that_crosses_one_of_the_far_end_is_repeated(
    station: LiveStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.talk()
    usual = station.line.behaviour
    station.line.behaviour = replace(usual, reinvite_status=491)
    before = len(station.line.requests)

    def invites() -> list[float]:
        asked = [one for one in station.line.requests[before:] if one.request.method == "INVITE"]
        return [one.at.mono_ns / 1e9 for one in asked]

    try:
        monkeypatch.setattr(legs, "local_address_to", lambda _: "127.0.0.2")
        phone = _phone(station)
        phone._thread.submit(phone._legs.network_changed)
        station.until(lambda: len(invites()) == 1, "told where the station is now")
        time.sleep(0.5)
        station.line.behaviour = usual
        station.until(lambda: len(invites()) == 2, "told again", 5.0)
        assert 2.0 < invites()[1] - invites()[0] < 5.0
        time.sleep(4.5)
        assert len(invites()) == 2
        assert isinstance(station.state.call, Talking)
        since_s = time.monotonic()
        station.line.press("5")
        station.until(lambda: station.releases(since_s) == 1, "released")
    finally:
        station.line.behaviour = usual
        station.end_call()


def _phone(station: LiveStation) -> SipPhone:
    assert station.station
    ports = station.station.runtime._ports
    assert ports
    assert isinstance(ports.phone, SipPhone)
    return ports.phone


def test_a_button_rings_its_own_line(station: LiveStation) -> None:
    station.press(SIDE_PIN)
    invite = station.line.wait_for(What.INVITE)
    while invite.details["to_user"] != "36913100000001":
        invite = station.line.wait_for(What.INVITE)


def test_the_contact_and_the_offer_are_plain(station: LiveStation) -> None:
    station.talk()
    invites = [one.raw.decode() for one in station.line.requests if one.request.method == "INVITE"]
    registers = [one.raw.decode() for one in station.line.requests if one.request.method == "REGISTER"]
    for request in (invites[-1], registers[0]):
        contact = next(line for line in request.splitlines() if line.startswith("Contact:"))
        assert not [one for one in ("+sip.ice", "reg-id", "+sip.instance", ";ob") if one in contact], contact
    assert re.search(r"m=audio 15\d\d\d RTP/AVP 9 8 0 101\r\n", invites[-1])
    assert "a=rtpmap:101 telephone-event/8000" in invites[-1]
    assert "a=fmtp:101 0-16" in invites[-1]
    assert ";rport" in invites[-1].split("\r\n")[1]
    assert "Expires: 1800" in registers[0]


def test_both_sides_hear_each_other(station: LiveStation) -> None:
    station.talk()
    answered_s = time.monotonic()
    time.sleep(3.0)
    at_phone = find(voice("door", 8000, 4.0), station.line.recording(), 8000)
    at_door = find(
        voice("phone", 16000, 4.0), station.card.heard_between(answered_s, time.monotonic()), 16000
    )
    assert at_phone.heard, at_phone
    assert at_door.heard, at_door


@pytest.mark.parametrize("way", [KeyWay.EVENT, KeyWay.INFO])
def test_a_release_digit_opens_once(station: LiveStation, way: KeyWay) -> None:
    since_s = station.talk()
    station.line.press("5", way)
    station.until_locked_again()
    time.sleep(0.3)
    assert station.releases(since_s) == 1


def test_a_key_sent_by_both_methods_is_one_wrong_attempt(station: LiveStation) -> None:
    station.talk()
    station.line.press("7", KeyWay.EVENT)
    station.line.press("7", KeyWay.INFO)
    time.sleep(0.6)
    assert isinstance(station.state.call, Talking)
    assert station.state.call.wrong == 1


def test_a_wrong_digit_opens_nothing_and_the_right_one_after_it_does(station: LiveStation) -> None:
    since_s = station.talk()
    station.line.press("7")
    time.sleep(0.5)
    assert station.releases(since_s) == 0
    station.line.press("5")
    station.until_released()


def test_a_line_that_answers_another_payload_type_than_offered_still_opens(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, event_payload=101)
    station.talk()
    station.line.press("5")
    station.until_released()


@pytest.mark.parametrize("way", [KeyWay.EVENT, KeyWay.INFO])
def test_digits_before_the_answer_open_nothing(station: LiveStation, way: KeyWay) -> None:
    station.line.behaviour = replace(OPERATOR, answer=Answer(ring_s=1.5, early_media=True))
    since_s = station.press()
    station.until(lambda: isinstance(station.state.call, Ringing), "ringing")
    time.sleep(0.3)
    station.line.press("5", way)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    time.sleep(0.5)
    assert station.releases(since_s) == 0


@pytest.mark.parametrize("early_media", [False, True])
def test_a_key_that_is_quicker_than_the_news_of_the_answer_counts(
    station: LiveStation, monkeypatch: pytest.MonkeyPatch, early_media: bool
) -> None:
    """A phone may send it as soon as it has the ACK: a media thread of PJSIP's own would be first then."""
    taken_in = threading.Event()
    usual = Legs.call_state

    def held_up(self: Legs, leg: int, state: int, status: int) -> None:
        if state == pj.PJSIP_INV_STATE_CONFIRMED:
            taken_in.wait(_HELD_UP_LIMIT_S)
        usual(self, leg, state, status)

    monkeypatch.setattr(Legs, "call_state", held_up)
    station.line.behaviour = replace(OPERATOR, answer=Answer(early_media=early_media))
    call = len(station.line.calls) + 1
    since_s = station.press()
    _wait_for(station, What.ACKED, call)
    station.line.press("5")
    _wait_for(station, What.DIGIT_SENT, call)
    time.sleep(0.3)
    taken_in.set()
    station.until(lambda: station.releases(since_s) == 1, "released")


def test_digits_after_the_hang_up_open_nothing(station: LiveStation) -> None:
    since_s = station.talk()
    stale = station.line.requests[-1]
    station.line.hang_up()
    station.idle()
    body = b"Signal=5\r\nDuration=160\r\n"
    call_id = stale.request.needed("Call-ID")
    station.line.send_raw(
        (
            f"INFO sip:x@127.0.0.1:{station.sip_port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{station.line.port};branch=z9hG4bKstale\r\n"
            f"From: {stale.request.needed('To')}\r\nTo: {stale.request.needed('From')}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: 99 INFO\r\nContent-Type: application/dtmf-relay\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        + body
    )
    time.sleep(0.5)
    assert station.releases(since_s) == 0


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (403, "not allowed (403)", "check the account's user and password"),
        (404, "number unknown (404)", "check the target's line"),
        (486, "busy (486)", ""),
        (480, "no answer (480)", "check that the line answers by itself"),
        (500, "failed (500)", "check the line"),
        (603, "declined (603)", ""),
    ],
)
def test_a_refused_call_is_seen_heard_and_told_and_the_next_press_rings(
    station: LiveStation, caplog: pytest.LogCaptureFixture, status: int, words: str, advice: str
) -> None:
    caplog.set_level(logging.INFO)
    station.line.behaviour = replace(OPERATOR, answer=refuse(status))
    since_s = station.press()
    station.until(lambda: station.state.call_failed, "failed")
    assert isinstance(station.state.call, Idle)
    assert Sign.FAILURE in station.shown
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert [one for one in warnings if words in one and advice in one], warnings
    time.sleep(1.0)
    heard = station.card.heard_between(since_s + 0.5, since_s + 1.0)
    assert any(heard), "the visitor hears a tone"
    station.line.behaviour = OPERATOR
    station.talk()


def test_a_line_that_sends_nothing_is_given_up_after_the_ring_time_out(
    station: LiveStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert station.station
    monkeypatch.setattr(
        station.station.runtime, "_rules", replace(station.station.runtime._rules, ring_timeout_s=1.0)
    )
    station.line.behaviour = replace(OPERATOR, answer=SILENT)
    station.press()
    station.until(lambda: station.state.call_failed, "given up")
    station.line.behaviour = OPERATOR
    station.talk()


def test_the_ring_time_out_cancels_a_ringing_line(
    station: LiveStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert station.station
    monkeypatch.setattr(
        station.station.runtime, "_rules", replace(station.station.runtime._rules, ring_timeout_s=1.0)
    )
    station.line.behaviour = replace(OPERATOR, answer=RING_ONLY)
    station.press()
    station.line.wait_for(What.CANCEL)
    station.until(lambda: station.state.call_failed, "given up")


def test_the_line_can_hang_up(station: LiveStation) -> None:
    station.talk()
    station.line.hang_up()
    station.idle()
    assert Sign.FAILURE not in station.shown


def test_a_redirect_is_not_followed(station: LiveStation) -> None:
    count = len(station.line.requests)
    contact = station.line.uri("36919999999999")
    station.line.behaviour = replace(OPERATOR, answer=refuse(302, contact=contact))
    station.press()
    station.until(lambda: station.state.call_failed, "failed")
    time.sleep(0.3)
    assert not [
        one for one in station.line.requests[count:] if b"36919999999999" in one.raw.split(b"\r\n")[0]
    ]


def test_a_transfer_is_refused(station: LiveStation) -> None:
    station.talk()
    count = len(station.line.requests)
    assert station.line.refer(station.line.uri("36919999999999")) == 603
    time.sleep(0.3)
    assert not [one for one in station.line.requests[count:] if one.request.method == "INVITE"]
    assert isinstance(station.state.call, Talking)


def test_a_call_to_the_station_is_refused_and_a_press_meanwhile_rings(station: LiveStation) -> None:
    station.press()
    assert station.line.invite(f"sip:portier@127.0.0.1:{station.sip_port}") == 486
    station.line.wait_for(What.ACKED)
    assert isinstance(station.state.call, Talking | Calling | Ringing)
    # The line hangs up its newest call only, which is the refused one.
    assert station.station
    station.press()
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    station.end_call()


def test_a_call_that_wants_to_replace_ours_is_refused(station: LiveStation) -> None:
    station.talk()
    _wait_for(station, What.ACKED, len(station.line.calls))
    ours = station.line.requests[-1].request
    call_id, tag = ours.needed("Call-ID"), ours.needed("From").split("tag=")[1]
    far = ours.needed("To").split("tag=")[1]
    replaces = ("Replaces", f"{call_id};to-tag={tag};from-tag={far}")
    status = station.line.invite(f"sip:portier@127.0.0.1:{station.sip_port}", replaces)
    assert status >= 400
    assert isinstance(station.state.call, Talking)
    station.end_call()


def test_a_dead_call_object_is_dropped_without_the_garbage_collector(station: LiveStation) -> None:
    assert station.station
    phone: Any = station.station.runtime._ports.phone  # type: ignore[union-attr]
    station.talk()
    (leg,) = phone._legs._legs.values()
    alive = weakref.ref(leg.call)
    del leg
    gc.disable()
    try:
        station.line.hang_up()
        station.idle()
        station.until(lambda: alive() is None, "dropped", 5.0)
    finally:
        gc.enable()


def test_no_key_reaches_the_log(station: LiveStation, caplog: pytest.LogCaptureFixture) -> None:
    def logged(keys: str) -> list[str]:
        """What the station logs of a visit with these wrong keys, its numbers of calls and times left out."""
        caplog.clear()
        since_s = station.talk()
        for key in keys:
            station.line.press(key)
        station.line.press("5", KeyWay.INFO)
        station.until(lambda: station.releases(since_s) == 1, "released")
        station.end_call()
        station.until(lambda: not station.energised(), "locked")
        # A call's own line holds times and counts; that no key changes it is shown where records are tested.
        others = ("portier.bench", "portier.record")
        own = [one.getMessage() for one in caplog.records if not one.name.startswith(others)]
        return [re.sub(r"call \d+", "call N", text) for text in own]

    caplog.set_level(logging.DEBUG)
    assert sorted(logged("9")) == sorted(logged("7"))


def _wait_for(station: LiveStation, what: What, call: int) -> None:
    """Wait for an event of one call of the line's."""
    while station.line.wait_for(what).call != call:
        pass
