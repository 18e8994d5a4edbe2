"""The audit log's folder belongs to the service: nothing that it puts there leads root elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.audit_log import released, verdict, written
from tests.unit.open_folder import open_folder

from portier.__main__ import main
from portier.adapters.journal.store import DATABASE, HEAD
from portier.errors import JournalError

SERVICE = 4243
GROUP = 4242
ROOTS = b"root's own"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A log of a service that is not root; beside it a file of root's."""
    if os.geteuid() != 0:
        pytest.fail("this test must be root")
    with open_folder() as around:
        folder, roots = around / "state", around / "roots"
        folder.mkdir(0o750)
        written(folder, [released(1, "Ana Lima", 7), released(2, "Bo", 8)])
        for one in (folder, *folder.iterdir()):
            os.chown(one, SERVICE, GROUP)
        roots.write_bytes(ROOTS)
        roots.chmod(0o600)
        yield folder
        assert os.geteuid() == 0
        assert os.getegid() == 0
        assert roots.read_bytes() == ROOTS
        assert roots.stat().st_uid == 0


def leads_to_root(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent.parent / "roots")


def test_an_erasure_by_root_leaves_every_file_the_services(folder: Path) -> None:
    assert main(["audit", "erase", "7", "--state", str(folder)]) == 0
    owners = {(one.stat().st_uid, one.stat().st_mode & 0o777) for one in folder.iterdir()}
    assert owners == {(SERVICE, 0o640)}
    assert verdict(folder).problems == ()


@pytest.mark.parametrize("name", [HEAD, DATABASE])
@pytest.mark.parametrize("words", [["erase", "7"], ["verify"], ["show"], ["export"]])
def test_no_link_leads_root_to_a_file_of_its_own(folder: Path, name: str, words: list[str]) -> None:
    leads_to_root(folder / name)
    ended = main(["audit", *words, "--state", str(folder)])
    assert ended == (0 if name == HEAD and words[0] in ("show", "export") else JournalError.exit_code)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("words", [["erase", "7"], ["verify"]])
def test_a_pipe_in_place_of_the_noted_end_holds_nobody_up(folder: Path, words: list[str]) -> None:
    (folder / HEAD).unlink()
    os.mkfifo(folder / HEAD)
    os.chown(folder / HEAD, SERVICE, GROUP)
    assert main(["audit", *words, "--state", str(folder)]) in (1, JournalError.exit_code)


def test_an_export_goes_where_root_may_write_and_is_roots(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "of-root"
    place.mkdir(0o700)
    assert main(["audit", "export", "--state", str(folder), "--output", str(place / "log.csv")]) == 0
    assert (place / "log.csv").stat().st_uid == 0
    assert "Ana Lima" in (place / "log.csv").read_text()


def test_a_folder_that_is_not_there_is_told_to_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["show"], ["verify"], ["export"], ["erase", "x"]):
        assert main(["audit", *words, "--state", str(tmp_path / "none")]) == JournalError.exit_code
        assert "no log" in capsys.readouterr().err
