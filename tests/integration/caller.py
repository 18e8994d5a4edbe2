"""Calls to a station: who is listed, and how a caller calls."""

from __future__ import annotations

import time

from tests.integration.live import LiveStation

from portier.bench.line.message import Header
from portier.core.states import Incoming

USER = "0033912345678"
ALLOWED, SILENT = "0033123456789", "0033123456700"
INCOMING = f'accept_from_numbers = ["{ALLOWED}", "{SILENT}"]\nrelease_from_numbers = ["{ALLOWED}"]'
LAMPS = "status = 23"
ASSERTED: Header = ("P-Asserted-Identity", f"<sip:{ALLOWED}@pbx.example>")


def call(station: LiveStation, *headers: Header, user: str = USER) -> int:
    return station.line.invite(f"sip:{user}@127.0.0.1:{station.sip_port}", *headers)


def uri(station: LiveStation) -> str:
    return f"sip:{USER}@127.0.0.1:{station.sip_port}"


def refused_late(station: LiveStation, *headers: Header, user: str = USER) -> None:
    begun_s = time.monotonic()
    assert call(station, *headers, user=user) == 486
    assert time.monotonic() - begun_s >= 1.0, "as every stranger is"
    assert not isinstance(station.state.call, Incoming)
