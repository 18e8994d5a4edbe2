"""What anybody on the network may send to the station: it must not end it, in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.station_process import StationProcess

from portier.bench.line.agent import Agent


@pytest.mark.parametrize("route", ["<tel:1>", "<urn:x>", "<sip:;lr>", "*"])
def test_a_way_back_that_is_none_does_not_end_the_station(tmp_path: Path, route: str) -> None:
    with Agent() as line, Agent() as stranger, StationProcess(tmp_path, line) as station:
        _, port = line.wait_request("REGISTER").source
        stranger.invite(f"sip:portier@127.0.0.1:{port}", ("Record-Route", route), timeout_s=2.0)
        assert station.process.poll() is None, station.said
        station.release()
