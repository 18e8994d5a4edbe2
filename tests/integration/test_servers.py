"""A domain with several servers, found by SRV records: the next one is taken when one is dead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation, free_port
from tests.integration.name_server import NameServer, Zone

from portier.adapters.sip import account, names, srv, supervision
from portier.adapters.sip.objects import StationAccount
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour, Registrar
from portier.core.events import RegistrationState

_DOMAIN = "pbx.example"


def _sip(_: int) -> str:
    return (
        f'!domain = "{_DOMAIN}"\nregistrar = "{_DOMAIN}"\nuser = "0033912345678"\n'
        'password_file = "password"\nbind_address = "127.0.0.1"\nanswer_timeout_s = 3.0\n'
    )


@contextmanager
def _served(
    folder: Path, monkeypatch: pytest.MonkeyPatch, zone: Callable[[int, int], Zone]
) -> Iterator[tuple[LiveStation, Agent, NameServer]]:
    """The station, whose line is the first server, a second server, and who names both."""
    station = LiveStation(folder, OPERATOR, proxied=_sip)
    with Agent(behaviour=OPERATOR) as second, NameServer(zone(station.line.port, second.port)) as server:
        monkeypatch.setattr(srv, "resolver", server.resolver)
        monkeypatch.setattr(names, "system_lookup", server.lookup)
        with station:
            yield station, second, server
            assert not station.faults


def _two(first: int, second: int) -> Zone:
    return {
        ("_sip._udp.pbx.example", "SRV"): [
            f"10 1 {first} one.pbx.example.",
            f"20 1 {second} two.pbx.example.",
        ],
        ("one.pbx.example", "A"): ["127.0.0.1"],
        ("two.pbx.example", "A"): ["127.0.0.1"],
    }


def _methods(line: Agent, method: str) -> int:
    return sum(one.request.method == method for one in line.requests)


def _registered(station: LiveStation, limit_s: float = 5.0) -> None:
    station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered", limit_s)


def test_the_server_of_the_lowest_priority_is_used_and_a_press_asks_no_name_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(tmp_path, monkeypatch, _two) as (station, second, server):
        _registered(station)
        asked = len(server.asked)
        station.talk()
        station.end_call()
        assert len(server.asked) == asked
        assert _methods(station.line, "INVITE")
        assert not second.requests
        assert station.line.wait_request("INVITE").raw.startswith(
            b"INVITE sip:36913100000000@pbx.example SIP"
        )


def test_a_press_whose_server_has_died_goes_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(tmp_path, monkeypatch, _two) as (station, second, _):
        _registered(station)
        port = station.line.port
        station.line.stop(hang_up=False)
        station.press()
        station.until(lambda: _methods(second, "INVITE") > 0, "called by the second", 15.0)
        station.end_call()
        station.until(lambda: bool(second.bindings), "registered at the second", 15.0)
        _registered(station)
        station.line = Agent(port=port, behaviour=OPERATOR).start()


def test_a_server_that_is_dead_from_the_start_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = free_port()
    with _served(tmp_path, monkeypatch, lambda _, second: _two(dead, second)) as (station, second, _):
        station.until(lambda: bool(second.bindings), "registered at the second", 15.0)
        _registered(station)
        station.press()
        station.until(lambda: _methods(second, "ACK") > 0, "answered at the second")
        station.end_call()


def test_servers_that_all_refuse_are_not_asked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = Behaviour(registrar=Registrar(status=503))
    with (
        Agent(behaviour=down) as one,
        Agent(behaviour=down) as other,
        _served(tmp_path, monkeypatch, lambda *_: _two(one.port, other.port)),
    ):
        time.sleep(6.0)
        assert _methods(one, "REGISTER") >= 1
        assert _methods(other, "REGISTER") >= 1
        assert _methods(one, "REGISTER") + _methods(other, "REGISTER") <= 8


def test_servers_that_are_down_for_long_use_no_ever_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("FIRST_PAUSE_S", "LONGEST_PAUSE_S"):
        monkeypatch.setattr(supervision, pause, 0.05)
    monkeypatch.setattr(account, "_MOST_CHANGES", 3)
    made = 0
    create = StationAccount.create

    def counted(one: StationAccount, *rest: object) -> None:
        nonlocal made
        made += 1
        create(one, *rest)

    monkeypatch.setattr(StationAccount, "create", counted)
    down = Behaviour(registrar=Registrar(status=503))
    with (
        Agent(behaviour=down) as one,
        Agent(behaviour=down) as other,
        _served(tmp_path, monkeypatch, lambda *_: _two(one.port, other.port)) as (station, _, _),
    ):
        # The account, that for strangers and that for targets elsewhere are made at the start.
        station.until(lambda: made >= 8, "the account made anew, again and again", 20.0)
        other.behaviour = OPERATOR
        _registered(station, 10.0)
        station.press()
        station.until(lambda: _methods(other, "ACK") > 0, "answered at the one that is back", 10.0)
        station.end_call()


def test_a_domain_without_records_is_where_its_name_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(tmp_path, monkeypatch, lambda *_: {(_DOMAIN, "A"): ["127.0.0.1"]}) as (station, _, server):
        station.until(lambda: (_DOMAIN, "A") in server.asked, "the address looked up")
        assert ("_sip._udp.pbx.example", "SRV") in server.asked
        # Nobody is at port 5060 of loopback: what matters is that it is tried.
        station.until(lambda: station.state.registration is RegistrationState.UNREACHABLE, "tried", 8.0)
