"""The unit and its user: what systemd itself says of them, and that their commands are ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portier import __main__ as command_line, watchdog
from portier.errors import ConfigError

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNIT = SYSTEMD / "portier.service"
MOST_EXPOSED = 2.0


def _systemd(command: str, *arguments: str | Path) -> str:
    """Run one of systemd's programs to its end; all that it prints."""
    assert shutil.which(command), f"{command} is missing: apt-get install systemd"
    ran = subprocess.run(
        [command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    return ran.stdout


def _copy(folder: Path, unit: Path = UNIT, **changes: str) -> Path:
    """A unit with commands that every machine has; verify looks for the programs."""
    text = re.sub(r"(?m)^(Exec\w+)=.*$", r"\1=/bin/true", unit.read_text())
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    copy = folder / unit.name
    copy.write_text(text)
    return copy


def _unit() -> dict[str, list[str]]:
    """Every key of the service's section, with each of its values."""
    keys: dict[str, list[str]] = {}
    section = UNIT.read_text().split("[Service]")[1].split("[Install]")[0]
    for line in section.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            keys.setdefault(key, []).append(value)
    return keys


@pytest.mark.parametrize("unit", sorted(SYSTEMD.glob("*.service")), ids=lambda unit: unit.name)
def test_systemd_finds_nothing_to_say_about_a_unit(tmp_path: Path, unit: Path) -> None:
    # Its exit code says nothing: 0 also for a key that it does not know.
    assert _systemd("systemd-analyze", "verify", _copy(tmp_path, unit)) == ""


def test_systemd_would_find_a_misspelt_key(tmp_path: Path) -> None:
    assert "WatchdogSecs" in _systemd(
        "systemd-analyze", "verify", _copy(tmp_path, WatchdogSec="WatchdogSecs")
    )


def test_the_unit_is_exposed_to_little(tmp_path: Path) -> None:
    said = _systemd("systemd-analyze", "security", "--offline=true", "--no-pager", _copy(tmp_path))
    found = re.search(r"Overall exposure level for portier.service: ([0-9.]+)", said)
    assert found, said
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize(("key", "command"), [("ExecStart", "run"), ("ExecStopPost", "lock")])
def test_the_units_commands_are_ours(key: str, command: str) -> None:
    (line,) = _unit()[key]
    program, *words = line.split()
    assert program == "/opt/portier/bin/portier"
    assert words[0] == command
    options = command_line._parser(words).parse_args(words)
    assert options.config == command_line.DEFAULT_CONFIG


def test_the_station_is_started_again_after_every_end_but_a_wrong_configuration() -> None:
    unit = _unit()
    assert unit["Restart"] == ["always"]
    assert unit["RestartPreventExitStatus"] == [str(ConfigError.exit_code)]
    assert "StartLimitIntervalSec=0" in UNIT.read_text().split("[Service]")[0]


def test_the_units_watchdog_waits_longer_than_the_stations_own() -> None:
    (limit,) = _unit()["WatchdogSec"]
    assert watchdog.LIMIT_S < float(limit) < 2 * watchdog.LIMIT_S


def test_the_stations_user_is_in_the_groups_that_the_unit_names(tmp_path: Path) -> None:
    said = _systemd("systemd-sysusers", "--dry-run", f"--root={tmp_path}", SYSTEMD / "portier.sysusers.conf")
    assert "Creating user 'portier'" in said
    groups = " ".join(_unit()["SupplementaryGroups"]).split()
    lines = (SYSTEMD / "portier.sysusers.conf").read_text().splitlines()
    assert {line.split()[2] for line in lines if line.startswith("m ")} == set(groups) == {"gpio", "audio"}


def test_the_folder_of_the_configuration_is_closed_to_others(tmp_path: Path) -> None:
    lines = [line.split() for line in (SYSTEMD / "portier.tmpfiles.conf").read_text().splitlines()]
    rights = {line[1]: line[2:5] for line in lines if line and line[0] in {"d", "z"}}
    assert rights["/etc/portier"] == ["0750", "root", "portier"]
    assert all(mode[-1] == "0" for mode, _, _ in rights.values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another user")
def test_systemd_makes_the_user_and_the_folder(tmp_path: Path) -> None:
    (tmp_path / "etc" / "portier").mkdir(parents=True)
    secret = tmp_path / "etc" / "portier" / "sip-password"
    secret.write_text("correct horse")
    _systemd("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "portier.sysusers.conf")
    said = _systemd("systemd-tmpfiles", "--create", f"--root={tmp_path}", SYSTEMD / "portier.tmpfiles.conf")
    assert said == ""
    portier = next(
        line.split(":") for line in (tmp_path / "etc/group").read_text().splitlines() if "portier:" in line
    )
    assert secret.stat().st_mode & 0o777 == 0o640
    assert secret.stat().st_gid == int(portier[2])
