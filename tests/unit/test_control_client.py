"""The client and the commands on it: what a person reads, what a program reads, and the exit codes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.control_station import ControlStation

from portier.__main__ import main
from portier.adapters.control.protocol import Do
from portier.bench.deeds import HungUp, Placed
from portier.control_client import ControlClient
from portier.core.events import PressRequested
from portier.errors import ControlError


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlStation]:
    """A station that listens where PORTIER_SOCKET says."""
    with ControlStation(tmp_path / "control.sock") as station:
        monkeypatch.setenv("PORTIER_SOCKET", str(station.path))
        yield station
    assert not station.faults


@contextmanager
def _somebody(path: Path, says: bytes) -> Iterator[None]:
    """A program that is no station, and hangs up after what it says."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(says)
            if says.endswith(b"..."):
                connection.recv(1)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def test_no_socket_is_told_with_its_path_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with pytest.raises(ControlError) as raised, ControlClient(path):
        pass
    assert str(raised.value) == (
        f"control: no station answers at {path}: No such file or directory; "
        'is "portier run" running, and may this user open the socket?'
    )
    assert raised.value.exit_code == 73


def test_the_socket_of_a_dead_station_is_told(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(ControlError, match="Connection refused"), ControlClient(path):
        pass


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (b"", "closed the connection"),
        (b"220 mail.example ESMTP\r\n", "is no station"),
        (b"[" * 5000 + b"\n", "is no station"),
        (b"7\n", "is no station"),
        (b"{}\n", "is no station"),
        (b'{"portier": "9.0", "protocol": 9}\n', "speaks protocol 9 and this command 1: use the portier"),
        (b'{"ok": false, "error": "64 readers"}\n', "refused: 64 readers"),
        (b'{"portier": "0.1.0", "protocol": 1}\n{"status": 1}\n', "is no station"),
        (b'{"portier": "0.1.0", "protocol": 1}\n', "closed the connection"),
        (b"...", "gave no answer within 0.2 s"),
    ],
)
def test_who_is_no_station_is_told(tmp_path: Path, says: bytes, words: str) -> None:
    path = tmp_path / "control.sock"
    began_s = time.monotonic()
    with (
        _somebody(path, says),
        pytest.raises(ControlError, match=words) as raised,
        ControlClient(path, answer_s=0.2) as client,
    ):
        client.ask(Do.STATUS)
    assert str(path) in str(raised.value)
    assert time.monotonic() - began_s < 3.0


def test_status_is_a_table(station: ControlStation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "call          idle",
        "door front    locked",
        "registration  not needed",
        "sound         works",
        "buttons       free",
        "lamps         idle",
        "last call     none yet",
    ]


def test_status_as_json_is_the_snapshot(station: ControlStation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json", "--socket", str(station.path)]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["doors"] == {"front": "locked"}


def test_a_press_tells_what_it_led_to(station: ControlStation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["press", "bell"]) == 0
    assert 'call          calling, call 1 of button "bell"' in capsys.readouterr().out
    assert len(station.diary.of(Placed)) == 1


def test_what_is_refused_ends_with_1_and_its_reason(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hangup"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "portier: hangup: there is no call to hang up\n"
    assert main(["hangup", "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"] == "there is no call to hang up"
    assert captured.err == ""


def test_a_call_is_hung_up_by_command(station: ControlStation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "side"]) == 0
    assert main(["hangup"]) == 0
    assert len(station.diary.of(HungUp)) == 1


def test_a_misspelt_button_is_told_with_the_right_one(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["press", "bel"]) == 1
    assert 'no button "bel". Did you mean "bell"?' in capsys.readouterr().err
    assert main(["press"]) == 1
    assert 'say which button to press: The station has "bell", "side".' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["\udcff", "x" * 100_000, '"\n{"do": "release"}'])
def test_a_name_of_any_kind_is_only_unknown(
    station: ControlStation, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    try:
        assert main(["press", name]) == 1
    except SystemExit:
        pytest.fail("not a problem of the command line")
    assert not station.diary.of(Placed)
    err = capsys.readouterr().err
    assert err.startswith("portier: press: ")
    assert len(err.splitlines()) == 1


def test_release_needs_no_name_where_there_is_one_door(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release"]) == 0
    assert "door front    released" in capsys.readouterr().out


def test_events_are_a_table_with_a_head(station: ControlStation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "--count", "1"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == [
        "at",
        "call",
        "of",
        "button",
        "registration",
        "sound",
        "buttons",
        "doors",
        "lamps",
    ]
    at, *rest = row.split()
    assert len(at) == len("12:34:56.789")
    assert rest == ["idle", "-", "not", "needed", "works", "free", "front", "locked", "idle"]
    for column in ("call", "registration", "doors", "lamps"):
        assert row[head.index(column) - 1] == " " != row[head.index(column)]


def test_events_as_json_are_one_object_a_line(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    def press_once_followed() -> None:
        until_s = time.monotonic() + 10.0
        while not station.do(lambda: any(reader.follows for reader in station.server._readers)):
            assert time.monotonic() < until_s
            time.sleep(0.01)
        station.do(lambda: station.runtime.take(PressRequested("bell", at_s=time.monotonic())))

    visitor = threading.Thread(target=press_once_followed)
    visitor.start()
    assert main(["events", "--json", "--count", "4"]) == 0
    visitor.join()
    calls = [json.loads(line)["status"]["call"] for line in capsys.readouterr().out.splitlines()]
    assert calls == ["idle", "calling", "ringing", "talking"]


@pytest.mark.parametrize("count", ["0", "-1", "x"])
def test_a_count_that_is_none_is_a_wrong_command_line(count: str) -> None:
    with pytest.raises(SystemExit):
        main(["events", "--count", count])


def test_a_station_that_ends_ends_its_events_with_73(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    threading.Timer(0.3, lambda: station.do(station.server.close)).start()
    assert main(["events"]) == 73
    assert "closed the connection" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "events", "press", "call", "hangup", "release"])
def test_every_command_ends_with_73_where_no_station_is(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--socket", str(tmp_path / "none.sock")]) == 73
    err = capsys.readouterr().err
    assert f"portier: control: no station answers at {tmp_path / 'none.sock'}" in err


def test_a_client_leaves_no_socket_open_at_either_end(station: ControlStation) -> None:
    before = _open_files()
    for _ in range(5):
        with ControlClient(station.path) as client:
            assert client.ask(Do.STATUS)["ok"]
    until_s = time.monotonic() + 5.0
    while _open_files() > before:
        assert time.monotonic() < until_s
        time.sleep(0.01)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
