"""The control socket of a whole station: real calls by command, and readers that try to disturb one."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.live import PASSWORD, STRIKE_PIN, LiveStation, config_text, free_port
from tests.unit.control_station import RawReader

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import RING_ONLY, Behaviour
from portier.bench.line.events import What
from portier.bench.line.leg import KeyWay
from portier.bench.voice import voice
from portier.core.states import Idle, Talking
from portier.record.call_record import CallRecord, from_plain

_LIMIT_S = 15.0

# Connects 50 followers, one that asks and never reads, and one that sends 10 MB without a line break again
# and again; a line on stdin ends it. Prints what the followers were told and how often the long line was cut.
_FLOOD = """
import json, select, socket, sys
path = sys.argv[1]
def connect():
    one = socket.socket(socket.AF_UNIX)
    one.connect(path)
    return one
followers = [connect() for _ in range(50)]
for one in followers:
    one.sendall(b'{"do": "events"}\\n')
deaf = connect()
told = {one: b"" for one in followers}
cut = 0
print("on", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        deaf.setblocking(False)
        deaf.send(b'{"do": "status"}\\n')
    except BlockingIOError:
        pass
    except OSError:
        deaf.close()
        deaf = connect()
    with connect() as long:
        try:
            for _ in range(160):
                long.send(b"x" * 65536)
        except OSError:
            cut += 1
    for one in select.select(followers, [], [], 0)[0]:
        told[one] += one.recv(65536)
calls = [[json.loads(line)["status"]["call"] for line in told[one].splitlines() if b'"event"' in line]
    for one in followers]
print(json.dumps({"cut": cut, "calls": calls}), flush=True)
"""


@pytest.fixture(scope="module")
def shared_controlled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    """A station that listens at a control socket."""
    folder = tmp_path_factory.mktemp("c")
    code = 'release_digit = "9876"\nrelease_s = 0.5'
    with LiveStation(
        folder,
        control_path=folder / "control.sock",
        doors_front=f"!pin = {STRIKE_PIN}\n{code}",
    ) as station:
        yield station


@pytest.fixture
def station(shared_controlled: LiveStation, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveStation]:
    """The module's station, idle; its socket is the one that commands use."""
    shared_controlled.settled()
    monkeypatch.setenv("PORTIER_SOCKET", str(_socket(shared_controlled)))
    yield shared_controlled
    shared_controlled.settled()
    assert not shared_controlled.faults


def _socket(station: LiveStation) -> Path:
    assert station._control_path
    return station._control_path


def _portier(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portier", *arguments],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )


def _invites(station: LiveStation) -> int:
    return sum(one.what is What.INVITE for one in station.line.events)


@pytest.mark.parametrize("command", ["press", "call"])
def test_a_command_makes_a_real_call_and_another_ends_it(station: LiveStation, command: str) -> None:
    before = _invites(station)
    done = _portier(command, "side")
    assert done.returncode == 0, done.stderr
    assert f'call {station.state.last_leg} of button "side"' in done.stdout
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    assert _invites(station) == before + 1
    invite = [one for one in station.line.events if one.what is What.INVITE][-1]
    assert invite.details["to_user"] == "36913100000001"
    assert "talking" in _portier("status").stdout
    assert _portier("call", "side").returncode == 1
    assert _portier("hangup").returncode == 0
    assert isinstance(station.state.call, Idle)
    station.until(lambda: station.line.events[-1].what is What.ENDED, "the far end was told")
    assert _portier("hangup").returncode == 1


def _settled(record: CallRecord | None, leg: int) -> bool:
    """Whether a leg's record changes no more: a release may last longer than its call."""
    if record is None or record.leg != leg:
        return False
    return record.signs[-1][1] == ("idle",) and all(one.fell_s is not None for one in record.releases)


def test_status_shows_the_last_call_and_the_socket_gives_its_whole_record(station: LiveStation) -> None:
    assert station.station
    recorder = station.station.recorder
    station.talk()
    leg = station.state.last_leg
    station.line.press("9876")
    station.until_released()
    station.line.hang_up()
    station.until(
        lambda: _settled(recorder.last, leg), "a record of the call, and of the door that locked after it"
    )
    assert re.search(rf'last call +call {leg}, .*, button "bell": talked ', _portier("status").stdout)
    told = _portier("status", "--record")
    assert told.returncode == 0, told.stderr
    assert from_plain(json.loads(told.stdout)) == recorder.last
    assert PASSWORD not in told.stdout
    assert "9876" not in told.stdout


def test_a_release_by_command_moves_the_pin(station: LiveStation) -> None:
    since_s = time.monotonic()
    done = _portier("release", "front", "--json")
    assert json.loads(done.stdout)["status"]["doors"] == {"front": "released"}
    assert station.releases(since_s) == 1
    station.until(lambda: not station.energised(), "locked again")


def test_events_show_a_call_from_its_press_to_its_end(station: LiveStation) -> None:
    # Where these tests run in the background, Ctrl-C is ignored, and so it would be by what they start.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "portier", "events", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        assert json.loads(follower.stdout.readline())["status"]["call"] == "idle"
        station.talk()
        station.end_call()
        calls: list[str] = []
        while calls[-1:] != ["idle"]:
            calls.append(json.loads(follower.stdout.readline())["status"]["call"])
        follower.send_signal(signal.SIGINT)
        assert follower.wait(_LIMIT_S) == 0
    assert calls == ["calling", "ringing", "talking", "idle"]


def test_events_end_quietly_when_nobody_reads_them_any_more(station: LiveStation) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "portier", "events"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout
        assert follower.stderr
        assert "registration" in follower.stdout.readline()
        assert "idle" in follower.stdout.readline()
        follower.stdout.close()
        assert _portier("press", "bell").returncode == 0
        assert follower.wait(_LIMIT_S) == 0
        assert follower.stderr.read() == ""


def test_no_key_no_code_and_no_password_passes(station: LiveStation) -> None:
    with RawReader(_socket(station)) as reader:
        reader.ask(do="events")
        since_s = station.talk()
        station.line.press("1234", KeyWay.EVENT)
        # Sent at once, the keys of both ways would mix.
        station.until(lambda: getattr(station.state.call, "wrong", 0) == 1, "a wrong attempt")
        station.line.press("9876", KeyWay.INFO)
        station.until(lambda: station.releases(since_s) == 1, "released")
        reader.until_event(lambda status: status["doors"]["front"] == "released")
        reader.ask(do="hang_up")
        reader.until_event(lambda status: status["call"] == "idle" and status["doors"]["front"] == "locked")
    assert PASSWORD.encode() not in reader.received
    _, *told = [json.loads(line) for line in reader.received.splitlines()]
    assert len(told) > 6
    for message in told:
        message.pop("at", None)
        message["status"].pop("leg")
        # It holds times and counts; that it is the same for every key is shown where records are tested.
        message["status"].pop("last_call")
        assert not [one for one in json.dumps(message) if one.isdigit()], message


def test_readers_that_misbehave_delay_no_press(station: LiveStation) -> None:
    """50 that read, one that never reads, one that sends 10 MB without a line break, again and again."""
    station.line.behaviour = Behaviour(answer=RING_ONLY)
    with subprocess.Popen(
        [sys.executable, "-c", _FLOOD, str(_socket(station))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as flood:
        assert flood.stdin
        assert flood.stdout
        assert flood.stdout.readline() == "on\n"
        delays_s = [_press_to_invite_s(station) for _ in range(3)]
        flood.stdin.write("enough\n")
        flood.stdin.flush()
        said = json.loads(flood.stdout.readline())
    print(f"press to INVITE in a flood: {[round(one * 1000, 1) for one in delays_s]} ms, cut {said['cut']}")
    assert max(delays_s) < 3.0
    assert said["cut"] > 3
    assert len(said["calls"]) == 50
    for calls in said["calls"]:
        assert calls.count("calling") == 3


def _press_to_invite_s(station: LiveStation) -> float:
    before = _invites(station)
    pressed_s = station.press()
    _until(lambda: _invites(station) > before)
    invite = [one for one in station.line.events if one.what is What.INVITE][-1]
    station.end_call()
    return invite.at.mono_ns / 1e9 - pressed_s


def test_run_listens_before_sip_is_up_alone_and_cleans_up(tmp_path: Path, socket_folder: Path) -> None:
    path = socket_folder / "control.sock"
    # SIP waits for its self-test, which takes its time here.
    slow = "import sys, time\nif 'portier.selftest' in sys.orig_argv: time.sleep(4)\n"
    (tmp_path / "sitecustomize.py").write_text(slow)
    with Agent(voice=voice("phone", 8000, 4.0)) as line:
        first = _run(_written(tmp_path, line.port), path, PYTHONPATH=str(tmp_path))
        try:
            _until(lambda: _answers(path))
            with RawReader(path) as reader:
                assert reader.ask(do="status")["status"]["call"] == "out of service"
            assert not [one for one in line.events if one.what is What.REGISTER]
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            assert _portier("status", "--socket", str(path)).returncode == 0
            second = _run(_written(tmp_path, line.port), path)
            _, said = second.communicate(timeout=_LIMIT_S)
            assert second.returncode == 73, said
            assert f"process {first.pid} answers at {path} already" in said
            line.wait_for(What.REGISTER, timeout_s=_LIMIT_S)
            first.send_signal(signal.SIGTERM)
            first.communicate(timeout=_LIMIT_S)
        finally:
            first.kill()
            first.communicate()
    assert first.returncode == 0
    assert not path.exists()


def test_run_goes_on_without_a_socket_where_no_folder_is_usable(tmp_path: Path) -> None:
    if os.access("/run/portier", os.W_OK):
        pytest.skip("this machine has the folder of the service")
    with Agent(voice=voice("phone", 8000, 4.0)) as line:
        station = _run(_written(tmp_path, line.port), None)
        try:
            line.wait_for(What.REGISTER, timeout_s=_LIMIT_S)
            station.send_signal(signal.SIGTERM)
            _, said = station.communicate(timeout=_LIMIT_S)
        finally:
            station.kill()
            station.communicate()
    assert station.returncode == 0, said
    assert said.count("control: no socket") == 1


def _answers(path: Path) -> bool:
    try:
        RawReader(path).socket.close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def _run(file: Path, path: Path | None, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, **variables}
    for name in ("JOURNAL_STREAM", "PORTIER_SOCKET", "XDG_RUNTIME_DIR"):
        environment.pop(name, None)
    given = ["--socket", str(path)] if path else []
    return subprocess.Popen(
        [sys.executable, "-m", "portier", "run", "--config", str(file), *given],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def _written(folder: Path, line_port: int) -> Path:
    password = folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    file = folder / "portier.toml"
    file.write_text(config_text(line_port, free_port(), password))
    return file


def _until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + _LIMIT_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.02)
