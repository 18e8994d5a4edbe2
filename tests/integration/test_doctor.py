"""`portier doctor` as a program on this machine, with the bench's line as its registrar."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.jack_card import JackCard
from tests.integration.live import PASSWORD, config_text, free_port

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour, Registrar
from portier.bench.line.events import What

_WHOLE_LIMIT_S = 40.0

Findings = list[dict[str, str]]


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(behaviour=OPERATOR) as agent:
        yield agent


def _written(folder: Path, line_port: int, sip_port: int, password: str = PASSWORD, **changes: str) -> Path:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    file = folder / "portier.toml"
    file.write_text(config_text(line_port, sip_port, secret, **changes))
    return file


def _doctor(file: Path, *options: str, environment: Mapping[str, str] | None = None) -> tuple[int, Findings]:
    """Run it; its exit code and findings. Whatever happens, no traceback and no password shows."""
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "doctor", "--config", str(file), "--json", *options],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=_WHOLE_LIMIT_S,
        check=False,
    )
    assert ran.stderr == ""
    assert PASSWORD not in ran.stdout
    findings = [json.loads(one) for one in ran.stdout.splitlines()]
    worst = {one["severity"] for one in findings}
    assert ran.returncode == (2 if "ERROR" in worst else 1 if "WARNING" in worst else 0)
    return ran.returncode, findings


def _of(findings: Findings, subject: str) -> dict[str, str]:
    (one,) = [finding for finding in findings if finding["subject"] == subject]
    return one


def _registers(line: Agent) -> list[bytes]:
    return [one.raw for one in line.requests if one.request.method == "REGISTER"]


def test_without_a_configuration_it_tells_what_can_be_known(tmp_path: Path) -> None:
    code, findings = _doctor(tmp_path / "missing.toml")
    assert code == 2
    assert "there is no such file" in _of(findings, "configuration")["text"]
    told = {one["subject"] for one in findings}
    assert told >= {"machine", "pins", "cards", "PJSIP", "registration", "clock", "unit"}
    assert any("self-test passed" in one["text"] for one in findings)
    assert any(one["text"].startswith("version 2.") for one in findings)


def test_a_registration_is_tried_from_another_port_and_given_back(tmp_path: Path, line: Agent) -> None:
    sip_port = free_port()
    code, findings = _doctor(_written(tmp_path, line.port, sip_port))
    told = _of(findings, "registration")
    assert told["severity"] == "OK", told
    assert "accepted" in told["text"]
    assert code < 2, findings
    assert line.wait_for(What.REGISTER).details["expires_s"]
    assert not line.bindings
    assert b"Expires: 0" in _registers(line)[-1]
    assert {one.source[1] for one in line.requests}.isdisjoint({sip_port})


def test_a_wrong_password_is_told_as_one(tmp_path: Path, line: Agent) -> None:
    code, findings = _doctor(_written(tmp_path, line.port, free_port(), "another"))
    told = _of(findings, "registration")
    assert code == 2
    assert "refused (403): the password or the user is wrong" in told["text"]
    assert str(tmp_path / "password") in told["advice"]


def test_a_registrar_that_says_nothing_costs_its_limit_and_no_more(tmp_path: Path, line: Agent) -> None:
    line.behaviour = Behaviour(registrar=Registrar(status=0))
    began_s = time.monotonic()
    code, findings = _doctor(_written(tmp_path, line.port, free_port()))
    assert time.monotonic() - began_s < 40.0
    assert code == 2
    assert "no answer within" in _of(findings, "registration")["text"]
    assert _registers(line)


def test_a_registrar_that_is_not_there_is_told(tmp_path: Path) -> None:
    code, findings = _doctor(_written(tmp_path, free_port(), free_port()))
    assert code == 2
    assert _of(findings, "registration")["severity"] == "ERROR"


def test_without_network_no_packet_leaves(tmp_path: Path, line: Agent) -> None:
    _, findings = _doctor(_written(tmp_path, line.port, free_port()), "--no-network")
    assert _of(findings, "registration")["text"] == "not tried: --no-network"
    assert not line.requests


def test_a_port_in_use_names_the_program_that_has_it(tmp_path: Path, line: Agent) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        code, findings = _doctor(_written(tmp_path, line.port, port))
    assert code == 2
    assert f"127.0.0.1:{port} is in use by" in _of(findings, "network")["text"]
    assert f"(process {os.getpid()})" in _of(findings, "network")["text"]


def test_a_running_station_keeps_its_registration(tmp_path: Path, line: Agent) -> None:
    sip_port = free_port()
    file = _written(tmp_path, line.port, sip_port)
    station = subprocess.Popen(
        [sys.executable, "-m", "portier", "run", "--config", file.name],
        cwd=tmp_path,
        env={**os.environ, "PORTIER_SOCKET": str(tmp_path / "control.sock")},
        stderr=subprocess.DEVNULL,
    )
    try:
        line.wait_for(What.REGISTER, timeout_s=15.0)
        before = dict(line.bindings)
        _, findings = _doctor(file)
        assert f"held by the running station (process {station.pid})" in _of(findings, "network")["text"]
        assert _of(findings, "registration")["severity"] == "NOTE"
        assert dict(line.bindings) == before
        assert {one.source[1] for one in line.requests} == {sip_port}
    finally:
        station.send_signal(signal.SIGTERM)
        try:
            station.wait(5.0)
        except subprocess.TimeoutExpired:
            station.kill()
            station.wait()


def test_pins_that_this_machine_lacks_are_an_error(tmp_path: Path, line: Agent) -> None:
    code, findings = _doctor(
        _written(tmp_path, line.port, free_port(), gpio='!factory = "rpigpio"'), "--no-network"
    )
    assert code == 2
    errors = [one for one in findings if one["severity"] == "ERROR"]
    assert {one["subject"] for one in errors} == {"pins"}, errors
    assert any("portier[rpigpio]" in one["advice"] for one in errors)


def test_a_card_is_opened_by_the_real_alsa_api(tmp_path: Path, line: Agent) -> None:
    audio = '!capture = "jk"\nplayback = "jk"'
    file = _written(tmp_path, line.port, free_port(), audio=audio)
    with JackCard(tmp_path) as card, card.room() as room:
        room.expect("up", 15)
        _, findings = _doctor(file, "--no-network", environment=card.environment)
    assert any('"jk", both ways, opened at 16000 Hz and gave sound' in one["text"] for one in findings), (
        findings
    )


def test_a_card_that_is_not_there_is_an_error_that_names_it(tmp_path: Path, line: Agent) -> None:
    audio = '!capture = "plughw:CARD=Nowhere"\nplayback = "plughw:CARD=Nowhere"'
    code, findings = _doctor(_written(tmp_path, line.port, free_port(), audio=audio), "--no-network")
    assert code == 2
    assert any(
        one["subject"] == "cards" and 'capture "plughw:CARD=Nowhere"' in one["text"] for one in findings
    )


def test_the_table_is_for_people(tmp_path: Path, line: Agent) -> None:
    file = _written(tmp_path, line.port, free_port())
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "doctor", "--config", str(file), "--no-network"],
        capture_output=True,
        text=True,
        timeout=_WHOLE_LIMIT_S,
        check=False,
    )
    rows = [one for one in ran.stdout.splitlines() if one]
    assert all(one.startswith(("OK ", "NOTE ", "WARNING ", "ERROR ", " ")) for one in rows[:-1]), ran.stdout
    assert rows[-1].endswith(("notes", "note"))
