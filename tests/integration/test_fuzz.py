"""Spoiled packets by the thousand: none ends the station or keeps it from the next call.

From strangers' addresses with the PJSIP that is installed, whose asserts abort at some of them; from
addresses that are heard with our own build, which is what runs on a Pi.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.fuzz import REGISTERS_AT_ONCE, Fuzz
from tests.integration.own_wheel import BUILD_LIMIT_S
from tests.integration.station_process import StationProcess
from tests.integration.stranger import Stranger

from portier.adapters.control.protocol import Do
from portier.bench.line.agent import Agent
from portier.bench.line.events import LineError, What
from portier.control_client import ControlClient
from portier.errors import ControlError

_SEED = 1
_KNOWN_S, _STRANGERS_S = 15.0, 3.0
_LEAST_ROUNDS, _LEAST_SPOILED = 5, 200
"""Without them nothing was tried. A busy machine of two processors made 50 rounds and spoiled thousands."""
_CALMS_DOWN_S = 8.0
"""PJSIP gives up what nobody answers after 4 s; a transaction that ends then has another 4 s."""


@pytest.mark.timeout(BUILD_LIMIT_S)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_known_addresses_send_does_not_end_our_build(tmp_path: Path, site: Path, host: str) -> None:
    custom = f"import sys\nsys.path.insert(0, {str(site)!r})\n{REGISTERS_AT_ONCE}"
    with Agent(host, behaviour=OPERATOR) as line, StationProcess(tmp_path, line, custom=custom) as station:
        fuzz = Fuzz(_SEED)
        fuzz.run(line, station, time.monotonic() + _KNOWN_S)
        _print(fuzz, line)
        assert station.process.poll() is None, f"{fuzz.last()}\n{station.said}"
        assert fuzz.rounds >= _LEAST_ROUNDS
        assert len(line.calls) >= _LEAST_ROUNDS
        assert fuzz.spoiled >= _LEAST_SPOILED
        line.behaviour = OPERATOR
        # The last round may have left a call: whoever presses then would be in it already.
        with suppress(ControlError), ControlClient(station.control_path, 1.0) as control:
            control.ask(Do.HANG_UP)
        time.sleep(_CALMS_DOWN_S)
        _forget_calls(line)
        station.release()


def test_what_strangers_send_does_not_end_the_installed_build(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        _, port = line.wait_request("REGISTER").source
        line.wait_for(What.REGISTER)
        fuzz = Fuzz(_SEED)
        with Stranger(port) as stranger:
            until_s = time.monotonic() + _STRANGERS_S
            while time.monotonic() < until_s and station.process.poll() is None:
                fuzz.call(line, stranger)
            assert stranger.hears(0.1) == b""
        _print(fuzz, line)
        assert station.process.poll() is None, f"{fuzz.last()}\n{station.said}"
        assert fuzz.spoiled >= _LEAST_SPOILED
        station.release()


def _forget_calls(line: Agent) -> None:
    """As an operator does in the end with calls whose BYE it never understood.

    After a hundred calls the station's ports for sound come round again, and PJSIP keeps to whoever speaks to
    one first: a call of the fuzz that still speaks to it would be heard in place of the next.
    """
    for call in line.calls:
        call.leg.close()
    for _ in range(len(line.calls)):
        try:
            line.wait_for(What.ACKED, timeout_s=0.0)
        except LineError:
            return


def _print(fuzz: Fuzz, line: Agent) -> None:
    kinds = Counter(data.partition(b" ")[0][:12] for _, _, data in fuzz.sent)
    print(
        f"seed {_SEED}: {fuzz.count} datagrams, {fuzz.spoiled} of them spoiled, {fuzz.rounds} rounds, "
        f"{len(line.calls)} calls; of the last: {kinds.most_common(8)}"
    )
