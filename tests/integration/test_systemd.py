"""The unit as it is shipped, under a systemd that was really booted: started, killed, hung, started again."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.booted_machine import BootedMachine
from tests.integration.booted_service import LINE_PORT, START_LIMIT_S, BootedService
from tests.integration.live import PASSWORD, STRIKE_PIN

from portier.adapters.audio.line import REALTIME_PRIORITY
from portier.bench.line.client import LineProcess

SYSTEMD = Path(__file__).parents[2] / "systemd"
_LONG = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\nrelease_s = 50\nmax_release_s = 60'
_DROP_IN = "/etc/systemd/system/portier.service.d/test.conf"
_FIFO = 1
_RESTART_S = 2.0
_WATCHDOG_S = 10.0

# What waits for a network on other machines, where none comes.
_NO_NETWORK = """
[Unit]
Before=network-online.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sleep 2; exit 1'
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BootedMachine]:
    """A machine on which the station was installed as the README says."""
    with BootedMachine(tmp_path_factory.mktemp("machine")) as machine:
        machine.install()
        machine.write("/etc/systemd/system/portier.service", (SYSTEMD / "portier.service").read_text())
        machine.write("/etc/sysusers.d/portier.conf", (SYSTEMD / "portier.sysusers.conf").read_text())
        machine.write("/etc/tmpfiles.d/portier.conf", (SYSTEMD / "portier.tmpfiles.conf").read_text())
        machine.write("/etc/systemd/system/no-network.service", _NO_NETWORK)
        machine.write(
            "/etc/systemd/system/portier-state.service", (SYSTEMD / "portier-state.service").read_text()
        )
        machine.run("systemd-sysusers")
        machine.run("systemd-tmpfiles", "--create")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "add-wants", "network-online.target", "no-network.service")
        yield machine


@pytest.fixture
def drop_in(machine: BootedMachine) -> Iterator[Callable[[str], None]]:
    """Adds lines to the unit, for one test."""

    def write(text: str) -> None:
        machine.write(_DROP_IN, text)
        machine.run("systemctl", "daemon-reload")

    yield write
    machine.run("rm", "-f", _DROP_IN)
    machine.run("systemctl", "daemon-reload")


@pytest.fixture
def line(machine: BootedMachine) -> Iterator[LineProcess]:
    with LineProcess("--port", str(LINE_PORT), within=machine.network) as line:
        yield line


@pytest.fixture
def service(machine: BootedMachine, line: LineProcess) -> Iterator[BootedService]:
    service = BootedService(machine, line)
    service.configure(doors_front=_LONG)
    yield service
    service.end()


def test_the_unit_comes_up_as_its_own_user_with_no_rights_and_serves_a_visit(
    machine: BootedMachine, service: BootedService
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
    assert 0.4 < fell_s - rose_s < 2.0
    assert "cannot be kept off by the kernel" not in service.said, "the unit lets it filter its own socket"


def test_a_kill_in_a_release_is_followed_by_a_lock_and_a_new_start(service: BootedService) -> None:
    service.start()
    service.release()
    killed_s = service.kill("KILL")
    fell_s = service.pins.wait(STRIKE_PIN, energised=False, limit_s=5)
    died_s = service.moment_s("ExecMainExit")
    assert killed_s < died_s < fell_s, "what a dead station drove stays driven"
    assert fell_s < died_s + _RESTART_S, "it is not the next station that locks"
    service.until("ActiveState", "active", START_LIMIT_S)
    assert service.moment_s("ExecMainStart") > fell_s
    assert service.shows("NRestarts") == "1"
    assert f"lock: GPIO{STRIKE_PIN} de-energised" in service.said
    service.release()


def test_a_station_that_hangs_whole_in_a_release_is_ended_locked_and_started_again(
    service: BootedService,
) -> None:
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
    service.until("ActiveState", "active", START_LIMIT_S)
    assert service.shows("NRestarts") == "1"
    assert f"lock: GPIO{STRIKE_PIN} de-energised" in service.said
    service.release()


def test_a_wrong_configuration_is_not_tried_again_and_is_told(service: BootedService) -> None:
    service.configure(doors_front="relase_s = 5")
    service.begin()
    service.until("ActiveState", "failed", START_LIMIT_S)
    assert service.shows("ExecMainStatus") == "78"
    time.sleep(_RESTART_S + 1)
    assert (service.shows("ActiveState"), service.shows("NRestarts")) == ("failed", "0")
    assert "doors.front.relase_s" in service.said
    assert f"lock: GPIO{STRIKE_PIN} de-energised" in service.said


def test_a_port_that_is_taken_is_tried_again_until_it_is_free(service: BootedService) -> None:
    service.configure(sip_port=LINE_PORT)
    service.begin()
    service.until("NRestarts", "2", 3 * START_LIMIT_S)
    assert "status=71" in service.said
    service.configure()
    service.until("ActiveState", "active", START_LIMIT_S)
    service.release()


def test_it_starts_where_no_network_comes_when_the_wait_for_one_is_over_and_without_a_card(
    machine: BootedMachine, service: BootedService
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


def test_the_media_thread_gets_the_real_time_priority_that_the_unit_allows(
    machine: BootedMachine, service: BootedService, drop_in: Callable[[str], None]
) -> None:
    assert service.shows("LimitRTPRIO") == str(REALTIME_PRIORITY)
    if machine.attempt("prlimit", f"--rtprio={REALTIME_PRIORITY}", "true").returncode != 0:
        # Not even this machine's root may raise the limit: then the right that stands above it, and all else
        # as it is, shows that nothing but the limit can forbid it.
        drop_in("[Service]\nCapabilityBoundingSet=CAP_SYS_NICE\nAmbientCapabilities=CAP_SYS_NICE\n")
    service.start()
    assert machine.scheduling(int(service.shows("MainPID")))["sound"] == (_FIFO, REALTIME_PRIORITY)


def test_without_the_units_limit_there_is_no_real_time_priority(
    machine: BootedMachine, service: BootedService, drop_in: Callable[[str], None]
) -> None:
    drop_in("[Service]\nLimitRTPRIO=0\n")
    service.start()
    assert machine.scheduling(int(service.shows("MainPID")))["sound"] == (0, 0)


def test_what_outlives_a_start_has_a_folder_of_its_own(
    machine: BootedMachine, service: BootedService
) -> None:
    service.start()
    assert machine.run("stat", "--format=%U:%G %a", "/var/lib/portier") == "portier:portier 750"
    pid = int(service.shows("MainPID"))
    assert not os.statvfs(machine.root / f"proc/{pid}/root/var/lib/portier").f_flag & os.ST_RDONLY


def test_the_password_may_come_from_systemd_and_be_roots_alone(
    machine: BootedMachine, service: BootedService, drop_in: Callable[[str], None]
) -> None:
    drop_in((SYSTEMD / "credentials.conf").read_text())
    service.configure()
    config = machine.root / "etc/portier/portier.toml"
    text = config.read_text()
    file = next(line for line in text.splitlines() if line.startswith("password_file"))
    config.write_text(text.replace(file, 'password_credential = "sip-password"'))
    machine.run("mv", "/etc/portier/sip-password", "/etc/portier/sip-password.secret")
    machine.run("chmod", "600", "/etc/portier/sip-password.secret")
    machine.run("chown", "root:root", "/etc/portier/sip-password.secret")
    service.start()
    service.until("StatusText", ".*registration: registered.*", 5)
    assert PASSWORD not in service.said
    service.release()


def test_the_log_tells_which_user_released_a_door(machine: BootedMachine, service: BootedService) -> None:
    service.configure()
    service.start()
    group = machine.run("id", "--group", "portier")
    machine.run(
        *(
            "setpriv",
            "--reuid=4321",
            "--regid=4321",
            f"--groups={group}",
            "/opt/portier/bin/portier",
            "release",
        )
    )
    assert "of user 4321" in service.said


def test_it_starts_and_serves_with_a_clock_from_1970(
    machine: BootedMachine, service: BootedService, drop_in: Callable[[str], None]
) -> None:
    library = machine.root / "opt/old_clock.so"
    words = (
        "gcc",
        "-shared",
        "-fPIC",
        "-O2",
        "-o",
        str(library),
        str(Path(__file__).with_name("old_clock.c")),
    )
    subprocess.run(words, check=True, timeout=30)
    drop_in("[Service]\nEnvironment=LD_PRELOAD=/opt/old_clock.so TZ=UTC\n")
    service.configure()
    service.start()
    service.until("StatusText", ".*registration: registered.*", 5)
    service.release()
    service.pins.wait(STRIKE_PIN, energised=False, limit_s=3)
    machine.run("/opt/portier/bin/portier", "hangup")
    until_s = time.monotonic() + 5
    while (
        last := json.loads(machine.run("/opt/portier/bin/portier", "status", "--json"))["last_call"]
    ) is None:
        assert time.monotonic() < until_s
        time.sleep(0.1)
    assert last["begun_at"].startswith("1970-01-01T00:00")


def test_a_root_that_is_only_read_is_enough_also_where_the_partition_for_data_is_missing(
    machine: BootedMachine, service: BootedService
) -> None:
    service.configure()
    machine.run("systemctl", "enable", "portier-state.service")
    machine.run("journalctl", "--relinquish-var")
    machine.run("mount", "-o", "remount,ro", "/")
    try:
        assert machine.attempt("touch", "/var/lib/portier/x").returncode != 0
        service.start()
        assert machine.run("systemctl", "is-active", "portier-state.service") == "active"
        service.until("StatusText", ".*registration: registered.*", 5)
        service.release()
        machine.run("systemctl", "stop", "portier")
    finally:
        machine.run("mount", "-o", "remount,rw", "/")
        machine.run("systemctl", "disable", "portier-state.service")
