"""A domain with several servers by TCP or TLS, found by SRV records: the next is taken when one is dead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation, free_port
from tests.integration.name_server import NameServer
from tests.integration.stream_front import Certificate, StreamFront, certificate

from portier.adapters import pjsip_library
from portier.adapters.sip import names, srv, streams, switches
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour
from portier.core.events import RegistrationState

_PATCHED = switches.is_patched(pjsip_library.path())
# The published build asks the system where a name is, which knows this one.
_DOMAIN = "pbx.example" if _PATCHED else "localhost"
_SERVICE = {"tcp": "_sip._tcp", "tls": "_sips._tcp"}


@contextmanager
def _served(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    transport: str,
    own: Certificate | None,
    first_port: int | None = None,
) -> Iterator[tuple[LiveStation, tuple[StreamFront, StreamFront], NameServer]]:
    """The station, and its line behind two servers, of which the first may be at a port where nobody is."""
    monkeypatch.setattr(streams, "led", lambda _: True)
    with ExitStack() as stack:
        line = stack.enter_context(Agent(behaviour=replace(OPERATOR, registered_only=False)))
        fronts = tuple(stack.enter_context(StreamFront(line.port, own)) for _ in range(2))
        zone = {
            (f"{_SERVICE[transport]}.{_DOMAIN}", "SRV"): [
                f"10 1 {first_port or fronts[0].port} one.pbx.example.",
                f"20 1 {fronts[1].port} two.pbx.example.",
            ],
            ("one.pbx.example", "A"): ["127.0.0.1"],
            ("two.pbx.example", "A"): ["127.0.0.1"],
            (_DOMAIN, "A"): ["127.0.0.9"],
        }
        server = stack.enter_context(NameServer(zone))
        monkeypatch.setattr(srv, "resolver", server.resolver)
        monkeypatch.setattr(names, "system_lookup", server.lookup)
        trusts = f'tls_ca_file = "{own.file}"\n' if own else ""

        def sip(_: int) -> str:
            return (
                f'!domain = "{_DOMAIN}"\nregistrar = "{_DOMAIN}"\nuser = "0033912345678"\n'
                'password_file = "password"\nbind_address = "127.0.0.1"\nanswer_timeout_s = 3.0\n'
                f'transport = "{transport}"\n{trusts}'
            )

        station = LiveStation(folder, Behaviour(), proxied=sip)
        with station:
            station.line.stop()
            station.line = line
            yield station, (fronts[0], fronts[1]), server
            assert not station.faults
            station.end()
        station.line = Agent().start()


def _own(folder: Path, transport: str, name: str = _DOMAIN) -> Certificate | None:
    return certificate(folder, name) if transport == "tls" else None


def _is(station: LiveStation, state: RegistrationState, limit_s: float = 8.0) -> None:
    station.until(lambda: station.state.registration is state, state.value, limit_s)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_the_server_of_the_lowest_priority_is_used_and_a_press_asks_no_name_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    with _served(tmp_path, monkeypatch, transport, _own(tmp_path, transport)) as (station, fronts, server):
        _is(station, RegistrationState.REGISTERED)
        asked = len(server.asked)
        station.talk()
        station.end_call()
        assert len(server.asked) == asked
        assert [one.connections for one in fronts] == [1, 0]


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_server_that_is_dead_from_the_start_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    own, dead = _own(tmp_path, transport), free_port()
    with _served(tmp_path, monkeypatch, transport, own, dead) as (station, fronts, _):
        _is(station, RegistrationState.REGISTERED, 15.0)
        station.talk()
        station.end_call()
        assert [one.connections for one in fronts] == [0, 1]


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_press_whose_server_has_died_goes_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    with _served(tmp_path, monkeypatch, transport, _own(tmp_path, transport)) as (station, fronts, _):
        _is(station, RegistrationState.REGISTERED)
        fronts[0].is_gone.set()
        station.until(lambda: not fronts[0].is_there, "gone")
        station.talk()
        station.end_call()
        assert fronts[1].connections >= 1


def test_a_certificate_for_the_server_that_the_records_lead_to_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # RFC 5922 section 7.1: whoever can forge a record must not be able to name who is trusted.
    caplog.set_level(logging.INFO)
    with _served(tmp_path, monkeypatch, "tls", certificate(tmp_path, "one.pbx.example")) as (station, _, _):
        _is(station, RegistrationState.UNREACHABLE)
        assert not station.line.requests
        assert "certificate" in caplog.text
