"""Keys in the sound, by account: they are listened for in the calls of those alone that have it so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.caller import ALLOWED, ASSERTED, LAMPS
from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation
from tests.integration.test_keys import Keys
from tests.integration.test_keys_in_sound import TONE, watching

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Registrar
from portier.bench.line.g711 import Law
from portier.bench.line.leg import KeyWay
from portier.core.events import RegistrationState
from portier.core.states import Incoming, IncomingPhase, Talking

_LINE = replace(OPERATOR, codecs=(Law.MU, Law.A))
_USER = "7"


@contextmanager
def _by_the_backup(folder: Path, main: bool, backup: bool) -> Iterator[tuple[LiveStation, Agent, Keys]]:
    """The station, whose first account is refused, so that calls go by the second; and which keys count."""
    with Agent(behaviour=replace(_LINE, registrar=Registrar())) as second:
        at = f"127.0.0.1:{second.port}"
        account = (
            f'domain = "{at}"\nregistrar = "{at}"\nuser = "{_USER}"\npassword_file = "password"\n'
            f"inband_dtmf = {str(backup).lower()}"
        )
        with LiveStation(
            folder,
            replace(_LINE, registrar=Registrar(status=403)),
            sip=f'codecs = ["PCMU", "PCMA"]\ninband_dtmf = {str(main).lower()}',
            accounts_backup=account,
            incoming=f'accept_from_numbers = ["{ALLOWED}"]\nrelease_from_numbers = ["{ALLOWED}"]',
            lamps=LAMPS,
        ) as station:
            registered = RegistrationState.REGISTERED
            station.until(lambda: station.state.accounts.get("backup") is registered, "registered", 10.0)
            yield station, second, watching(station)
            assert not station.faults


def _sent(line: Agent, keys: Keys, expected: str) -> None:
    """Send a key as tones, until it has counted, or to see that it never does."""
    for _ in range(5 if expected else 3):
        line.press("7", KeyWay.TONE, TONE)
        time.sleep(1.0)
        if keys.pressed:
            break
    assert keys.pressed == expected


def _listens(station: LiveStation) -> bool:
    assert station.station
    ears = station.station._ears
    return ears is not None and bool(ears._wanted_by)


@pytest.mark.parametrize(("main", "backup"), [(False, True), (True, False)])
def test_in_a_call_by_an_account_they_count_where_it_says_so(
    tmp_path: Path, main: bool, backup: bool
) -> None:
    with _by_the_backup(tmp_path, main, backup) as (station, second, keys):
        assert not _listens(station)
        station.press()
        station.until(lambda: isinstance(station.state.call, Talking), "talking", 10.0)
        time.sleep(0.5)
        assert _listens(station) is backup
        _sent(second, keys, "7" if backup else "")
        station.end_call()
        station.until(lambda: not _listens(station), "nobody listens")


@pytest.mark.parametrize(("main", "backup"), [(False, True), (True, False)])
def test_in_a_call_to_the_station_they_count_where_its_account_says_so(
    tmp_path: Path, main: bool, backup: bool
) -> None:
    with _by_the_backup(tmp_path, main, backup) as (station, second, keys):
        assert second.invite(f"sip:{_USER}@127.0.0.1:{station.sip_port}", ASSERTED) == 200

        def joined() -> bool:
            call = station.state.call
            return isinstance(call, Incoming) and call.phase is IncomingPhase.TALKING

        station.until(joined, "joined")
        time.sleep(0.5)
        assert _listens(station) is backup
        _sent(second, keys, "7" if backup else "")
        second.hang_up()
        station.until(lambda: not _listens(station), "nobody listens")
