"""Registrars and names that misbehave: calls go on, and the station comes back by itself."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.conftest import OPERATOR, USER
from tests.integration.held import Held
from tests.integration.live import PASSWORD, SIDE_PIN, LiveStation

from portier.adapters.sip import names, supervision
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour, Registrar
from portier.bench.line.digest import Challenge
from portier.bench.line.events import What
from portier.core.events import RegistrationState


@pytest.mark.parametrize("status", [423, 500, 0])
def test_a_registrar_that_refuses_strangely_does_not_stop_calls(tmp_path: Path, status: int) -> None:
    with LiveStation(tmp_path, Behaviour(registrar=Registrar(status=status, min_expires_s=2000))) as station:
        station.talk()
        station.end_call()
        station.line.behaviour = Behaviour()
        station.talk()
        station.end_call()


def _restart(station: LiveStation, behaviour: Behaviour) -> None:
    """Another registrar in the place of the one there was, which remembers nothing."""
    station.line.stop(hang_up=False)
    station.line = Agent(port=station.line.port, behaviour=behaviour).start()


def test_a_registrar_that_is_restarted_finds_the_station_again(tmp_path: Path) -> None:
    with LiveStation(tmp_path) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        port = station.line.port
        station.line.stop(hang_up=False)
        station.press()
        station.until(lambda: station.state.call_failed, "nobody there", 8.0)
        station.line = Agent(port=port).start()
        station.until(lambda: not station.state.call_failed, "shown", 8.0)
        station.talk()
        station.end_call()


def test_a_registrar_that_has_forgotten_the_station_refuses_one_press_and_no_other(tmp_path: Path) -> None:
    with LiveStation(tmp_path, OPERATOR) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        _restart(station, OPERATOR)
        station.press()
        assert station.line.wait_for(What.REFUSED).details["status"] == 403
        assert station.line.wait_for(What.REGISTER).details["status"] == 200
        station.talk()
        station.end_call()


def test_a_refused_call_does_not_insist_on_a_registration_that_was_refused(tmp_path: Path) -> None:
    with LiveStation(tmp_path, replace(OPERATOR, registrar=Registrar(status=403))) as station:
        station.until(lambda: station.state.registration is RegistrationState.REFUSED, "refused")
        station.press()
        station.line.wait_for(What.REFUSED)
        time.sleep(0.5)
        assert sum(one.what is What.REGISTER for one in station.line.events) == 1


def test_a_name_that_takes_long_to_fail_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    let_go = threading.Event()

    def hangs(host: str) -> list[str]:
        assert host == "registrar.invalid"
        asked.set()
        let_go.wait(30)
        raise OSError("no answer from the name server")

    monkeypatch.setattr(names, "system_lookup", hangs)

    def by_name(_: int) -> str:
        return (
            '!domain = "registrar.invalid"\nregistrar = "registrar.invalid"\npassword_file = "password"\n'
            'bind_address = "127.0.0.1"\n'
        )

    with LiveStation(tmp_path, proxied=by_name, buttons_side="") as station:
        assert asked.wait(5)
        began_s = time.monotonic()
        station.press()
        assert station.station
        station.until(lambda: station.state.call_failed, "told to the visitor", 8.0)
        assert time.monotonic() - began_s < 8
        began_s = time.monotonic()
        station.end()
        assert time.monotonic() - began_s < 3
    let_go.set()


def test_a_name_that_resolves_later_brings_the_station_into_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([OSError("not yet"), OSError("not yet")])
    monkeypatch.setattr(names, "_RETRY_S", 0.2)

    def later(_: str) -> list[str]:
        for error in answers:
            raise error
        return ["127.0.0.1"]

    monkeypatch.setattr(names, "system_lookup", later)

    def by_name(line_port: int) -> str:
        return (
            f'!domain = "pbx.invalid:{line_port}"\nregistrar = "pbx.invalid:{line_port}"\n'
            'password_file = "password"\nbind_address = "127.0.0.1"\n'
        )

    with LiveStation(tmp_path, proxied=by_name) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        station.talk()
        invite = station.line.wait_request("INVITE")
        assert invite.raw.startswith(b"INVITE sip:36913100000000@pbx.invalid:")
        assert b"Route:" not in invite.raw
        station.line.wait_for(What.ACKED)
        station.end_call()


@pytest.mark.parametrize("status", [400, 403, 405, 423, 488, 500])
def test_a_registration_that_failed_comes_back_by_itself(tmp_path: Path, status: int) -> None:
    with LiveStation(tmp_path, Behaviour(registrar=Registrar(status=status))) as station:
        failed = (RegistrationState.REFUSED, RegistrationState.UNREACHABLE)
        station.until(lambda: station.state.registration in failed, "refused")
        station.line.behaviour = Behaviour()
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered", 20.0)


GARBAGE: dict[str, Callable[[bytes], bytes]] = {
    "zeros": lambda _: bytes(1000),
    "half an answer": lambda answer: answer[: len(answer) // 2],
    "no such status": lambda answer: answer.replace(b"SIP/2.0 200", b"SIP/2.0 999"),
    "an answer to another": lambda answer: answer.replace(b" REGISTER", b" INVITE"),
    "a contact that is none": lambda answer: re.sub(rb"Contact: [^\r]*", b'Contact: <<"', answer),
    "somebody else's contact": lambda answer: re.sub(
        rb"Contact: <[^>]*", b"Contact: <sip:x@10.9.8.7", answer
    ),
    "no number of seconds": lambda answer: re.sub(rb"(?i)expires(=|: )\d+", rb"Expires\1soon", answer),
    "too many seconds": lambda answer: re.sub(
        rb"(?i)expires(=|: )\d+", rb"Expires\g<1>1" + b"0" * 30, answer
    ),
    "no seconds at all": lambda answer: re.sub(rb"(?i)expires(=|: )\d+", rb"Expires\g<1>0", answer),
    "a challenge without a word": lambda answer: answer.replace(b"realm=", b"r=").replace(b"nonce=", b"n="),
    "a challenge of no known kind": lambda answer: answer.replace(b"MD5", b"ROT13"),
}
PASSWORD_ASKED = Challenge(USER, PASSWORD)


@pytest.fixture
def quick_to_register(monkeypatch: pytest.MonkeyPatch) -> None:
    """The station tries again at once."""
    for pause in ("FIRST_PAUSE_S", "LONGEST_PAUSE_S", "REFUSED_PAUSE_S"):
        monkeypatch.setattr(supervision, pause, 0.05)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.usefixtures("quick_to_register")
def test_a_registrar_that_answers_garbage_stops_no_call_and_is_forgiven(tmp_path: Path, garbage: str) -> None:
    asks = PASSWORD_ASKED if "challenge" in garbage else None
    gone_wrong = Registrar(garbled=GARBAGE[garbage], challenge=asks)
    with LiveStation(tmp_path, Behaviour(registrar=gone_wrong)) as station:
        station.line.wait_request("REGISTER")
        station.talk()
        station.end_call()
        station.line.behaviour = OPERATOR
        station.press()
        station.until(lambda: bool(station.line.bindings), "registered", 10.0)
        station.until(lambda: not station.state.call_failed, "shown", 8.0)
        station.end_call()
        station.talk()
        assert not station.faults


@pytest.mark.usefixtures("quick_to_register")
def test_a_hundred_registrations_that_fail_leave_nothing_behind(tmp_path: Path) -> None:
    wrong = (
        Registrar(status=500),
        Registrar(status=423, min_expires_s=2000),
        Registrar(garbled=GARBAGE["a challenge of no known kind"], challenge=PASSWORD_ASKED),
    )
    with LiveStation(tmp_path, Behaviour(registrar=wrong[0])) as station:

        def fail(times: int, registrar: Registrar) -> None:
            station.line.behaviour = Behaviour(registrar=registrar)
            count = len(station.line.requests) + times
            station.until(lambda: len(station.line.requests) >= count, "registrations that fail", 20.0)

        for registrar in wrong:
            fail(10, registrar)
        before = Held.by(station)
        for registrar in wrong:
            fail(35, registrar)
        assert Held.by(station).no_more_than(before), before
        station.line.behaviour = Behaviour()
        station.talk()


@pytest.mark.usefixtures("quick_to_register")
def test_a_registrar_that_grants_no_time_is_asked_again(tmp_path: Path) -> None:
    registrar = Registrar(garbled=GARBAGE["no seconds at all"])
    with LiveStation(tmp_path, Behaviour(registrar=registrar)) as station:
        station.line.wait_request("REGISTER", 3)
        assert station.state.registration is RegistrationState.TRYING
        station.line.behaviour = Behaviour()
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")


def test_a_line_to_which_there_is_no_way_is_a_failed_call_and_the_next_press_rings(tmp_path: Path) -> None:
    # The socket is bound to loopback: a datagram to anywhere else cannot leave, and PJSIP says so at once.
    far = f'pin = {SIDE_PIN}\nuri = "sip:far@192.0.2.1"'
    with LiveStation(tmp_path, OPERATOR, buttons_side=f"!{far}") as station:
        station.settled()
        station.press(SIDE_PIN)
        station.until(lambda: station.state.last_leg == 1, "placed")
        station.idle()
        assert not station.faults
        station.talk()
        station.end_call()


@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256",), ("SHA-256", "MD5"), ("SHA-512-256", "MD5")])
def test_of_several_challenges_one_that_is_known_is_answered(
    tmp_path: Path, algorithms: tuple[str, ...]
) -> None:
    asks = Challenge(USER, PASSWORD, algorithms=algorithms)
    behaviour = Behaviour(registrar=Registrar(challenge=asks), challenge=replace(asks, status=407))
    with LiveStation(tmp_path, behaviour) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        station.talk()
        station.end_call()


def test_a_registrar_that_wants_a_longer_time_gets_it_at_once(tmp_path: Path) -> None:
    registrar = Registrar(shortest_s=3600, expires_s=7200, challenge=PASSWORD_ASKED)
    with LiveStation(tmp_path, Behaviour(registrar=registrar)) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered", 8.0)
        registers = [one.request for one in station.line.requests if one.request.method == "REGISTER"]
        assert registers[-1].header("Expires") == "3600"
        # One that was sent twice on a busy machine has the same number.
        assert len({one.header("CSeq") for one in registers}) <= 4, "with the password each time, and no more"
