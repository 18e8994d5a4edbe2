"""The control socket on a real loop: commands and events, and readers that misbehave."""

from __future__ import annotations

import json
import logging
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from tests.unit.control_station import RULES, ControlStation, RawReader

from portier import __version__, commands
from portier.adapters.control.protocol import LINE_LIMIT_BYTES, READERS_LIMIT, UNREAD_LIMIT_BYTES, Do, Request
from portier.adapters.control.socket_file import SocketFile
from portier.bench.deeds import HungUp, Placed, Switched
from portier.bench.fake_phone import FarLine, Key
from portier.commands import table
from portier.core.audit import Road, What
from portier.core.events import Event, Registration, RegistrationState
from portier.errors import ControlError
from portier.status import snapshot


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ControlStation]:
    """A station that listens; no fault may have happened by the end."""
    with ControlStation(tmp_path / "control.sock") as station:
        yield station
    assert not station.faults


def _status(path: Path) -> dict[str, Any]:
    with RawReader(path) as reader:
        status: dict[str, Any] = reader.ask(do="status")["status"]
        return status


def test_the_first_line_says_who_answers_and_in_which_protocol(station: ControlStation) -> None:
    with RawReader(station.path, greeted=False) as reader:
        assert reader.line() == {"portier": __version__, "protocol": 1}


def test_a_status_is_the_snapshot(station: ControlStation) -> None:
    shown = station.do(lambda: snapshot(station.runtime.state))
    with RawReader(station.path) as reader:
        reply = reader.ask(do="status", id="a")
    assert reply == {"id": "a", "ok": True, "status": json.loads(json.dumps(asdict(shown)))}
    assert reply["status"]["call"] == "idle"
    assert reply["status"]["doors"] == {"front": "locked"}


@pytest.mark.parametrize("trouble", [None, "", "x.db: it is locked by another program"])
def test_a_status_tells_what_is_wrong_with_the_directory(
    station: ControlStation, trouble: str | None
) -> None:
    station.directory_trouble = trouble
    with RawReader(station.path) as reader:
        status = reader.ask(do="status")["status"]
    assert status.get("directory") == (None if trouble is None else {"trouble": trouble})
    told = [row for row in table(status).splitlines() if row.startswith("directory")]
    assert told == ([f"directory     {trouble}"] if trouble else [])


def test_a_press_is_answered_once_the_invite_is_out(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reply = reader.ask(do="press", button="bell", id=1)
    assert [one.uri for _, one in station.diary.of(Placed)] == ["sip:flat@pbx.example"]
    assert (reply["id"], reply["ok"]) == (1, True)
    assert (reply["status"]["call"], reply["status"]["button"]) == ("calling", "bell")


def test_a_command_that_did_nothing_says_why_and_tells_the_state(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reader.ask(do="press", button="bell")
        reply = reader.ask(do="call", button="side")
    assert reply["ok"] is False
    assert reply["error"] == 'busy: call 1 of button "bell" lasts'
    assert reply["status"]["button"] == "bell"
    assert len(station.diary.of(Placed)) == 1


def test_what_is_done_about_echo_is_told_as_it_is_at_the_moment(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        assert "echo" not in reader.ask(do="status")["status"]
        station.echo = "AEC3"
        status = reader.ask(do="status")["status"]
    assert status["echo"] == "AEC3"
    assert "\necho          AEC3\n" in commands.table(status)


def test_a_control_of_the_mixer_that_is_not_as_it_is_wanted_is_told(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        assert "mixer" not in reader.ask(do="status")["status"]
        station.mixer_troubles = ('audio: mixer: capture control "Mike" is not there',)
        status = reader.ask(do="status")["status"]
    assert status["mixer"] == {"troubles": [*station.mixer_troubles]}
    assert '\nmixer         capture control "Mike" is not there\n' in commands.table(status)


def test_a_hang_up_ends_the_call_and_a_release_releases(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reader.ask(do="press", button="bell")
        assert reader.ask(do="hang_up")["status"]["call"] == "idle"
        assert reader.ask(do="release", door="front")["status"]["doors"] == {"front": "released"}
    assert len(station.diary.of(HungUp)) == 1
    assert [one.energised for _, one in station.diary.of(Switched)] == [True]


@pytest.mark.parametrize(
    ("change", "who", "why"),
    [
        ("0033972000001 no prefixed", "0033972000001", "intercom mode no to prefixed"),
        ("0033972000001 not_told no", "0033972000001", "intercom mode not told to no"),
        (
            "0033972000001 yes no unconfirmed",
            "0033972000001",
            "intercom mode yes to no; whether it was done is not known",
        ),
    ],
)
def test_a_lines_other_mode_is_written_down_with_who_says_so(
    tmp_path: Path, change: str, who: str, why: str
) -> None:
    with ControlStation(tmp_path / "control.sock", keeps_log=True) as station:
        with RawReader(station.path) as reader:
            assert reader.ask(do="line_changed", change=change)["ok"]
        (row,) = station.audit_rows
    assert (row.what, row.road, row.why) == (What.LINE_MODE, Road.COMMAND, why)
    assert row.who.startswith(f"{who}, process {os.getpid()} of user ")


@pytest.mark.parametrize(
    "change", ["", "0033972000001", "0033972000001 no later", "a\nb no yes", "9" * 60 + " no yes"]
)
def test_what_is_no_change_of_a_line_is_not_written_down(tmp_path: Path, change: str) -> None:
    with ControlStation(tmp_path / "control.sock", keeps_log=True) as station:
        with RawReader(station.path) as reader:
            reply = reader.ask(do="line_changed", change=change)
        assert (reply["ok"], reply["error"]) == (False, '"change" is no change of a line')
        assert not station.audit_rows


def test_a_station_without_a_log_says_that_it_writes_nothing_down(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reply = reader.ask(do="line_changed", change="0033972000001 no prefixed")
    assert (reply["ok"], reply["error"]) == (False, "this station keeps no audit log")


def test_a_station_without_a_directory_says_so(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reply = reader.ask(do="read_directory")
    assert (reply["ok"], reply["error"]) == (False, "this station has no directory")


def test_commands_are_logged_with_who_gave_them(
    station: ControlStation, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="portier.adapters.control"), RawReader(station.path) as reader:
        reader.ask(do="release", door="front")
        reader.ask(do="hang_up")
    who = f"process {os.getpid()} of user {os.getuid()}"
    assert [line.getMessage() for line in caplog.records] == [f'control: release "front" by {who}']


def test_a_follower_is_told_the_present_state_then_every_change(station: ControlStation) -> None:
    with RawReader(station.path) as follower, RawReader(station.path) as other:
        assert follower.ask(do="events", id=3)["id"] == 3
        assert follower.line()["status"]["call"] == "idle"
        other.ask(do="press", button="bell")
        calls = [follower.line()["status"]["call"] for _ in range(3)]
        other.ask(do="hang_up")
        calls.append(follower.line()["status"]["call"])
    assert calls == ["calling", "ringing", "talking", "idle"]


def test_an_event_comes_for_a_change_of_the_status_only(station: ControlStation) -> None:
    """Keys change the core's state: a reader could count them."""
    with RawReader(station.path) as follower:
        follower.ask(do="events")
        follower.ask(do="press", button="bell")
        follower.until_event(lambda status: status["call"] == "talking")
        for key in "123":
            station.phone.key(1, key)
        station.do(lambda: None)
        station.register(good=False)
        assert follower.line()["status"]["registration"] == "trying"


def test_who_did_not_ask_for_events_gets_none(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        station.register(good=True)
        assert "event" not in reader.ask(do="status")


def test_what_happened_before_the_reader_asked_is_not_told_again(station: ControlStation) -> None:
    with RawReader(station.path) as reader:

        def both_in_one_turn() -> None:
            station.runtime.take(Registration(RegistrationState.REGISTERED, at_s=0.0))
            station.server.answer(next(iter(station.server._readers)), Request(Do.EVENTS))

        station.do(both_in_one_turn)
        assert reader.line()["ok"]
        assert reader.line()["status"]["registration"] == "registered"
        station.register(good=False)
        assert reader.line()["status"]["registration"] == "trying"


def test_an_event_of_the_core_does_not_wait_for_the_telling(station: ControlStation) -> None:
    """What is taken next, a press perhaps, comes before 50 writes to sockets."""
    with RawReader(station.path) as follower:
        follower.ask(do="events")
        follower.line()

        def told_within_take() -> bool:
            station.runtime.take(Registration(RegistrationState.REGISTERED, at_s=0.0))
            return not follower.nothing_waits()

        assert not station.do(told_within_take)
        assert follower.line()["status"]["registration"] == "registered"


def test_no_key_no_code_and_no_password_is_told(tmp_path: Path) -> None:
    keys = tuple(Key(after_s=0.15 + 0.02 * place, key=key) for place, key in enumerate("123455789876"))
    line = FarLine(rings_after_s=0.05, answers_after_s=0.1, keys=keys, ends_after_s=1.2)
    with ControlStation(tmp_path / "control.sock", line) as station, RawReader(station.path) as reader:
        reader.ask(do="events")
        reader.ask(do="press", button="bell")
        reader.until_event(lambda status: status["doors"]["front"] == "released")
        reader.until_event(lambda status: status["call"] == "idle")
    _, *told = [json.loads(line) for line in reader.received.splitlines()]
    assert len(told) > 6
    for message in told:
        message.pop("at", None)
        message["status"].pop("leg")
        assert not [one for one in json.dumps(message) if one.isdigit()], message


@pytest.mark.parametrize(
    "data",
    [b"\n", b"garbage\n", b"\xff\x00\n", b"[" * 4000 + b"\n", b"[]\n", b'{"do": 1}\n', b'{"do": "press"}\n'],
)
def test_a_bad_line_gets_an_error_and_the_next_one_its_answer(station: ControlStation, data: bytes) -> None:
    with RawReader(station.path) as reader:
        reader.send(data)
        reply = reader.line()
        assert reply["ok"] is False
        assert reply["error"]
        assert "status" not in reply
        assert reader.ask(do="status")["ok"]


def test_a_line_of_the_limit_is_taken_and_a_longer_one_closes(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reader.send(b'{"do": "status"}'.ljust(LINE_LIMIT_BYTES - 1) + b"\n")
        assert reader.line()["ok"]
        reader.send(b'{"do": "status"}'.ljust(LINE_LIMIT_BYTES) + b"\n")
        assert f"longer than {LINE_LIMIT_BYTES} bytes" in reader.line()["error"]
        assert reader.closed()


def test_ten_megabytes_without_a_line_break_are_refused_after_the_first_kilobytes(
    station: ControlStation,
) -> None:
    with RawReader(station.path) as reader:
        sent_bytes = reader.send_until_closed(b"x" * 65536, 160)
        assert "longer than" in reader.line()["error"]
    assert sent_bytes < 2_000_000
    assert _status(station.path)


def test_requests_that_come_in_pieces_are_put_together(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        for byte in b'{"do": "status"}\n{"do": "sta':
            reader.send(bytes([byte]))
        assert reader.line()["ok"]
        reader.send(b'tus"}\n')
        assert reader.line()["ok"]


def test_a_request_of_a_reader_that_has_shut_its_side_is_answered(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reader.send(b'{"do": "status", "id": 1}\n{"do": "status", "id": 2}\n{"do": ')
        reader.socket.shutdown(socket.SHUT_WR)
        assert [reader.line()["id"], reader.line()["id"]] == [1, 2]
        assert reader.closed()


def test_a_reader_that_floods_gets_one_answer_a_turn_of_the_loop(
    station: ControlStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, taken_in = [0], []
    real = station.runtime.take

    def take(event: Event) -> None:
        taken_in.append(turns[0])
        real(event)

    def count() -> None:
        turns[0] += 1
        station._loop.call_soon(count)

    monkeypatch.setattr(station.runtime, "take", take)
    station.do(count)
    with RawReader(station.path) as reader:
        reader.send(b'{"do": "hang_up"}\n' * 100)
        assert {reader.line()["ok"] for _ in range(100)} == {False}
    assert len(taken_in) == len(set(taken_in)) == 100


def test_fifty_followers_are_all_told(station: ControlStation) -> None:
    readers = [RawReader(station.path) for _ in range(50)]
    for reader in readers:
        reader.ask(do="events")
        reader.line()
    station.register(good=True)
    assert {reader.line()["status"]["registration"] for reader in readers} == {"registered"}
    for reader in readers:
        reader.socket.close()


def test_a_follower_that_never_reads_is_dropped_and_the_others_are_told(
    station: ControlStation, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.INFO, logger="portier.adapters.control"),
        RawReader(station.path) as deaf,
        RawReader(station.path) as follower,
    ):
        deaf.send(b'{"do": "events"}\n')
        follower.ask(do="events")
        follower.line()
        changes = 0
        while "unread" not in caplog.text:
            changes += 1
            station.register(good=bool(changes % 2))
            assert follower.line()["event"] == "state"
            held_bytes = station.do(lambda: max(_unread(station)))
            assert held_bytes <= UNREAD_LIMIT_BYTES
            assert changes < 10_000
        assert deaf.closed()
        assert follower.ask(do="status")["ok"]


def _unread(station: ControlStation) -> list[int]:
    transports = [reader._transport for reader in station.server._readers]
    return [one.get_write_buffer_size() for one in transports if one] or [0]


def test_one_that_asks_and_never_reads_is_dropped(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        assert reader.send_until_closed(b'{"do": "status"}\n', 100_000) < 1_000_000
        assert _status(station.path)


def test_one_reader_too_many_is_told_so_and_a_place_left_is_given_again(station: ControlStation) -> None:
    readers = [RawReader(station.path) for _ in range(READERS_LIMIT)]
    with RawReader(station.path, greeted=False) as late:
        assert f"{READERS_LIMIT} readers are connected already" in late.line()["error"]
        assert late.closed()
    assert readers[0].ask(do="status")["ok"]
    readers.pop().socket.close()
    station.do(lambda: None)
    assert _status(station.path)
    for reader in readers:
        reader.socket.close()


def test_readers_that_come_and_go_leave_nothing(station: ControlStation) -> None:
    for _ in range(3 * READERS_LIMIT):
        with RawReader(station.path) as reader:
            reader.send(b'{"do": "events"}\n{"do": "st')
    assert _status(station.path)
    station.register(good=True)
    station.register(good=False)
    assert not station.do(lambda: station.server._readers)


def test_the_end_is_told_and_every_connection_closed(tmp_path: Path) -> None:
    with ControlStation(tmp_path / "control.sock") as station:
        follower, idle = RawReader(station.path), RawReader(station.path)
        follower.ask(do="events")
        follower.line()

        def end() -> None:
            station.runtime.take(Registration(RegistrationState.REGISTERED, at_s=0.0))
            station.server.close()

        station.do(end)
        assert follower.line()["status"]["registration"] == "registered"
        assert follower.closed()
        assert idle.closed()
        assert not station.path.exists()
        follower.socket.close()
        idle.socket.close()


def test_the_socket_is_for_its_user_and_group_before_anybody_can_connect(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    file = SocketFile(path)
    try:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(ConnectionRefusedError):
            RawReader(path)
    finally:
        file.socket.close()
        file.remove()
    assert not path.exists()


def test_the_socket_of_a_running_station_has_that_mode(station: ControlStation) -> None:
    assert stat.S_IMODE(station.path.stat().st_mode) == 0o660


def test_the_socket_of_a_dead_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    code = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
os.abort()
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, stderr=subprocess.DEVNULL)
    assert path.exists()
    with ControlStation(path):
        assert _status(path)


def test_the_socket_of_a_living_process_is_left_and_the_process_named(station: ControlStation) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from portier.adapters.control.socket_file import SocketFile
from portier.errors import ControlError
from portier.status import snapshot
try:
    SocketFile(Path(sys.argv[1]))
except ControlError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(station.path)], capture_output=True, text=True, check=False
    )
    assert f"process {os.getpid()} answers at {station.path} already" in ran.stdout
    assert _status(station.path)


def test_a_second_station_in_the_same_place_is_refused(station: ControlStation) -> None:
    with (
        pytest.raises(ControlError, match="this process answers at"),
        ControlStation(station.path),
    ):
        pass
    assert _status(station.path)


def test_a_living_socket_whose_queue_is_full_is_left(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(ControlError, match="a process answers at"):
            SocketFile(path)
    assert path.exists()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_never_removed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "control.sock"
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ControlError, match="is no socket; remove it"):
        SocketFile(path)
    assert path.lstat()


@pytest.mark.parametrize("name", ["missing/control.sock", "x" * 200])
def test_a_place_that_cannot_be_had_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(ControlError, match=r"cannot make the socket .*; its folder must exist") as raised:
        SocketFile(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)
    assert raised.value.exit_code == 73


def test_the_socket_of_a_successor_is_left(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with ControlStation(path) as first:
        path.unlink()
        with ControlStation(path):
            first.do(first.server.close)
            assert _status(path)


@pytest.fixture(scope="module")
def battered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlStation]:
    """One station for a thousand bad readers, whose loop must stay the same to the end."""
    with ControlStation(tmp_path_factory.mktemp("s") / "control.sock", FarLine(), RULES) as station:
        yield station
    assert not station.faults


_WORDS = st.sampled_from([b"\n", b"{", b"}", b'"do"', b":", b",", b'"id"', b'"button"', b'"bell"', b"null"])
_NEAR_REQUESTS = st.lists(_WORDS | st.sampled_from([f'"{do}"'.encode() for do in Do]), max_size=30).map(
    b"".join
)
_DATA = st.lists(st.binary(max_size=200) | _NEAR_REQUESTS, max_size=5).map(b"\n".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(data=b"x" * LINE_LIMIT_BYTES, shut=False)
@given(data=_DATA, shut=st.booleans())
def test_no_bytes_harm_the_station(battered: ControlStation, data: bytes, shut: bool) -> None:
    with RawReader(battered.path) as reader:
        reader.send(data)
        if shut:
            reader.socket.shutdown(socket.SHUT_WR)
            assert reader.closed()
    assert _status(battered.path)
    assert not battered.faults
    assert threading.active_count() < 10
