"""A configuration checked by a process of its own: what it says is what checking it here would say."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from portier import checking, selftest
from portier.checking import Checking
from portier.config import load, planned, signals
from portier.errors import ConfigError, ConfigReadError, PortierError

GOOD = """
[station]
name = "Gate"
[sip]
domain = "pbx.example"
registrar = "pbx.example"
password_file = "password"
[gpio]
factory = "mock"
mock_file = "pins"
[audio]
card = "none"
[buttons.bell]
pin = 5
line = "3100000000"
[doors.front]
pin = 22
release_digit = "5"
[lamps]
status = 23
failure = 24
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text("correct horse")
    (tmp_path / "password").chmod(0o644)
    path = tmp_path / "portier.toml"
    path.write_text(GOOD)
    return path


def test_the_plan_is_the_one_that_is_made_here(file: Path) -> None:
    plan, warnings = Checking(file).result()
    assert plan == planned.plan(load.load(file))
    assert plan.sip.password == "correct horse"
    assert plan.gpio.mock_file == file.parent / "pins"
    of_password, of_sound = load.secret_warnings(load.load(file).sip), signals.warnings(load.load(file))
    assert warnings == (*of_password, *of_sound)
    assert of_password
    assert of_sound


def test_the_password_is_in_no_text_of_a_plan(file: Path) -> None:
    plan, _ = Checking(file).result()
    assert "correct horse" not in repr(plan)


def test_every_problem_is_told(file: Path) -> None:
    file.write_text(GOOD.replace("pin = 22", "pin = 5").replace('card = "none"', 'card = "nune"'))
    with pytest.raises(ConfigError) as here:
        load.load(file)
    with pytest.raises(ConfigError) as there:
        Checking(file).result()
    assert there.value.problems == here.value.problems
    assert len(there.value.problems) == 2


def test_a_file_that_is_missing_is_a_problem_and_one_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        Checking(tmp_path / "nothing.toml").result()
    with pytest.raises((ConfigReadError, ConfigError)) as error:
        Checking(tmp_path).result()
    with pytest.raises(type(error.value)):
        load.load(tmp_path)


def test_a_check_that_fails_or_hangs_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_COMMAND", (sys.executable, "-c", "raise SystemExit('broken')"))
    with pytest.raises(PortierError, match="its check ended with 1: broken"):
        Checking(file).result()
    monkeypatch.setattr(checking, "_LIMIT_S", 0.3)
    monkeypatch.setattr(checking, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(30)"))
    with pytest.raises(PortierError, match="not checked within"):
        Checking(file).result()
    one = Checking(file)
    one.end()
    assert one._child.returncode == -9


def test_nothing_of_the_folder_in_which_it_is_started_is_imported(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pydantic.py").write_text("raise SystemExit('a stranger's module')")
    monkeypatch.chdir(tmp_path)
    assert Checking(file).result()[0].sip.domain == "pbx.example"
    assert "-P" in selftest.COMMAND


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import time\nfrom portier.children import end_with_parent\n"
        "end_with_parent()\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    parent = tmp_path / "parent.py"
    parent.write_text(
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, {str(child)!r}])\n"
        "print(child.pid, flush=True)\ntime.sleep(60)\n"
    )
    source = str(Path(checking.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, str(parent)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": source},
    ) as process:
        assert process.stdout
        said = {process.stdout.readline().strip(), process.stdout.readline().strip()}
        (pid,) = said - {"ready"}
        process.kill()
    until_s = time.monotonic() + 10
    while _lives(int(pid)) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
