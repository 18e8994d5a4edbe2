"""What `make wheel` shows while it works, and what it says when a program of its fails."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portier_pjsip import programs
from portier_pjsip.errors import MachineError, SpaceError, StepError, WheelError
from portier_pjsip.make import refuse_unready
from portier_pjsip.programs import Program
from portier_pjsip.progress import Progress, clock
from portier_pjsip.room import Room
from portier_pjsip.target import native


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_step_is_one_line_with_its_time() -> None:
    out, time_s = io.StringIO(), _Clock()
    with Progress(out, time_s).step("compile", "PJSIP") as tell:
        time_s.now_s = 5.0
        tell("PJSIP, 10 of 280 files")
        time_s.now_s = 72.0
        tell("PJSIP")
    assert [one.split() for one in out.getvalue().splitlines()][-1] == ["compile", "PJSIP", "1:12"]


def test_where_nobody_watches_a_long_step_shows_that_it_lives_and_no_more() -> None:
    out, time_s = io.StringIO(), _Clock()
    with Progress(out, time_s).step("compile", "0") as tell:
        for second in range(61):
            time_s.now_s = float(second)
            tell(f"{second} of 280")
    told = [one.split()[1] for one in out.getvalue().splitlines()]
    assert told == ["20", "40", "60", "60"]


def test_on_a_terminal_the_line_moves() -> None:
    out, time_s = _Terminal(), _Clock()
    with Progress(out, time_s).step("compile", "begun") as tell:
        time_s.now_s = 1.0
        tell("half")
    assert "\r" in out.getvalue()
    assert out.getvalue().count("\n") == 1


def test_a_failed_step_does_not_look_done() -> None:
    out = _Terminal()
    with pytest.raises(StepError), Progress(out).step("compile", "PJSIP"):
        raise StepError("no")
    assert out.getvalue().endswith("PJSIP: failed\n")


def test_minutes_and_seconds() -> None:
    assert [clock(one) for one in (0.9, 59.9, 60.0, 605.0)] == ["0:00", "0:59", "1:00", "10:05"]


def _failure(tmp_path: Path, text: str, code: int) -> WheelError:
    log = tmp_path / "log"
    log.write_text(text)
    return programs.failure("compiling PJSIP", ("make", "lib"), code, log)


def test_a_failure_shows_the_lines_that_say_why(tmp_path: Path) -> None:
    told = str(
        _failure(tmp_path, "gcc a.c\na.c:3: error: no member\nmake: *** [a.o] Error 1\nmake: leaving\n", 2)
    )
    assert told.startswith("compiling PJSIP: make ended with code 2; all it said is in ")
    assert "a.c:3: error: no member" in told
    assert "leaving" not in told


def test_a_failure_without_such_lines_shows_the_last(tmp_path: Path) -> None:
    assert "the end" in str(_failure(tmp_path, "begin\nthe end\n", 1))


def test_a_full_disk_is_told_as_one(tmp_path: Path) -> None:
    failure = _failure(tmp_path, "x.o: fatal error: No space left on device\nmake: *** Error 1\n", 2)
    assert isinstance(failure, SpaceError)
    assert "no space left on the disk" in str(failure)


@pytest.mark.parametrize(
    ("text", "code"),
    [("g++: fatal error: Killed signal terminated program cc1plus\n", 1), ("", -9), ("", 137)],
)
def test_a_compiler_that_was_killed_points_to_the_memory(tmp_path: Path, text: str, code: int) -> None:
    assert "lack of memory" in str(_failure(tmp_path, text, code))


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="there is no program no-such-compiler"):
        programs.run("x", ("no-such-compiler",), tmp_path / "log")
    with pytest.raises(MachineError, match="there is no program no-such-compiler"):
        programs.asked(("no-such-compiler",))


def test_no_compiler_names_what_is_missing_and_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        MachineError, match=r"building needs gcc, g\+\+, make, swig, .*make wheel installs g\+\+"
    ):
        refuse_unready(native())


def test_what_a_program_says_is_logged_and_watched(tmp_path: Path) -> None:
    log, seen = tmp_path / "log", list[str]()
    programs.run("x", ("sh", "-c", "echo one; echo two >&2"), log, watch=seen.append)
    assert sorted(seen) == ["one\n", "two\n"]
    assert sorted(log.read_text().split()) == ["one", "two"]


def test_an_interrupted_build_leaves_no_program_behind(tmp_path: Path) -> None:
    child = tmp_path / "child"
    words = ("sh", "-c", f"sleep 600 & echo $! > {child}; wait")

    def interrupted() -> None:
        with Program(words, tmp_path / "log"):
            until_s = time.monotonic() + 5.0
            while not child.exists() or not child.read_text():
                assert time.monotonic() < until_s
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    until_s = time.monotonic() + 5.0
    while Path(f"/proc/{child.read_text().strip()}/stat").exists():
        state = Path(f"/proc/{child.read_text().strip()}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_an_unknown_end_of_a_question_is_told(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="ended with code 3: why"):
        programs.asked(("sh", "-c", "echo why >&2; exit 3"))
    with pytest.raises(StepError, match="did not end within 0 s"):
        programs.asked(("sleep", "60"), limit_s=0.1)


def test_a_room_on_this_machine_works_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    room = Room(tmp_path)
    assert programs.asked(room.command(("pwd",), "deep")).strip() == str((tmp_path / "deep").resolve())
    assert room.inside == str(tmp_path)


def test_a_command_in_another_system_is_entered_with_its_emulator(tmp_path: Path) -> None:
    room = Room(tmp_path / "work", tmp_path, ("/emulator",))
    words = room.command(("/usr/bin/python3", "-V"), "deep")
    assert words[0] == "unshare"
    assert words[-3:] == ("/emulator", "/usr/bin/python3", "-V")
    assert room.inside == "/build"


def test_sigterm_ends_the_tool_as_ctrl_c_does(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from portier_pjsip import commands\n"
        "def hang(_):\n"
        "    print('up', flush=True); time.sleep(60)\n"
        "commands._build = hang\n"
        "sys.exit(commands.run(['build']))\n"
    )
    child = subprocess.Popen(
        (sys.executable, "-c", code),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        child.send_signal(signal.SIGTERM)
        _, said = child.communicate(timeout=10.0)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 130
    assert "nothing half-made is kept" in said
