"""A caller whose telephone never acknowledges the station's answer."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.caller import ASSERTED, INCOMING, LAMPS, USER
from tests.integration.conftest import OPERATOR
from tests.integration.live import free_port
from tests.integration.station_process import StationProcess
from tests.integration.stream_front import StreamFront, certificate

from portier.bench.line import clock
from portier.bench.line.agent import Agent
from portier.bench.line.clock import Instant
from portier.bench.line.datagram import Peer
from portier.bench.line.desk import Desk


def test_the_station_ends_cleanly_while_its_answer_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PJSIP keeps the BYE for the ACK, sends it in its end, by a transport that is gone, and aborts."""
    send = Desk.send

    def but_for_ack(desk: Desk, data: bytes, to: Peer) -> Instant:
        return clock.now() if data.startswith(b"ACK ") else send(desk, data, to)

    monkeypatch.setattr(Desk, "send", but_for_ack)
    own = certificate(tmp_path)
    with Agent(behaviour=OPERATOR) as line, StreamFront(line.port, own) as front:
        line.behaviour = replace(OPERATOR, route=f"<sip:127.0.0.1:{front.port};transport=tls;lr>")
        sip = (
            f'!domain = "127.0.0.1:{front.port}"\nregistrar = "127.0.0.1:{front.port}"\nuser = "{USER}"\n'
            f'password_file = "password"\nbind_address = "127.0.0.1"\nport = {free_port()}\ntransport = "tls"\n'
            f'tls_ca_file = "{own.file}"'
        )
        with StationProcess(tmp_path, line, sip=sip, incoming=INCOMING, lamps=LAMPS) as station:
            until_s = time.monotonic() + 10
            while not line.bindings and time.monotonic() < until_s:
                time.sleep(0.05)
            _, connection = line.requests[-1].source
            assert line.invite(f"sip:{USER}@127.0.0.1:{connection}", ASSERTED) == 200
            station.send(signal.SIGTERM)
            assert station.ended(10.0) == 0, station.said
