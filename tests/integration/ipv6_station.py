"""What the tests of the station over IPv6 have in common."""

from __future__ import annotations

import time

from tests.integration.live import LiveStation

from portier.bench.evidence import find
from portier.bench.line.agent import Agent
from portier.bench.line.message import Request
from portier.bench.voice import voice
from portier.core.events import RegistrationState

HOST = "::1"


def registered(station: LiveStation) -> None:
    station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered", 10.0)


def invite(line: Agent) -> Request:
    return [one.request for one in line.requests if one.request.method == "INVITE"][-1]


def hear_each_other(station: LiveStation, since_s: float, line: Agent | None = None) -> None:
    def heard() -> bool:
        far = find(voice("door", 8000, 4.0), (line or station.line).recording(), 8000)
        rate_hz = station.rate_hz
        near = find(
            voice("phone", rate_hz, 4.0), station.card.heard_between(since_s, time.monotonic()), rate_hz
        )
        return min(far.sounding_s, near.sounding_s) >= 1.2 and min(far.share, near.share) > 0.4

    station.until(heard, "each hears the other", 10.0)
