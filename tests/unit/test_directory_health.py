"""What the doctor sees of the directory, from beside a station and without changing anything."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.directory_files import KEY, book, locked, written
from tests.unit.doctor_config import found, known
from tests.unit.open_folder import open_folder

from portier.bench.machine import raspberry_pi
from portier.directory import files as places, health
from portier.directory.files import Files
from portier.directory.health import Look, Trouble
from portier.doctor import residents
from portier.doctor.finding import Severity
from portier.doctor.this_machine import ThisMachine


def content(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def damaged(files: Files) -> None:
    files.database.write_bytes(b"x" * 9000)


def newer(files: Files) -> None:
    with closing(sqlite3.connect(files.database)) as other:
        other.execute("PRAGMA user_version=99")


def another_key(files: Files) -> None:
    files.key.unlink()
    places.write_key(files.key, bytes(32))


def open_key(files: Files) -> None:
    files.key.chmod(0o644)


TROUBLES: dict[str, tuple[Callable[[Files], object], str, bool]] = {
    "damaged": (damaged, "it is damaged", True),
    "newer": (newer, "newer version", True),
    "gone": (lambda files: files.database.unlink(), "it is gone, and its last good copy is not", False),
    "no key": (lambda files: files.key.unlink(), "there is no device key: no access code works", True),
    "another key": (another_key, "this device key is not theirs: no access code works", True),
    "an open key": (open_key, "others could read the device's key", True),
    "no copy": (lambda files: files.good.unlink(), "the last good copy is missing", False),
}


def test_a_directory_on_which_nothing_is_wrong(tmp_path: Path) -> None:
    seen = health.look(written(tmp_path))
    assert (seen.residents, seen.codes, seen.troubles) == (3, 4, ())
    assert [whose for whose, _ in seen.lines or ()] == [1, 2, 3]
    assert health.look(Files(tmp_path / "none.db", tmp_path / "none.key")) == Look(there=False)


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_told_and_nothing_is_changed(tmp_path: Path, name: str) -> None:
    make, words, grave = TROUBLES[name]
    files = written(tmp_path)
    make(files)
    before = content(tmp_path)
    (trouble,) = health.look(files).troubles
    assert words in trouble.text
    assert trouble.grave is grave
    assert trouble.advice
    assert content(tmp_path) == before
    assert KEY.hex() not in trouble.text


def test_a_locked_directory_is_told(tmp_path: Path) -> None:
    files = written(tmp_path)
    with locked(files):
        (trouble,) = health.look(files).troubles
    assert "locked by another program" in trouble.text


def test_a_key_that_only_the_service_is_handed_is_not_missed(tmp_path: Path) -> None:
    files = written(tmp_path)
    files.key.unlink()
    assert health.look(Files(files.database, files.key, "directory-key")).troubles == ()


def test_storage_that_can_only_be_read_or_is_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(tmp_path)
    real = os.statvfs(tmp_path)
    for changes, words in (
        ({"f_flag": real.f_flag | os.ST_RDONLY}, "can only be read"),
        ({"f_bavail": 1}, "no room left"),
    ):
        names = ("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail")
        values = {name: getattr(real, name) for name in (*names, "f_flag", "f_namemax")} | changes
        monkeypatch.setattr(os, "statvfs", lambda _, values=values: os.statvfs_result(tuple(values.values())))
        (trouble,) = health.look(files).troubles
        assert words in trouble.text


def test_who_may_not_look_is_told_to_try_sudo() -> None:
    program = (
        "import os, sys; from pathlib import Path; from portier.directory import health\n"
        "from portier.directory.files import Files\n"
        "os.setgid(4243); os.setuid(4243)\n"
        "print(health.look(Files(Path(sys.argv[1]), Path(sys.argv[2]))).forbidden)"
    )
    with open_folder() as folder:
        files = written(folder)
        ran = subprocess.run(
            [sys.executable, "-c", program, str(files.database), str(files.key)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.stdout == "True\n", ran.stderr


@pytest.mark.parametrize(
    ("look", "severity", "words"),
    [
        (Look(there=False), Severity.OK, "none yet"),
        (Look(5, 7), Severity.OK, "5 residents, 7 access codes"),
        (Look(forbidden=True), Severity.NOTE, "may not look"),
        (Look(troubles=(Trouble("x: locked", "wait"),)), Severity.WARNING, "locked"),
        (Look(troubles=(Trouble("x: damaged", "restore", True),)), Severity.ERROR, "damaged"),
    ],
)
def test_the_doctor_tells_it(tmp_path: Path, look: Look, severity: Severity, words: str) -> None:
    machine = raspberry_pi()
    machine.residents = look
    (finding,) = found(machine, residents.check, known(tmp_path))
    assert finding.severity is severity
    assert words in finding.text


def test_the_doctor_looks_where_the_configuration_says(tmp_path: Path) -> None:
    files = written(tmp_path)
    config = known(tmp_path, ("[gpio]", '[directory]\nfile = "directory.db"\n[gpio]'))
    (finding,) = residents.check(ThisMachine(), config)
    assert finding.text == f"{files.database}: {len(book().residents)} residents, 4 access codes"
    (unknown,) = found(
        raspberry_pi(),
        residents.check,
        known(tmp_path, ("[gpio]", "[directory]\nfile = 3\n[gpio]")),
    )
    assert unknown.severity is Severity.NOTE
