"""Files that are missing, empty or something else: each command says so, and calls none a fault of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portier.__main__ import main
from portier.errors import ConfigError, FileError, LibraryMissingError

_FAULT_OF_OURS = 70
_LIMIT_S = 60.0
_RECORD_OF_ANOTHER_VERSION = b'{"version": 0}'
_BROKEN = {
    "empty": b"",
    "binary": bytes(range(256)),
    "cut": b"[1, 2",
    "deep": b"[" * 100_000,
    "long number": b"9" * 10_000,
    "other": _RECORD_OF_ANOTHER_VERSION,
    "huge": b"# " * (1 << 20),
}


@pytest.fixture(params=["missing", "folder", *_BROKEN])
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}"
    if request.param == "folder":
        path.mkdir()
    elif request.param in _BROKEN:
        path.write_bytes(_BROKEN[request.param])
    return path


def test_a_picture_of_a_record_that_is_none_is_refused_with_the_name_of_the_file(
    bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path / "page.html"), "--record", str(bad)]) == FileError.exit_code
    said = capsys.readouterr().err
    assert str(bad) in said
    assert "portier status --record" in said
    assert not (tmp_path / "page.html").exists()


def test_a_record_from_before_the_first_call_is_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "call.json"
    path.write_text("null\n")
    assert main(["report", str(tmp_path / "page.html"), "--record", str(path)]) == 1
    assert "no call yet" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["check"], ["config", "--effective"]])
def test_a_configuration_that_is_none_is_refused_with_the_name_of_the_file(
    bad: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(bad)]) == ConfigError.exit_code
    assert capsys.readouterr().err.startswith(f"portier: {bad}: ")


@pytest.mark.parametrize("command", ["run", "lock", "setup", "doctor"])
def test_no_command_takes_a_folder_for_a_fault_of_ours(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", command, "--config", str(tmp_path)],
        # The note of a station that runs on this machine is left alone.
        env={**os.environ, "RUNTIME_DIRECTORY": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    assert ran.returncode not in (0, _FAULT_OF_OURS)
    assert str(tmp_path) in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_bench_says_before_the_visit_that_its_folder_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    for more in (["--scripted"], ["--stress", "0.01"]):
        assert main(["bench", *more, "--output", str(in_the_way)]) == FileError.exit_code
        out, err = capsys.readouterr()
        assert not out
        assert str(in_the_way) in err


def test_a_visit_by_itself_says_that_numpy_is_missing() -> None:
    without = "import sys; sys.modules['numpy'] = None; from portier.__main__ import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", without, "bench", "--scripted"],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    assert ran.returncode == LibraryMissingError.exit_code
    assert ran.stderr.startswith("portier: bench: a visit is judged with numpy")
