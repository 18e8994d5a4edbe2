"""No line is changed at the operator whose change could not be told of, or written down."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from tests.unit.control_station import ControlStation, RawReader
from tests.unit.operator_scene import FIRST, FIVE, SECOND, THIRD, Scene

from portier.adapters.control import reader
from portier.adapters.control.credentials import Credentials
from portier.adapters.control.line_notes import record, words
from portier.adapters.operator_api import operator
from portier.errors import ControlError, JournalError, LineUnknownError
from portier.intercom.options import MODES

pytestmark = pytest.mark.usefixtures("alone_and_quick")
Out = pytest.CaptureFixture[str]
_LIMIT_S = 10.0


# --- a running station that does not write it down


def test_a_station_whose_disk_takes_no_rows_hinders_the_change(three: Scene, capsys: Out) -> None:
    with ControlStation(three.socket, keeps_log=True) as station:
        station.audit_trouble = "audit: the disk is full"
        assert three.change("enable", FIRST) == JournalError.exit_code
    assert "the disk is full" in capsys.readouterr().err
    assert three.puts == 0


def test_a_disk_that_fills_up_in_the_middle_ends_the_command_loudly(five: Scene, capsys: Out) -> None:
    with ControlStation(five.socket, keeps_log=True) as station:

        def fill(method: str, path: str) -> None:
            if method == "PUT":
                station.audit_trouble = "audit: the disk is full"

        five.api.watch = fill
        assert five.change("enable", *FIVE) == 1
    told = capsys.readouterr()
    assert f"{FIVE[0]}: THIS CHANGE IS NOT IN THE AUDIT LOG" in told.err
    assert "1 changed, 4 not tried" in told.out


def test_a_station_that_knows_no_changes_of_lines_hinders_the_change(three: Scene, capsys: Out) -> None:
    def answer(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as lines:
                lines.write(b'{"portier": "0.1.0", "protocol": 1}\n')
                lines.flush()
                for line in lines:
                    knows = json.loads(line)["do"] == "status"
                    reply = {"ok": True, "status": {"audit": {}}} if knows else {"ok": False, "error": "?"}
                    lines.write(json.dumps(reply).encode() + b"\n")
                    lines.flush()

    with socket.socket(socket.AF_UNIX) as older:
        older.bind(str(three.socket))
        older.listen()
        thread = threading.Thread(target=answer, args=(older,))
        thread.start()
        try:
            assert three.change("enable", FIRST) == ControlError.exit_code
        finally:
            older.shutdown(socket.SHUT_RDWR)
            thread.join(_LIMIT_S)
    assert "an older version" in capsys.readouterr().err
    assert three.puts == 0


def of_another_user(_: socket.socket) -> Credentials:
    return Credentials(process=1, user=os.geteuid() + 1, group=0)


def test_who_may_only_open_the_socket_writes_down_no_change_and_is_told_before_it(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr(reader, "peer", of_another_user)
    with ControlStation(three.socket, keeps_log=True) as station:
        with RawReader(three.socket) as other:
            reply = other.ask(do="line_changed", change=f"{FIRST} no prefixed")
        assert reply["ok"] is False
        assert "root and the service's own user alone" in reply["error"]
        assert three.change("enable", FIRST) == ControlError.exit_code
        assert not station.audit_rows
    assert "try sudo" in capsys.readouterr().err
    assert three.puts == 0


def test_a_reader_may_ask_whether_a_change_would_be_written_down(tmp_path: Path) -> None:
    with ControlStation(tmp_path / "control.sock", keeps_log=True) as station:
        with RawReader(station.path) as asking:
            assert asking.ask(do="line_changed")["ok"]
        assert not station.audit_rows


@pytest.mark.parametrize("change", ["Mrs-Smith-opened no yes", f"{FIRST} no no", "+33972000001 no yes"])
def test_what_no_command_says_is_no_change(change: str) -> None:
    assert record(change, "process 1 of user 0") is None


# --- numbers and modes


def test_a_number_of_two_billing_accounts_is_not_changed_and_both_are_named(
    three: Scene, capsys: Out
) -> None:
    three.account.add("ab1-ovh-2", FIRST)
    assert three.change("enable", SECOND, FIRST) == LineUnknownError.exit_code
    assert '"ab1-ovh-1" and "ab1-ovh-2"' in capsys.readouterr().err
    assert three.puts == 0


def test_the_doctor_tells_of_a_number_of_two_billing_accounts(
    three: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    three.account.add("ab1-ovh-2", FIRST)
    monkeypatch.setenv("PORTIER_OVH_KEYS", str(three.keys))
    seen = operator.look([FIRST, THIRD])
    assert f'{FIRST} is a line of several billing accounts, "ab1-ovh-1" and "ab1-ovh-2"' in seen.trouble
    assert seen.advice
    assert seen.options.keys() == {THIRD}


@given(
    before=st.text(max_size=40) | st.from_regex(r"[a-z+ _-]{0,30}", fullmatch=True),
    after=st.sampled_from(MODES),
    sure=st.booleans(),
)
def test_every_other_mode_can_be_written_down(before: str, after: str, sure: bool) -> None:
    found = record(words(FIRST, before, after, sure=sure), "process 1 of user 0")
    assert (found is None) == (before == after)


@pytest.mark.parametrize("before", ["pre-fixed", "prefixed ", "later+than this code, by some years", "é"])
def test_a_mode_that_nobody_knows_is_written_down_with_its_change(
    three: Scene, before: str, capsys: Out
) -> None:
    three.account.accounts["ab1-ovh-1"][FIRST].options["intercom"] = before
    with ControlStation(three.socket, keeps_log=True) as station:
        assert three.change("enable", FIRST) == 0
        (row,) = station.audit_rows
    assert row.why.endswith(" to prefixed")


def test_a_line_whose_name_cannot_be_written_down_is_not_changed(three: Scene, capsys: Out) -> None:
    three.account.add("ab1-ovh-1", "00x972000009")
    assert three.change("enable", "02000009") == JournalError.exit_code
    assert "nothing was changed" in capsys.readouterr().err
    assert three.puts == 0
