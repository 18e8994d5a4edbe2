"""Calls that cannot jam: floods, lines that never finish, requests that cross; then the next press rings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.held import Held
from tests.integration.live import LiveStation

from portier.bench.flood import flood
from portier.bench.line.behaviour import RING_ONLY, SILENT, Answer, Behaviour, CancelMode, refuse
from portier.bench.line.events import Event, What
from portier.bench.line.headers import address
from portier.core.states import Idle, Talking


def _invites(station: LiveStation, since_s: float) -> list[float]:
    """When INVITEs arrived at the line, in monotonic seconds."""
    return [
        one.at.mono_ns / 1e9
        for one in station.line.requests
        if one.request.method == "INVITE" and one.at.mono_ns / 1e9 > since_s
    ]


@contextmanager
def _flooded(station: LiveStation, *, gives_up: bool) -> Iterator[None]:
    """While a stranger sends 600 INVITEs; at the end none comes any more."""
    strangers = threading.Thread(
        target=flood, args=(("127.0.0.1", station.sip_port), 600, 0.003), kwargs={"gives_up": gives_up}
    )
    strangers.start()
    try:
        time.sleep(0.8)
        yield
    finally:
        strangers.join(10)
    station.end_call()


@pytest.mark.parametrize("gives_up", [False, True], ids=["waiting", "giving up"])
def test_a_press_in_a_flood_of_600_invites_is_on_the_wire_within_a_second(
    station: LiveStation, gives_up: bool
) -> None:
    # PJSIP keeps the memory of its busiest moment: that comes first, so that what comes after is a leak.
    with _flooded(station, gives_up=gives_up):
        pass
    time.sleep(6.0)
    before = Held.by(station)
    with _flooded(station, gives_up=gives_up):
        pressed_s = station.press()
        station.until(lambda: bool(_invites(station, pressed_s)), "the INVITE", 2.0)
        assert _invites(station, pressed_s)[0] - pressed_s < 1.0
        station.until(lambda: isinstance(station.state.call, Talking), "talking in the flood")
    station.talk()
    station.end_call()
    assert Held.until_no_more_than(before, station).no_more_than(before), before


@pytest.mark.parametrize(
    "stubborn",
    [
        replace(OPERATOR, answer=SILENT),
        replace(OPERATOR, answer=RING_ONLY, cancel=CancelMode.FORGET_487),
        replace(OPERATOR, answer=RING_ONLY, cancel=CancelMode.IGNORE),
    ],
    ids=["never answers", "never confirms", "ignores CANCEL"],
)
def test_eight_presses_hung_up_in_ten_seconds_and_the_next_rings_within_five(
    station: LiveStation, stubborn: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert station.station
    runtime = station.station.runtime
    monkeypatch.setattr(runtime, "_rules", replace(runtime._rules, press_hangs_up=True))
    station.talk()
    station.end_call()
    time.sleep(1.5)
    before = Held.by(station)
    station.line.behaviour = stubborn
    for _ in range(8):
        station.press(held_s=0.06)
        time.sleep(0.5)
        station.press(held_s=0.06)
        time.sleep(0.4)
    station.line.behaviour = OPERATOR
    station.until(lambda: isinstance(station.state.call, Idle), "idle")
    pressed_s = station.press()
    station.until(lambda: bool(_invites(station, pressed_s)), "the INVITE", 6.0)
    assert _invites(station, pressed_s)[-1] - pressed_s < 5.0
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    station.end_call()
    assert Held.until_no_more_than(before, station).no_more_than(before), before


def test_an_offerless_reinvite_leaves_the_call_alone(station: LiveStation) -> None:
    station.talk()
    assert station.line.reinvite(with_offer=False) in (200, 488)
    since_s = time.monotonic()
    time.sleep(0.5)
    assert isinstance(station.state.call, Talking)
    station.line.press("5")
    station.until(lambda: station.releases(since_s) == 1, "released")


def _cross_byes(station: LiveStation) -> None:
    """A call that both sides end in the same moment, and what the line saw of it."""
    station.line.behaviour = replace(OPERATOR, bye_crosses=True)
    invited = len(station.line.requests)
    pressed_s = station.talk()
    call = station.line.calls[-1]

    def seen(what: What) -> list[Event]:
        return [one for one in station.line.events if one.what is what and one.call == call.number]

    station.end_call()
    station.until(lambda: bool(seen(What.BYE_ANSWERED)), "the line's BYE was answered")
    (ended,), (answered,) = seen(What.ENDED), seen(What.BYE_ANSWERED)
    ours = next(
        one
        for one in station.line.requests[invited:]
        if one.request.method == "BYE" and one.request.needed("Call-ID") == call.dialog.call_id
    )
    assert ended.details["by"] == "both"
    # The line answers ours when its own has left: both were on the wire before either answer.
    assert ours.at.mono_ns < ended.at.mono_ns < answered.at.mono_ns
    assert answered.details["status"] in {200, 481}
    assert len(_invites(station, pressed_s)) == 1


def test_a_bye_that_crosses_ours_ends_one_call_and_the_next_rings(station: LiveStation) -> None:
    _cross_byes(station)
    station.line.behaviour = OPERATOR
    station.talk()


def test_a_line_that_never_confirms_our_bye_does_not_keep_the_next_press(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, bye_answered=False)
    for _ in range(5):
        pressed_s = station.talk()
        station.end_call()
    station.line.behaviour = OPERATOR
    pressed_s = station.press()
    station.until(lambda: bool(_invites(station, pressed_s)), "the INVITE", 6.0)
    assert _invites(station, pressed_s)[0] - pressed_s < 5.0


def test_thirty_calls_leave_nothing_behind(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, answer=Answer(ring_s=0.0))
    station.talk()
    station.end_call()
    time.sleep(1.5)
    before = Held.by(station)
    for _ in range(30):
        station.talk()
        station.end_call()
        # PJSIP closes a call's sockets half a second later, and aborts at 64 of them.
        time.sleep(0.15)
    assert Held.until_no_more_than(before, station).no_more_than(before), before


def _transfer(station: LiveStation) -> None:
    station.talk()
    assert station.line.refer(station.line.uri("36919999999999")) == 603


def _redirect(station: LiveStation) -> None:
    contact = station.line.uri("36919999999999")
    station.line.behaviour = replace(OPERATOR, answer=refuse(302, contact=contact))
    station.press()
    station.until(lambda: station.state.call_failed, "failed")


def _replace(station: LiveStation) -> None:
    station.talk()
    dialog = station.line.calls[-1].dialog
    near, far = (address(party).parameter("tag") for party in (dialog.remote, dialog.local))
    replaces = ("Replaces", f"{dialog.call_id};to-tag={near};from-tag={far}")
    assert station.line.invite(f"sip:portier@127.0.0.1:{station.sip_port}", replaces) == 603


def _ask_without_an_offer(station: LiveStation) -> None:
    station.talk()
    assert station.line.reinvite(with_offer=False) in (200, 488)


def test_rounds_of_all_that_a_line_may_do_leave_nothing_behind(station: LiveStation) -> None:
    def a_round() -> None:
        for misfortune in (_transfer, _redirect, _replace, _ask_without_an_offer, _cross_byes):
            station.line.behaviour = OPERATOR
            misfortune(station)
            station.end_call()
            time.sleep(0.15)

    a_round()
    time.sleep(1.5)
    before = Held.by(station)
    for _ in range(8):
        a_round()
    station.line.behaviour = OPERATOR
    pressed_s = station.talk()
    assert _invites(station, pressed_s)[0] - pressed_s < 1.0
    station.end_call()
    assert Held.until_no_more_than(before, station).no_more_than(before), before


def test_garbage_from_the_registrar_is_survived(station: LiveStation) -> None:
    for garbage in (
        b"SIP/2.0 200 OK\r\n\r\n",
        b"\x00" * 1000,
        b"SIP/2.0 999 ?\r\nVia: x\r\n\r\n",
        b"\r\n" * 500,
    ):
        station.line.send_raw(garbage, ("127.0.0.1", station.sip_port))
    time.sleep(0.3)
    station.talk()


def test_a_stranger_who_gives_up_does_not_end_the_call_that_took_his_place(station: LiveStation) -> None:
    for _ in range(4):
        # Cancelled before the station would refuse it; the four had every slot there is.
        station.line.invite(f"sip:portier@127.0.0.1:{station.sip_port}", timeout_s=0.1)
    count = len(station.line.requests)
    station.press()
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    time.sleep(1.5)
    assert isinstance(station.state.call, Talking), "still talking when the strangers' time is over"
    ended = [one.request.method for one in station.line.requests[count:]]
    assert not {"BYE", "CANCEL"} & set(ended), "and the line has heard of no end"
    station.end_call()
