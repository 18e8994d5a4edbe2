"""When calls to a station are taken at all, and after which time: each with a station of its own."""

from __future__ import annotations

import time
from pathlib import Path

from tests.integration.caller import ASSERTED, INCOMING, LAMPS, USER, call, refused_late, uri
from tests.integration.live import LiveStation

from portier.bench.line.events import What
from portier.core.events import RegistrationState
from portier.core.states import Idle


def test_by_default_nobody_s_call_is_taken(tmp_path: Path) -> None:
    with LiveStation(tmp_path) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        refused_late(station, ASSERTED)


def test_without_a_registrar_nobody_s_call_is_taken(tmp_path: Path) -> None:
    # An account that stands in has one, elsewhere.
    spare = (
        f'domain = "127.0.0.9:9"\nregistrar = "127.0.0.9:9"\nuser = "{USER}"\n'
        f'password_file = "{tmp_path / "password"}"'
    )
    with LiveStation(tmp_path, direct=True, incoming=INCOMING, lamps=LAMPS, accounts_spare=spare) as station:
        station.until(lambda: isinstance(station.state.call, Idle), "ready")
        assert call(station, ASSERTED) == 486
        assert isinstance(station.state.call, Idle)


def test_a_call_rings_for_its_time_and_the_caller_may_give_up(tmp_path: Path) -> None:
    with LiveStation(tmp_path, incoming=f"{INCOMING}\nanswer_after_s = 2", lamps=LAMPS) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        assert station.line.invite(uri(station), ASSERTED, timeout_s=0.7) == 0
        station.line.wait_for(What.RINGING)
        station.idle()
        time.sleep(1.1)
        begun_s = time.monotonic()
        assert call(station, ASSERTED) == 200
        assert time.monotonic() - begun_s >= 2.0
