"""The unit as it is shipped, under a systemd that was really booted: started, killed, hung, started again."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.booted_machine import BootedMachine
from tests.integration.live import BELL_PIN, PASSWORD, STRIKE_PIN, config_text

from portier.bench.line.client import LineProcess
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile

SYSTEMD = Path(__file__).parents[2] / "systemd"
_CONFIG, _PASSWORD_FILE, _PINS = "/etc/portier/portier.toml", "/etc/portier/sip-password", "/run/portier/pins"
_LINE_PORT, _SIP_PORT = 5060, 5070
_FAILURE_PIN = 13
_LONG = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\nrelease_s = 50\nmax_release_s = 60'
_RESTART_S = 2.0
_WATCHDOG_S = 10.0
_START_LIMIT_S = 20.0

# What waits for a network on other machines, where none comes.
_NO_NETWORK = """
[Unit]
Before=network-online.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sleep 2; exit 1'
"""


class Service:
    """The station as systemd's service, its pins, and the line it calls."""

    def __init__(self, machine: BootedMachine, line: LineProcess) -> None:
        self._machine = machine
        self._line = line
        self._pins: PinFile | None = None
        self._cursor = self._journal("--lines=0", "--show-cursor").partition("cursor: ")[2]

    def configure(self, *, sip_port: int = _SIP_PORT, **changes: str) -> None:
        """Write its configuration, with these lines more."""
        changes = {
            "gpio": f'!factory = "mock"\nmock_file = "{_PINS}"',
            "audio": '!card = "alsa"\ncapture = "plughw:CARD=Device"\nplayback = "plughw:CARD=Device"',
            "lamps": f"failure = {_FAILURE_PIN}",
            **changes,
        }
        text = config_text(_LINE_PORT, sip_port, Path(_PASSWORD_FILE), **changes)
        # As on a machine with a network card, which this one has not.
        self._machine.write(_CONFIG, text.replace('bind_address = "127.0.0.1"\n', ""))
        self._machine.write(_PASSWORD_FILE, PASSWORD)
        self._machine.run("systemd-tmpfiles", "--create")

    def start(self) -> None:
        """Start it; systemctl waits until it says that it is ready."""
        self._machine.run("systemctl", "start", "portier")

    def begin(self) -> None:
        """Start it without waiting."""
        self._machine.run("systemctl", "start", "--no-block", "portier")

    def end(self) -> None:
        """Stop it, and forget its failures."""
        self._machine.run("systemctl", "stop", "portier")
        self._machine.run("systemctl", "reset-failed")
        if self._pins:
            self._pins.close()

    @property
    def pins(self) -> PinFile:
        """Its pins, from its first start on."""
        if self._pins is None:
            file = self._machine.root / _PINS.lstrip("/")
            assert file.exists(), self.said
            self._pins = PinFile(file)
        return self._pins

    def shows(self, name: str) -> str:
        """A property of the service, as systemd has it at the moment."""
        return self._machine.run("systemctl", "show", "--value", f"--property={name}", "portier")

    def moment_s(self, name: str) -> float:
        """A moment that systemd has noted, of the monotonic clock."""
        return int(self.shows(f"{name}TimestampMonotonic")) / 1e6

    def until(self, name: str, value: str, limit_s: float) -> None:
        """Wait until the whole of a property matches."""
        until_s = time.monotonic() + limit_s
        while not re.fullmatch(value, shown := self.shows(name)):
            assert time.monotonic() < until_s, (
                f"{name} is {shown}, not {value}, after {limit_s} s: {self.said}"
            )
            time.sleep(0.05)

    @property
    def said(self) -> str:
        """What it has said in this test, and systemd of it."""
        return self._journal("--unit=portier", f"--after-cursor={self._cursor}")

    def kill(self, signal: str) -> float:
        """Send a signal to its main process; the moment before."""
        at_s = time.monotonic()
        self._machine.run("systemctl", "kill", "--kill-whom=main", f"--signal={signal}", "portier")
        return at_s

    def release(self) -> float:
        """Visit: press, be answered, have the phone send its digit; the moment the relay came on."""
        self.pins.close_contact(BELL_PIN)
        time.sleep(0.1)
        self.pins.open_contact(BELL_PIN)
        self._line.wait_for(What.ACKED, timeout_s=10)
        self._line.digits("5")
        return self.pins.wait(STRIKE_PIN, energised=True, limit_s=5)

    def _journal(self, *what: str) -> str:
        return self._machine.run("journalctl", "--output=cat", "--no-pager", *what)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BootedMachine]:
    """A machine on which the station was installed as the README says."""
    with BootedMachine(tmp_path_factory.mktemp("machine")) as machine:
        machine.install()
        machine.write("/etc/systemd/system/portier.service", (SYSTEMD / "portier.service").read_text())
        machine.write("/etc/sysusers.d/portier.conf", (SYSTEMD / "portier.sysusers.conf").read_text())
        machine.write("/etc/tmpfiles.d/portier.conf", (SYSTEMD / "portier.tmpfiles.conf").read_text())
        machine.write("/etc/systemd/system/no-network.service", _NO_NETWORK)
        machine.run("systemd-sysusers")
        machine.run("systemd-tmpfiles", "--create")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "add-wants", "network-online.target", "no-network.service")
        yield machine


@pytest.fixture
def line(machine: BootedMachine) -> Iterator[LineProcess]:
    with LineProcess("--port", str(_LINE_PORT), within=machine.network) as line:
        yield line


@pytest.fixture
def service(machine: BootedMachine, line: LineProcess) -> Iterator[Service]:
    service = Service(machine, line)
    service.configure(doors_front=_LONG)
    yield service
    service.end()


def test_the_unit_comes_up_as_its_own_user_with_no_rights_and_serves_a_visit(
    machine: BootedMachine, service: Service
) -> None:
    service.configure()
    service.start()
    service.until("StatusText", r'idle; door "front" locked; .*registration: registered.*', 5)
    pid = int(service.shows("MainPID"))
    process = machine.process(pid)
    user = machine.run("id", "--user", "portier")
    assert user != "0"
    assert process["Uid"].split() == [user] * 4
    assert int(process["CapBnd"], 16) == 0
    assert process["NoNewPrivs"] == "1"
    # The container has filters of its own.
    assert int(process["Seccomp_filters"]) > int(machine.process(1)["Seccomp_filters"])
    seen = machine.root / f"proc/{pid}/root"
    assert all(os.statvfs(seen / folder).f_flag & os.ST_RDONLY for folder in ("etc", "opt", "usr", "var"))
    assert not list((seen / "root").iterdir())
    rose_s = service.release()
    fell_s = service.pins.wait(STRIKE_PIN, energised=False, limit_s=3)
    assert 0.4 < fell_s - rose_s < 0.8
    assert "cannot be kept off by the kernel" not in service.said, "the unit lets it filter its own socket"


def test_a_kill_in_a_release_is_followed_by_a_lock_and_a_new_start(service: Service) -> None:
    service.start()
    service.release()
    killed_s = service.kill("KILL")
    fell_s = service.pins.wait(STRIKE_PIN, energised=False, limit_s=5)
    died_s = service.moment_s("ExecMainExit")
    assert killed_s < died_s < fell_s, "what a dead station drove stays driven"
    assert fell_s < died_s + _RESTART_S, "it is not the next station that locks"
    service.until("ActiveState", "active", _START_LIMIT_S)
    assert service.moment_s("ExecMainStart") > fell_s
    assert service.shows("NRestarts") == "1"
    assert f"lock: GPIO{STRIKE_PIN} de-energised" in service.said
    service.release()


def test_a_station_that_hangs_whole_in_a_release_is_ended_locked_and_started_again(service: Service) -> None:
    service.configure(doors_front=_LONG.replace("50", "2"))
    service.start()
    rose_s = service.release()
    stopped_s = service.kill("STOP")
    fell_s = service.pins.wait(STRIKE_PIN, energised=False, limit_s=_WATCHDOG_S + 5)
    died_s = service.moment_s("ExecMainExit")
    assert fell_s > rose_s + 3, "it was to hang so that not even its keeper of deadlines acts"
    assert died_s - stopped_s < _WATCHDOG_S + 1
    assert died_s < fell_s < died_s + _RESTART_S
    assert "Watchdog timeout" in service.said
    service.until("ActiveState", "active", _START_LIMIT_S)
    assert service.shows("NRestarts") == "1"
    assert f"lock: GPIO{STRIKE_PIN} de-energised" in service.said
    service.release()


def test_a_wrong_configuration_is_not_tried_again_and_is_told(service: Service) -> None:
    service.configure(doors_front="relase_s = 5")
    service.begin()
    service.until("ActiveState", "failed", _START_LIMIT_S)
    assert service.shows("ExecMainStatus") == "78"
    time.sleep(_RESTART_S + 1)
    assert (service.shows("ActiveState"), service.shows("NRestarts")) == ("failed", "0")
    assert "doors.front.relase_s" in service.said
    assert f"lock: GPIO{STRIKE_PIN} de-energised" in service.said


def test_a_port_that_is_taken_is_tried_again_until_it_is_free(service: Service) -> None:
    service.configure(sip_port=_LINE_PORT)
    service.begin()
    service.until("NRestarts", "2", 3 * _START_LIMIT_S)
    assert "status=71" in service.said
    service.configure()
    service.until("ActiveState", "active", _START_LIMIT_S)
    service.release()


def test_it_starts_where_no_network_comes_when_the_wait_for_one_is_over_and_without_a_card(
    machine: BootedMachine, service: Service
) -> None:
    machine.run("systemctl", "stop", "network-online.target")
    began_s = time.monotonic()
    service.start()
    waited = machine.run("systemctl", "show", "--value", "--property=Result", "no-network")
    assert waited == "exit-code"
    assert service.moment_s("ExecMainStart") > began_s + 1.9
    assert {path.name for path in (machine.root / "sys/class/net").iterdir()} == {"lo"}
    assert not (machine.root / "dev/snd").exists()
    service.until("StatusText", ".*; no sound", 5)
    service.release()
