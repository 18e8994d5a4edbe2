"""`portier run` as a process: how it refuses to start, how it ends, and what it needs for the rest."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.live import PASSWORD, config_text, free_port

from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.voice import voice

_START_LIMIT_S = 15.0
_STOP_LIMIT_S = 3.0


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def _written(folder: Path, line_port: int, sip_port: int, **changes: str) -> Path:
    password = folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    file = folder / "portier.toml"
    file.write_text(config_text(line_port, sip_port, password, **changes))
    return file


def _portier(
    *arguments: str, custom: Path | None = None, journal: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `custom` is a folder whose sitecustomize.py changes the interpreter."""
    environment = dict(os.environ)
    environment.pop("JOURNAL_STREAM", None)
    if journal:
        environment["JOURNAL_STREAM"] = "8:1"
    if custom:
        environment["PYTHONPATH"] = str(custom)
    return subprocess.run(
        [sys.executable, "-m", "portier", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_START_LIMIT_S,
        check=False,
    )


def _customised(folder: Path, code: str) -> Path:
    custom = folder / "custom"
    custom.mkdir()
    (custom / "sitecustomize.py").write_text(code)
    return custom


def test_a_broken_configuration_is_told_whole_by_check_and_by_run(tmp_path: Path) -> None:
    file = _written(tmp_path, 5060, 5061, sip="pasword_file = 1\nexpiry_s = 30", doors_front="relase_s = 5")
    checked, ran = _portier("check", str(file)), _portier("run", "--config", str(file))
    assert checked.returncode == ran.returncode == 78
    for key in ("sip.pasword_file", "sip.expiry_s", "doors.front.relase_s"):
        assert key in checked.stderr
        assert key in ran.stderr
    assert "61" in checked.stderr


def test_a_wrong_command_line_ends_with_64() -> None:
    for words in (["open"], ["run", "--loud"], []):
        ran = _portier(*words)
        assert ran.returncode == 64
        assert "usage: portier" in ran.stderr


def test_no_pjsip_ends_with_69_and_says_how_to_get_it(tmp_path: Path) -> None:
    file = _written(tmp_path, 5060, free_port())
    custom = _customised(tmp_path, "")
    (custom / "pjsua2.py").write_text("raise ImportError('no such thing here')")
    ran = _portier("run", "--config", str(file), custom=custom)
    assert ran.returncode == 69, ran.stderr
    assert "wheels are published for 3.11 and 3.12" in ran.stderr


def test_a_switch_in_another_place_fails_the_self_test_with_76(tmp_path: Path) -> None:
    file = _written(tmp_path, 5060, free_port())
    code = "from portier.adapters.sip import switches\nswitches._TCP_SWITCH_INDEX = 3\n"
    ran = _portier("run", "--config", str(file), custom=_customised(tmp_path, code))
    assert ran.returncode == 76, ran.stderr
    assert "has the switch for that elsewhere" in ran.stderr


def test_a_self_test_on_a_machine_with_much_else_to_do_takes_no_repetition_for_its_request(
    tmp_path: Path,
) -> None:
    code = """
import sys, time
if "portier.selftest" in sys.orig_argv:
    from portier.adapters.sip import selftest
    send = selftest._send_large_request
    def late(*request):
        time.sleep(0.7)
        send(*request)
        time.sleep(0.7)
    selftest._send_large_request = late
"""
    ran = subprocess.run(
        [sys.executable, "-m", "portier.selftest"],
        check=False,
        env={**os.environ, "PYTHONPATH": str(_customised(tmp_path, code))},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ran.returncode == 0, ran.stderr


def test_a_self_test_that_aborts_ends_with_76_and_its_reason(tmp_path: Path) -> None:
    file = _written(tmp_path, 5060, free_port())
    code = "import os, sys\nif 'portier.selftest' in sys.orig_argv: os.abort()\n"
    ran = _portier("run", "--config", str(file), custom=_customised(tmp_path, code))
    assert ran.returncode == 76, ran.stderr
    assert "SIGABRT" in ran.stderr


def test_pins_that_cannot_be_had_end_with_77(tmp_path: Path) -> None:
    file = _written(tmp_path, 5060, free_port(), gpio='!factory = "lgpio"')
    ran = _portier("run", "--config", str(file))
    assert ran.returncode == 77, ran.stderr
    assert 'factory "lgpio"' in ran.stderr


def test_a_port_in_use_ends_with_71_and_names_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        ran = _portier("run", "--config", str(_written(tmp_path, 5060, port)))
    assert ran.returncode == 71, ran.stderr
    assert f"127.0.0.1:{port}" in ran.stderr
    assert "ss -lunp" in ran.stderr


def test_help_check_and_config_work_without_the_hardware_libraries(tmp_path: Path, line: Agent) -> None:
    code = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pjsua2", "alsaaudio", "gpiozero", "lgpio", "RPi", "numpy"):
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, Refuse())
"""
    custom = _customised(tmp_path, code)
    file = str(_written(tmp_path, line.port, free_port()))
    for command in (["--help"], ["check", file], ["config", "--effective", file], ["config", "--reference"]):
        ran = _portier(*command, custom=custom)
        assert ran.returncode == 0, ran.stderr
        assert PASSWORD not in ran.stdout


def test_sigterm_in_a_call_hangs_up_unregisters_and_ends_in_time(tmp_path: Path, line: Agent) -> None:
    file = _written(tmp_path, line.port, free_port())
    code = """
import threading
import gpiozero.pins.mock as mock
whole = mock.MockPin.__init__
def pressed_later(self, factory, info):
    whole(self, factory, info)
    if info.name == "GPIO5":
        threading.Timer(2.0, self.drive_low).start()
mock.MockPin.__init__ = pressed_later
"""
    environment = {**os.environ, "PYTHONPATH": str(_customised(tmp_path, code))}
    environment.pop("JOURNAL_STREAM", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "portier", "run", "--config", str(file)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line.wait_for(What.ACKED, timeout_s=_START_LIMIT_S)
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=_STOP_LIMIT_S)
        assert time.monotonic() - began_s < _STOP_LIMIT_S
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, said
    assert "hung up" in said
    assert line.wait_for(What.ENDED).details["by"] == "station"
    assert [one for one in line.requests if one.request.method == "REGISTER"][-1].raw.count(b"Expires: 0")


def test_the_journal_gets_levels_and_no_time_stamps(tmp_path: Path) -> None:
    file = _written(tmp_path, 5060, 5061, sip="expiry_s = 30")
    ran = _portier("run", "--config", str(file), journal=True)
    assert all(one.startswith("<") for one in ran.stderr.splitlines()), ran.stderr
    assert "<2>" in ran.stderr


def test_sigterm_during_the_start_ends_in_time(tmp_path: Path, line: Agent) -> None:
    file = _written(tmp_path, line.port, free_port())
    code = "import sys, time\nif 'portier.selftest' in sys.orig_argv: time.sleep(10)\n"
    environment = {**os.environ, "PYTHONPATH": str(_customised(tmp_path, code))}
    command = [sys.executable, "-m", "portier", "run", "--config", str(file)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            while "starts" not in process.stderr.readline():
                pass
            time.sleep(1.0)
            process.send_signal(signal.SIGTERM)
            assert process.wait(_STOP_LIMIT_S) == 0
        finally:
            process.kill()
