"""What stands in a command's way: rights, a full disk, a station that does not listen; and how it is told."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.directory_manager import PASSPHRASE, Manager, added, backed_up, managing
from tests.unit.open_folder import open_folder

from portier.adapters.control.protocol import PROTOCOL
from portier.directory.cli.output import write_new
from portier.errors import DirectoryFileError

UNREADABLE = DirectoryFileError.exit_code
NOBODY = 65534
GREETING = f'{{"portier": "1", "protocol": {PROTOCOL}}}\n'.encode()


@contextmanager
def station(path: Path, *answers: bytes) -> Iterator[None]:
    """Somebody at the control socket who says this, one answer for each request, and hangs up."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        listening.settimeout(10)

        def answer() -> None:
            there, _ = listening.accept()
            with there, there.makefile("rb") as requests:
                there.settimeout(10)
                for number, one in enumerate(answers):
                    if number:
                        requests.readline()
                    there.sendall(one)

        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (GREETING,),
        (GREETING, b'{"ok": false, "error": "no"}\n'),
        (b'{"ok": false, "error": "too many"}\n',),
        (b"220 smtp\n",),
    ],
)
def test_a_running_station_that_does_not_take_a_change_is_told_loudly(
    manager: Manager, answers: tuple[bytes, ...], tmp_path: Path
) -> None:
    added(manager)
    with station(tmp_path / "none", *answers):
        assert manager.do("codes", "revoke", "1") == UNREADABLE
    assert "WARNING" in manager.errors
    assert "STILL OPENS" in manager.errors.replace("\n", " ")
    assert manager.output == "revoked: 1\n"
    assert not manager.book.codes


def test_a_station_that_takes_a_change_is_not_spoken_of(manager: Manager, tmp_path: Path) -> None:
    with station(tmp_path / "none", GREETING, b'{"ok": true}\n'):
        assert manager.do("residents", "add", "Dupont") == 0
    assert manager.said == '"Dupont" is in the directory\n'


def test_a_generated_code_is_shown_where_the_station_could_not_be_told(
    manager: Manager, tmp_path: Path
) -> None:
    with station(tmp_path / "none", GREETING, b'{"ok": false, "error": "no"}\n'):
        assert manager.do("codes", "add", "--label", "A", "--door", "front", "--generate") == UNREADABLE
    assert "code 1 is in the directory: " in manager.output


@pytest.mark.parametrize("left", [False, True])
def test_without_a_station_a_note_stands_beside_what_is_said(
    manager: Manager, tmp_path: Path, left: bool
) -> None:
    if left:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(tmp_path / "none"))
    assert manager.do("residents", "add", "Dupont") == 0
    assert manager.output == '"Dupont" is in the directory\n'
    assert manager.errors.startswith("note: no station runs at ")


@contextmanager
def nobody() -> Iterator[None]:
    """This process has no rights meanwhile, by its real user, too, which access(2) goes by."""
    if os.geteuid() != 0:
        pytest.fail("this test must be root")
    groups = os.getgroups()
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


@pytest.fixture
def visited(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """A manager whose folder anybody may enter, and whose backup lies there for anybody to read."""
    with open_folder() as folder, managing(folder, capsys, monkeypatch) as one:
        kept = backed_up(one)
        # Whatever a restore loads is loaded by now: Python itself may be closed to nobody.
        assert one.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
        kept.chmod(0o644)
        yield one


@pytest.mark.parametrize(
    "command",
    [["residents", "list"], ["codes", "revoke", "1"], ["backup", "none"], ["restore", "kept"]],
    ids=lambda words: words[0],
)
def test_who_may_not_enter_the_folder_is_told_to_try_sudo(visited: Manager, command: list[str]) -> None:
    visited.files.database.parent.chmod(0o750)
    words = [str(visited.folder / word) if word in ("none", "kept") else word for word in command]
    with nobody():
        assert visited.do(*words, typed=f"{PASSPHRASE}\n") == UNREADABLE
    assert "try it with sudo" in visited.errors


def test_a_restore_that_cannot_reach_the_configuration_is_told_to_try_sudo(visited: Manager) -> None:
    closed = visited.folder / "etc"
    closed.mkdir(mode=0o750)
    visited.config = closed / "portier.toml"
    with nobody():
        assert visited.do("restore", str(visited.folder / "kept"), typed=f"{PASSPHRASE}\n") == UNREADABLE
    assert "try it with sudo" in visited.errors


def test_a_disk_that_is_full_leaves_no_stump(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    added(manager)
    table = manager.folder / "table.csv"

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert manager.do("directory", "export", str(table)) == UNREADABLE
        assert "No space left" in manager.said
        assert manager.do("backup", str(manager.folder / "kept"), typed=f"{PASSPHRASE}\n") == UNREADABLE
    assert manager.do("directory", "export", str(table)) == 0
    assert manager.do("backup", str(manager.folder / "kept"), typed=f"{PASSPHRASE}\n") == 0


def test_a_file_that_was_there_stays_when_it_is_not_written_over(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"x")
    with pytest.raises(DirectoryFileError, match="File exists"):
        write_new(there, b"y")
    assert there.read_bytes() == b"x"
