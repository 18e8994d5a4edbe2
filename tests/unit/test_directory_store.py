"""The directory on the disk: what is written stays, and whatever becomes of the file, people stay known."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.unit.directory_files import KEY, book, locked, written
from tests.unit.open_folder import folder_of

from portier.directory import changes, files as places, hashing, keeping, store
from portier.directory.files import Files
from portier.directory.model import Book, Resident
from portier.errors import DirectoryError, DirectoryFileError

NOBODY = 65534


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return written(tmp_path)


def test_what_was_written_is_read(files: Files) -> None:
    found = keeping.load(files)
    assert found.stored.book == book()
    assert found.stored.key_check == hashing.check(KEY)
    assert found.trouble == ""


def test_without_a_database_nobody_is_known_and_nothing_is_wrong(tmp_path: Path) -> None:
    files = Files(tmp_path / "directory.db", tmp_path / "directory.key")
    assert keeping.load(files) == keeping.Found(store.Stored(Book()))
    assert list(tmp_path.iterdir()) == []


def test_a_change_that_is_refused_changes_nothing(files: Files) -> None:
    before = files.database.read_bytes()
    with pytest.raises(DirectoryError):
        keeping.alter(files, lambda one: changes.remove_resident(one, "Nobody"))
    assert files.database.read_bytes() == before
    assert keeping.load(files).stored.book == book()


def test_only_rows_that_changed_are_written(files: Files) -> None:
    with store.opened(files.database) as connection:
        store.change(connection, lambda one: changes.remove_resident(one, "Resident 1"))
        # One resident, the code that was his, four facts.
        assert connection.total_changes == 1 + 1 + 4


def test_the_good_copy_is_as_new_as_the_database(files: Files) -> None:
    keeping.alter(files, lambda one: changes.add_resident(one, Resident(0, "Martin")))
    files.database.unlink()
    found = keeping.load(files)
    assert found.stored.book.named("Martin")
    assert "gone" in found.trouble
    assert keeping.load(files).trouble == "", "it was put back"


@contextmanager
def _half_written(files: Files) -> Iterator[None]:
    """A transaction whose pages have reached the file before its end."""
    with closing(sqlite3.connect(files.database, isolation_level=None)) as dying:
        dying.executescript("PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN IMMEDIATE;")
        dying.executemany(
            "INSERT INTO residents VALUES (?, ?, '', '', '', '', '')",
            [(number, f"Half {number}" * 50) for number in range(10, 200)],
        )
        yield


def _cuts(size: int) -> list[int]:
    return [0, 1, 15, 16, 99, 100, 101, 1024, *range(4096, size, 4096), *range(4095, size, 4096), size - 1]


def test_a_database_cut_anywhere_is_put_aside_for_the_good_copy(files: Files) -> None:
    whole = files.database.read_bytes()
    for size in _cuts(len(whole)):
        files.database.write_bytes(whole[:size])
        found = keeping.load(files)
        assert found.stored.book == book(), size
        if size == len(whole) - 1 and not found.trouble:
            # Its last byte was a zero, as SQLite takes what is missing of a page.
            continue
        assert "damaged" in found.trouble, size
        assert files.database.read_bytes() == whole, size
        (aside,) = files.database.parent.glob("directory.db.damaged-*")
        assert aside.read_bytes() == whole[:size]
        aside.unlink()


def test_no_changed_bit_goes_unseen_or_makes_it_fail(files: Files) -> None:
    whole = files.database.read_bytes()
    for place in range(0, len(whole), 61):
        spoiled = bytearray(whole)
        spoiled[place] ^= 0x10
        files.database.write_bytes(spoiled)
        found = keeping.load(files)
        uses = [one.uses_left for one in found.stored.book.codes]
        assert found.stored.book == book() or uses != [1, None, None, None], place
        for aside in files.database.parent.glob("directory.db.damaged-*"):
            aside.unlink()
        files.good.write_bytes(whole)


def test_what_is_no_database_is_put_aside(files: Files) -> None:
    files.database.write_bytes(b"residents: nobody\n" * 1000)
    found = keeping.load(files)
    assert found.stored.book == book()
    assert "moved aside" in found.trouble


def test_a_journal_goes_aside_with_its_database_and_is_never_played_into_another(files: Files) -> None:
    journal = files.database.with_name("directory.db-journal")
    with _half_written(files):
        left = journal.read_bytes()
    keeping.alter(files, lambda one: changes.add_resident(one, Resident(0, "Martin")))
    journal.write_bytes(left)
    aside = keeping.move_aside(files.database, "before")
    assert aside is not None
    places.put(files.database, files.good.read_bytes())
    found = keeping.load(files)
    assert found.trouble == ""
    assert found.stored.book.named("Martin")
    assert aside.with_name("directory.db.before-journal").read_bytes() == left


def test_where_both_are_damaged_nobody_is_known_and_it_is_said(files: Files) -> None:
    files.database.write_bytes(b"x" * 5000)
    files.good.write_bytes(b"x" * 5000)
    found = keeping.load(files)
    assert found.stored.book == Book()
    assert "no good copy" in found.trouble
    keeping.alter(files, lambda one: changes.add_resident(one, Resident(0, "Martin")))
    assert keeping.load(files).stored.book.named("Martin"), "a new one can be begun"


def test_a_database_that_is_locked_is_left_alone(files: Files) -> None:
    with locked(files):
        found = keeping.load(files, 0.05)
        assert found.stored.book == book()
        assert found.another_try
        assert "locked by another program" in found.trouble
    assert keeping.load(files).trouble == ""


def test_a_newer_database_is_left_alone(files: Files) -> None:
    with closing(sqlite3.connect(files.database)) as other:
        other.execute(f"PRAGMA user_version={store.VERSION + 1}")
    found = keeping.load(files)
    assert found.stored.book == book()
    assert "newer version" in found.trouble
    assert files.database.exists()
    with pytest.raises(DirectoryFileError, match="newer version"):
        keeping.alter(files, lambda one: one)


def test_uses_are_counted_in_the_good_copy_too(files: Files) -> None:
    keeping.spend(files, Counter({1: 1, 2: 5}))
    assert [one.uses_left for one in keeping.load(files).stored.book.codes] == [0, None, None, None]
    files.database.write_bytes(b"x" * 5000)
    assert [one.uses_left for one in keeping.load(files).stored.book.codes] == [0, None, None, None]


def test_a_transaction_cut_off_by_a_kill_never_happened(files: Files, tmp_path: Path) -> None:
    with _half_written(files):
        folder = tmp_path / "after"
        folder.mkdir()
        for name in ("directory.db", "directory.db-journal"):
            shutil.copyfile(tmp_path / name, folder / name)
    after = Files(folder / "directory.db", files.key)
    assert (folder / "directory.db-journal").stat().st_size > 0
    assert keeping.load(after).stored.book == book()


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.fail("this test must be root")
    with folder_of(NOBODY) as folder:
        yield folder


def test_root_writes_as_the_owner_of_the_folder(nobodys_folder: Path) -> None:
    folder = nobodys_folder
    with places.as_owner(folder):
        files = written(folder)
        assert os.geteuid() == NOBODY
    assert os.geteuid() == 0
    assert {(one.stat().st_uid, one.stat().st_mode & 0o777) for one in folder.iterdir()} == {(NOBODY, 0o600)}
    assert {one.name for one in folder.iterdir()} == {"directory.db", "directory.good.db", "directory.key"}
    with places.as_owner(folder):
        assert keeping.load(files).stored.book == book()


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"zz" * 32, b"00" * 32 + b"\n00"])
def test_what_is_no_key_is_none(tmp_path: Path, content: bytes) -> None:
    files = Files(tmp_path / "directory.db", tmp_path / "directory.key")
    places.put(files.key, content)
    with pytest.raises(DirectoryFileError, match="no device's key"):
        places.read_key(files)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    files = Files(tmp_path / "directory.db", tmp_path / "directory.key")
    places.write_key(files.key, KEY)
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert places.read_key(files) == KEY
    files.key.chmod(0o640)
    with pytest.raises(DirectoryFileError, match="chmod 600"):
        places.read_key(files)


def test_a_key_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    places.write_key(tmp_path / "other", KEY)
    files = Files(tmp_path / "directory.db", tmp_path / "directory.key")
    files.key.symlink_to(tmp_path / "other")
    with pytest.raises(DirectoryFileError, match="cannot be read"):
        places.read_key(files)


def test_the_key_comes_as_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "device-key").write_text(KEY.hex())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert places.read_key(Files(tmp_path / "directory.db", tmp_path / "none", "device-key")) == KEY
