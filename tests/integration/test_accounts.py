"""Two accounts: the second stands in for the first, and no two telephones ring for one press."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import BELL_PIN, SIDE_PIN, LiveStation, free_port

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import RING_ONLY, SILENT, Behaviour, Registrar, refuse
from portier.bench.line.events import What
from portier.core.effects import Sign
from portier.core.events import RegistrationState
from portier.core.states import Ringing, Talking
from portier.status import snapshot


@contextmanager
def _two_accounts(
    folder: Path, main: Behaviour = OPERATOR, backup: Behaviour = OPERATOR, **changes: Any
) -> Iterator[tuple[LiveStation, Agent]]:
    """The station with `main`, its line, and a second account at `backup`, another line."""
    with Agent(behaviour=backup) as second:
        at = f"127.0.0.1:{second.port}"
        account = f'domain = "{at}"\nregistrar = "{at}"\nuser = "0033912345678"\npassword_file = "password"'
        station = LiveStation(folder, main, sip="answer_timeout_s = 3", accounts_backup=account, **changes)
        with station:
            yield station, second
            assert not station.faults


def _stands(station: LiveStation, name: str, state: RegistrationState) -> None:
    station.until(lambda: station.state.accounts.get(name) is state, f"{name} {state.value}", 12.0)


def _invites(line: Agent) -> list[float]:
    return [one.at.mono_ns / 1e9 for one in line.requests if one.request.method == "INVITE"]


def _asked(line: Agent) -> dict[str, str]:
    """Each number that was called, and how its telephone was asked to answer by itself."""
    invites = [one.request for one in line.requests if one.request.method == "INVITE"]
    return {one.uri.partition(":")[2].partition("@")[0]: one.header("Answer-Mode") for one in invites}


def test_a_press_goes_by_the_first_account_while_both_are_in_service(tmp_path: Path) -> None:
    with _two_accounts(tmp_path) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.talk()
        station.end_call()
        assert _invites(station.line)
        assert not _invites(backup)


def test_a_silent_server_is_cancelled_before_the_next_account_is_called(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with _two_accounts(tmp_path, replace(OPERATOR, answer=SILENT)) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.talk()
        station.line.wait_for(What.CANCEL)
        cancels = [one for one in station.line.requests if one.request.method == "CANCEL"]
        assert cancels[0].at.mono_ns / 1e9 < _invites(backup)[0]
        assert len({one.raw for one in cancels}) == 1, "repeated as it is"
        assert max(_invites(station.line)) < _invites(backup)[0], "the first is not called any more"
        backup.wait_for(What.ACKED)
        assert "no answer at all; trying the next" in caplog.text
        backup.press("5")
        station.until_released()
        station.end_call()


def test_an_account_that_dies_is_left_and_taken_again_when_it_is_back(tmp_path: Path) -> None:
    with _two_accounts(tmp_path) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        port = station.line.port
        station.line.stop(hang_up=False)
        station.talk()
        assert _invites(backup)
        station.end_call()
        _stands(station, "main", RegistrationState.UNREACHABLE)
        assert station.state.registration is RegistrationState.REGISTERED
        assert Sign.FAILURE not in station.shown
        assert snapshot(station.state).accounts == {"main": "unreachable", "backup": "registered"}
        pressed_s = station.talk()
        # Less than the time that an answer is waited for.
        assert _invites(backup)[-1] - pressed_s < 2.5, "nobody waits for one that is known to be dead"
        station.end_call()
        station.line = Agent(port=port, behaviour=OPERATOR).start()
        _stands(station, "main", RegistrationState.REGISTERED)
        before = len(_invites(backup))
        station.talk()
        station.end_call()
        assert _invites(station.line)
        assert len(_invites(backup)) == before


def test_an_account_whose_password_is_wrong_is_not_called_with_and_shown_in_the_status_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with _two_accounts(tmp_path, replace(OPERATOR, registrar=Registrar(status=403))) as (station, backup):
        _stands(station, "main", RegistrationState.REFUSED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.talk()
        assert _invites(backup)
        assert not _invites(station.line)
        assert Sign.FAILURE not in station.shown
        assert 'account "main": registration refused (403)' in caplog.text
        time.sleep(1.0)
        asked = {
            one.request.header("CSeq") for one in station.line.requests if one.request.method == "REGISTER"
        }
        # Once more soon, as of a registrar that may know nobody yet, and then not for half a minute.
        assert len(asked) <= 2, "however often each was sent"
        station.end_call()


@pytest.mark.parametrize("status", [403, 503])
def test_a_server_that_takes_no_call_leaves_it_to_the_next_account(tmp_path: Path, status: int) -> None:
    with _two_accounts(tmp_path, Behaviour(answer=refuse(status))) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.talk()
        assert _invites(backup)
        station.end_call()


def test_telephones_rung_at_once_go_to_the_next_account_together(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "buttons.bell": f'!pin = {BELL_PIN}\nlist = "both"',
        "targets.kitchen": 'line = "201"\nprefix = false\nauto_answer = "answer-mode"',
        "targets.office": 'line = "202"\nprefix = false',
        "lists.both": 'steps = [{ ring = ["kitchen", "office"], seconds = 20 }]\nconfirm = "1"',
    }
    full = replace(OPERATOR, users=dict.fromkeys(("201", "202"), refuse(503)))
    free = replace(OPERATOR, users=dict.fromkeys(("201", "202"), RING_ONLY))
    with _two_accounts(tmp_path, full, free, **changes) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.press()
        station.until(lambda: isinstance(station.state.call, Ringing), "ringing at the second account", 10.0)
        station.until(lambda: len(_asked(backup)) == 2, "both at the second account")
        assert _asked(backup) == {"201": "Auto", "202": ""}


@pytest.mark.parametrize("status", [404, 486, 603])
def test_whoever_answers_for_the_called_line_has_the_last_word(tmp_path: Path, status: int) -> None:
    with _two_accounts(tmp_path, Behaviour(answer=refuse(status))) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.press()
        station.until(lambda: station.state.call_failed, "refused")
        assert not _invites(backup)


def test_hung_up_while_the_first_account_says_nothing_nobody_else_is_called(tmp_path: Path) -> None:
    with _two_accounts(tmp_path, replace(OPERATOR, answer=SILENT)) as (station, backup):
        _stands(station, "main", RegistrationState.REGISTERED)
        _stands(station, "backup", RegistrationState.REGISTERED)
        station.press()
        station.line.wait_request("INVITE")
        station.end_call()
        # Longer than the time that an answer is waited for.
        time.sleep(4.5)
        assert not _invites(backup)
        assert not isinstance(station.state.call, Talking)


def test_a_whole_address_is_never_called_at_another_domain(tmp_path: Path) -> None:
    port = free_port()
    at = f"127.0.0.1:{port}"
    account = f'domain = "{at}"\nregistrar = "{at}"\nuser = "0033912345678"\npassword_file = "password"'
    side = f'!pin = {SIDE_PIN}\nuri = "sip:36913100000009@{at}"'
    station = LiveStation(tmp_path, sip="answer_timeout_s = 3", buttons_side=side, accounts_backup=account)
    with station:
        _stands(station, "main", RegistrationState.REGISTERED)
        station.press(SIDE_PIN)
        station.until(lambda: station.state.call_failed, "nobody there", 12.0)
        assert not _invites(station.line)
