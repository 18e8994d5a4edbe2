"""Stations over IPv6, each of another kind. To be run by pytest where PJSIP can: see test_ipv6.py."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.caller import ASSERTED, INCOMING, LAMPS
from tests.integration.conftest import OPERATOR
from tests.integration.ipv6_station import HOST, hear_each_other, invite, registered
from tests.integration.live import LiveStation, free_port
from tests.integration.stream_front import StreamFront, certificate

from portier.bench.line import sdp
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import SILENT, Behaviour
from portier.bench.line.events import What
from portier.bench.voice import voice
from portier.core.events import RegistrationState
from portier.core.states import Incoming, IncomingPhase, Talking
from portier.errors import SipPortError
from portier.hosts import written


def _resolves(monkeypatch: pytest.MonkeyPatch, name: str) -> list[int]:
    """Let a name have our IPv6 address and none of IPv4; the families in which it is asked for."""
    real, asked = socket.getaddrinfo, list[int]()

    def told(host: str, *rest: Any, **named: Any) -> Any:
        if host != name:
            return real(host, *rest, **named)
        asked.append(rest[1])
        if rest[1] != socket.AF_INET6:
            raise socket.gaierror(socket.EAI_NONAME, "it has IPv6 alone")
        return [(socket.AF_INET6, socket.SOCK_DGRAM, 17, "", (HOST, 0, 0, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", told)
    return asked


def test_a_target_without_a_registrar_is_called_at_its_address(tmp_path: Path) -> None:
    with Agent(HOST, behaviour=Behaviour(prefix=""), voice=voice("phone", 8000, 4.0)) as phone:
        bell = f'!pin = 5\nuri = "sip:alice@{written(HOST, phone.port)}"'
        with LiveStation(tmp_path, direct=True, host=HOST, buttons_bell=bell, buttons_side="") as station:
            station.talk()
            since_s = time.monotonic()
            hear_each_other(station, since_s, phone)
            phone.press("5")
            station.until_released()
            assert not station.faults


def test_bound_to_all_addresses_at_a_registrar_whose_name_has_ipv6_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _resolves(monkeypatch, "pbx.test")

    def sip(line_port: int) -> str:
        at = f"pbx.test:{line_port}"
        account = 'user = "0033912345678"\npassword_file = "password"\nbind_address = "::"\n'
        return f'!domain = "{at}"\nregistrar = "{at}"\n{account}'

    with LiveStation(tmp_path, OPERATOR, proxied=sip, host=HOST, buttons_side="") as station:
        registered(station)
        station.talk()
        hear_each_other(station, time.monotonic())
        station.line.press("5")
        station.until_released()
        assert not station.faults
    assert set(asked) == {socket.AF_INET6}


def test_a_contact_that_is_a_name_is_asked_of_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, "phone.test")
    with LiveStation(tmp_path, OPERATOR, host=HOST, buttons_side="") as station:
        registered(station)
        port = station.line.port
        station.line.behaviour = replace(OPERATOR, contact=f"<sip:line@phone.test:{port}>")
        station.talk()
        station.line.wait_for(What.ACKED)
        acks = [one.request for one in station.line.requests if one.request.method == "ACK"]
        assert acks[-1].uri == f"sip:line@phone.test:{port}"
        assert not station.faults


def test_a_silent_server_is_cancelled_before_the_next_account_is_called(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with Agent(HOST, behaviour=OPERATOR) as second:
        at = written(HOST, second.port)
        account = f'domain = "{at}"\nregistrar = "{at}"\nuser = "0033912345678"\npassword_file = "password"'
        silent = replace(OPERATOR, answer=SILENT)
        with LiveStation(
            tmp_path, silent, host=HOST, sip="answer_timeout_s = 3", accounts_backup=account
        ) as station:
            both = {"main": RegistrationState.REGISTERED, "backup": RegistrationState.REGISTERED}
            station.until(lambda: station.state.accounts == both, "both registered", 10.0)
            station.talk()
            station.line.wait_for(What.CANCEL)
            second.wait_for(What.ACKED)
            assert "no answer at all; trying the next" in caplog.text
            second.press("5")
            station.until_released()


def test_by_tcp(tmp_path: Path) -> None:
    behaviour = Behaviour(registrar=OPERATOR.registrar)
    with (
        Agent(HOST, behaviour=behaviour, voice=voice("phone", 8000, 4.0)) as line,
        StreamFront(line.port, None, host=HOST) as front,
    ):

        def sip(_: int) -> str:
            at = written(HOST, front.port)
            account = 'user = "0033912345678"\npassword_file = "password"\ntransport = "tcp"\n'
            return f'!domain = "{at}"\nregistrar = "{at}"\nbind_address = "{HOST}"\n{account}'

        with LiveStation(tmp_path, proxied=sip, host=HOST, buttons_side="") as station:
            registered(station)
            (binding,) = line.bindings.values()
            assert "@[::1]:" in binding.contact
            assert ";transport=tcp" in binding.contact.lower()
            with closing(socket.socket(socket.AF_INET6, socket.SOCK_STREAM)) as knocking:
                knocking.settimeout(0.5)
                port = int(binding.contact.rpartition("]:")[2].partition(";")[0])
                with pytest.raises(OSError, match=r"refused|timed out"):
                    knocking.connect((HOST, port))
            station.press()
            line.wait_for(What.INVITE)
            assert invite(line).header("Via").startswith("SIP/2.0/TCP [::1]:")
            station.until(lambda: isinstance(station.state.call, Talking), "talking", 10.0)
            hear_each_other(station, time.monotonic(), line)
            line.press("5")
            station.until_released()
            assert not station.faults


@pytest.mark.parametrize("server", [HOST, "pbx.test"])
def test_by_tls_the_certificate_bears_the_servers_address_or_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    _resolves(monkeypatch, "pbx.test")
    made = certificate(tmp_path, server)
    with (
        Agent(HOST, behaviour=Behaviour(registrar=OPERATOR.registrar)) as line,
        StreamFront(line.port, made, host=HOST) as front,
    ):

        def sip(_: int) -> str:
            at = written(server, front.port)
            account = 'user = "0033912345678"\npassword_file = "password"\ntransport = "tls"\n'
            more = f'tls_ca_file = "{made.file}"\nbind_address = "{HOST}"\n'
            return f'!domain = "{at}"\nregistrar = "{at}"\n{account}{more}'

        with LiveStation(tmp_path, proxied=sip, host=HOST, buttons_side="") as station:
            registered(station)
            assert front.versions == ["TLSv1.3"]
            station.talk()
            line.press("5")
            station.until_released()
            assert not station.faults


def test_a_listed_caller_by_the_registrar_is_answered(tmp_path: Path) -> None:
    with LiveStation(tmp_path, host=HOST, incoming=INCOMING, lamps=LAMPS) as station:
        registered(station)
        uri = f"sip:0033912345678@{written(HOST, station.sip_port)}"
        assert station.line.invite(uri, ASSERTED) == 200

        def talks() -> bool:
            call = station.state.call
            return isinstance(call, Incoming) and call.phase is IncomingPhase.TALKING

        station.until(talks, "joined")
        station.line.press("5")
        station.until_released(0.0)
        station.line.hang_up()
        station.idle()
        assert station.line.invite(uri) == 486, "whose number is not listed"


def test_an_answer_that_describes_ipv4_ends_that_call_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveStation(tmp_path, OPERATOR, host=HOST, buttons_side="") as station:
        registered(station)
        with monkeypatch.context() as spoilt:
            real = sdp.build
            spoilt.setattr(
                sdp, "build", lambda *given: real(*given).replace(b"IN IP6 ::1", b"IN IP4 127.0.0.1")
            )
            station.press()
            station.until(lambda: station.state.call_failed, "failed", 10.0)
        station.settled()
        station.talk()
        hear_each_other(station, time.monotonic())
        assert not station.faults


# The last: the error keeps PJSIP's one instance, in a process that ends without it.
def test_a_port_that_is_taken_is_told_by_its_address(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as taken:
        taken.bind((HOST, free_port(HOST)))
        port = taken.getsockname()[1]
        sip = f'!domain = "[::1]:5070"\nbind_address = "{HOST}"\n'
        station = LiveStation(tmp_path, host=HOST, sip=sip + f"port = {port}", buttons_side="")
        with pytest.raises(SipPortError, match=rf"cannot open UDP \[::1\]:{port}"), station:
            pass
