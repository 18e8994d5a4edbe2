"""SIP by TCP and TLS: the server must prove who it is, and nobody can connect to the station."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.caller import ASSERTED, INCOMING, LAMPS, USER, refused_late
from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation
from tests.integration.stream_front import Certificate, StreamFront, certificate

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import RING_ONLY, Behaviour, Registrar
from portier.core.events import RegistrationState
from portier.core.states import Incoming, IncomingPhase, Ringing, Talking

BEHAVIOUR = replace(OPERATOR, registered_only=False)
TRYING_ONLY = replace(RING_ONLY, ringing=False)


@contextmanager
def _by_stream(
    folder: Path,
    own: Certificate | None,
    more: str = "",
    oldest: ssl.TLSVersion | None = None,
    host: str = "127.0.0.1",
    behaviour: Behaviour = BEHAVIOUR,
    **changes: Any,
) -> Iterator[tuple[LiveStation, StreamFront]]:
    """The station, and a line behind a server that speaks TCP, or TLS where it has a certificate."""
    with Agent(behaviour=behaviour) as line, StreamFront(line.port, own, oldest) as front:
        transport = "tls" if own else "tcp"
        line.behaviour = replace(behaviour, route=f"<sip:{host}:{front.port};transport={transport};lr>")

        def sip(_: int) -> str:
            at = f"{host}:{front.port}"
            return (
                f'!domain = "{at}"\nregistrar = "{at}"\nuser = "0033912345678"\npassword_file = "password"\n'
                f'bind_address = "127.0.0.1"\ntransport = "{transport}"\n{more}\n'
            )

        station = LiveStation(folder, Behaviour(), proxied=sip, **changes)
        with station:
            station.line.stop()
            station.line = line
            yield station, front
            assert not station.faults
            station.end()
        station.line = Agent().start()


def _is(station: LiveStation, state: RegistrationState) -> None:
    station.until(lambda: station.state.registration is state, state.value, 8.0)


def _is_acknowledged(station: LiveStation) -> bool:
    call = station.state.call
    return isinstance(call, Incoming) and call.phase in (IncomingPhase.GREETING, IncomingPhase.TALKING)


def _trusts(made: Certificate) -> str:
    return f'tls_ca_file = "{made.file}"'


def test_a_visit_by_tcp(tmp_path: Path) -> None:
    with _by_stream(tmp_path, None) as (station, _):
        _is(station, RegistrationState.REGISTERED)
        since_s = station.talk()
        station.line.press("5")
        station.until(lambda: station.releases(since_s) == 1, "released")
        station.end_call()


def test_a_visit_by_tls(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with _by_stream(tmp_path, own, _trusts(own)) as (station, front):
        _is(station, RegistrationState.REGISTERED)
        since_s = station.talk()
        station.line.press("5")
        station.until(lambda: station.releases(since_s) == 1, "released")
        station.end_call()
        assert set(front.versions) <= {"TLSv1.2", "TLSv1.3"}
        assert front.versions


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_call_to_the_station_is_taken_by_the_account_s_connection_and_not_by_udp(
    tmp_path: Path, transport: str
) -> None:
    own = certificate(tmp_path) if transport == "tls" else None
    changes: dict[str, Any] = {"incoming": INCOMING, "lamps": LAMPS}
    with _by_stream(tmp_path, own, _trusts(own) if own else "", **changes) as (station, _):
        _is(station, RegistrationState.REGISTERED)
        refused_late(station, ASSERTED)
        _, connection = station.line.requests[-1].source
        # The ACK goes by the connection, too.
        route = ("Record-Route", f"<sip:127.0.0.1:{connection};transport={transport};lr>")
        assert station.line.invite(f"sip:{USER}@127.0.0.1:{connection}", ASSERTED, route) == 200
        # Not before the ACK: destroyed while it keeps a BYE for that, PJSIP aborts.
        station.until(lambda: _is_acknowledged(station), "acknowledged")


def test_a_server_is_known_by_its_name(tmp_path: Path) -> None:
    own = certificate(tmp_path, "localhost")
    with _by_stream(tmp_path, own, _trusts(own), host="localhost") as (station, _):
        _is(station, RegistrationState.REGISTERED)
        station.talk()
        station.end_call()


@pytest.mark.parametrize("trouble", ["nobody vouches for it", "another name", "expired"])
def test_a_server_that_cannot_prove_who_it_is_gets_no_password(
    tmp_path: Path, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    own, more = certificate(tmp_path), ""
    if trouble == "another name":
        own = certificate(tmp_path, "127.0.0.9")
        more = _trusts(own)
    elif trouble == "expired":
        own = certificate(tmp_path, days=-1)
        more = _trusts(own)
    with _by_stream(tmp_path, own, more) as (station, _):
        _is(station, RegistrationState.UNREACHABLE)
        assert not station.line.requests
        assert "certificate" in caplog.text


def test_a_server_is_not_asked_for_proof_where_the_configuration_says_so(tmp_path: Path) -> None:
    with _by_stream(tmp_path, certificate(tmp_path, "127.0.0.9"), "tls_verify = false") as (station, _):
        _is(station, RegistrationState.REGISTERED)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_that_is_too_old_for_tls_1_2_is_left_alone(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with _by_stream(tmp_path, own, _trusts(own), ssl.TLSVersion.TLSv1_1) as (station, _):
        _is(station, RegistrationState.UNREACHABLE)
        assert not station.line.requests


def _listening_ports() -> list[int]:
    """The TCP ports at which this process listens."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            one = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:
            continue
        with one:
            if (one.family, one.type) == (socket.AF_INET, socket.SOCK_STREAM) and one.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN
            ):
                found.append(int(one.getsockname()[1]))
    return found


def test_nobody_can_connect_to_the_station(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with _by_stream(tmp_path, own, _trusts(own)) as (station, front):
        _is(station, RegistrationState.REGISTERED)
        (port,) = [one for one in _listening_ports() if one != front.port]
        with socket.socket() as stranger:
            stranger.settimeout(1.0)
            with pytest.raises(TimeoutError):
                stranger.connect(("127.0.0.1", port))


def test_sound_that_must_be_encrypted_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with _by_stream(tmp_path, own, f'{_trusts(own)}\nsrtp = "required"') as (station, _):
        _is(station, RegistrationState.REGISTERED)
        station.press()
        station.until(lambda: station.state.call_failed, "the line speaks no SRTP", 8.0)
        offer = station.line.wait_request("INVITE").raw
        assert b" RTP/SAVP " in offer
        assert b"AES_CM_128_HMAC_SHA1_80 inline:" in offer


def test_sound_that_may_be_encrypted_goes_in_the_clear_to_who_knows_no_better(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with _by_stream(tmp_path, own, f'{_trusts(own)}\nsrtp = "optional"') as (station, _):
        _is(station, RegistrationState.REGISTERED)
        station.talk()
        assert b"a=crypto:" in station.line.wait_request("INVITE").raw
        station.end_call()


def test_a_connection_that_has_gone_silent_is_replaced(tmp_path: Path) -> None:
    with _by_stream(tmp_path, None, "answer_timeout_s = 3") as (station, front):
        _is(station, RegistrationState.REGISTERED)
        front.frozen = front.connections
        station.press()
        station.until(lambda: station.state.call_failed, "nobody hears it", 12.0)
        station.until(lambda: front.connections > front.frozen, "connected anew", 12.0)
        station.until(lambda: not station.state.call_failed, "shown", 8.0)
        station.talk()
        station.end_call()


@contextmanager
def _with_a_backup(
    folder: Path, own: Certificate | None = None
) -> Iterator[tuple[LiveStation, StreamFront, Agent]]:
    """The station at a server by TCP or TLS, a second account at another line by UDP; both in service."""
    with Agent(behaviour=OPERATOR) as backup:
        at = f"127.0.0.1:{backup.port}"
        account = f'domain = "{at}"\nregistrar = "{at}"\nuser = "0033912345678"\npassword_file = "password"'
        more = f"answer_timeout_s = 2\n{_trusts(own) if own else ''}"
        with _by_stream(folder, own, more, accounts_backup=account) as (station, front):
            good = {"main": RegistrationState.REGISTERED, "backup": RegistrationState.REGISTERED}
            station.until(lambda: station.state.accounts == good, "both in service", 10.0)
            yield station, front, backup


def _methods(line: Agent) -> list[str]:
    """Of the requests of calls, as they came."""
    return [one.request.method for one in line.requests if one.request.method != "REGISTER"]


def _is_called(line: Agent) -> bool:
    return any(one.request.method == "INVITE" for one in line.requests)


def test_a_call_whose_connection_ends_under_way_is_not_placed_by_the_next_account(
    tmp_path: Path,
) -> None:
    with _with_a_backup(tmp_path) as (station, front, backup):
        station.line.behaviour = replace(station.line.behaviour, answer=TRYING_ONLY)
        station.press()
        station.line.wait_request("INVITE")
        time.sleep(1.0)
        front.is_gone.set()
        station.until(lambda: station.state.call_failed, "over", 10.0)
        assert not _is_called(backup), "whoever is called may ring by now"


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_server_that_says_nothing_reads_a_cancel_behind_the_invite_and_the_next_account_calls(
    tmp_path: Path, transport: str
) -> None:
    own = certificate(tmp_path) if transport == "tls" else None
    with _with_a_backup(tmp_path, own) as (station, front, backup):
        front.frozen = front.connections
        station.press()
        station.until(lambda: isinstance(station.state.call, Talking), "talking by the backup", 10.0)
        assert _is_called(backup)
        # Longer than the connection lives: what has reached the server by then is all that it ever reads.
        time.sleep(1.5)
        front.frozen = 0
        station.until(lambda: _is_called(station.line), "read at last", 5.0)
        station.until(lambda: _methods(station.line)[-1] == "CANCEL", "cancelled", 5.0)
        assert _methods(station.line)[-2:] == ["INVITE", "CANCEL"]
        assert isinstance(station.state.call, Talking)
        station.end_call()


def test_a_server_that_takes_no_connection_leaves_the_call_to_the_next_account(tmp_path: Path) -> None:
    with _with_a_backup(tmp_path) as (station, front, backup):
        front.is_gone.set()
        time.sleep(1.0)
        station.press()
        station.until(lambda: isinstance(station.state.call, Talking), "talking by the backup", 10.0)
        assert _is_called(backup)
        station.end_call()


def test_a_registrar_that_refuses_for_now_ends_no_call_on_its_connection(tmp_path: Path) -> None:
    soon_renewed = replace(BEHAVIOUR, registrar=Registrar(expires_s=12), answer=RING_ONLY)
    with _by_stream(tmp_path, None, behaviour=soon_renewed) as (station, _):
        _is(station, RegistrationState.REGISTERED)
        station.press()
        station.until(lambda: isinstance(station.state.call, Ringing), "ringing")
        station.line.behaviour = replace(station.line.behaviour, registrar=Registrar(status=500))
        station.until(
            lambda: station.state.registration is RegistrationState.UNREACHABLE, "renewed in vain", 20.0
        )
        time.sleep(1.0)
        assert isinstance(station.state.call, Ringing)
        station.end_call()
