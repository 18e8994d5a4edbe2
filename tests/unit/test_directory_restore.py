"""A restore that fails anywhere leaves what was there; a second one then brings all back."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.directory_manager import DIGITS, OTHER, PASSPHRASE, Manager, added, backed_up

from portier.directory import backup, hashing, keeping, swap
from portier.directory.files import Files
from portier.errors import DirectoryFileError


class Failing:
    """Lets one call that touches the disk fail, the one of this number, as on a full disk."""

    def __init__(self, patch: pytest.MonkeyPatch, number: int) -> None:
        self.left = number
        for name in ("fsync", "rename", "replace", "open"):
            patch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            writes = function.__name__ != "open" or (len(given) > 1 and given[1] & os.O_CREAT)
            self.left -= bool(writes)
            if writes and self.left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return function(*given, **named)

        return call


def _content(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def test_a_restore_that_fails_at_any_step_changes_nothing_and_the_next_one_works(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_N", 2)
    kept = backed_up(manager)
    wanted = manager.book
    for one in (manager.files.database, manager.files.good, manager.files.key):
        one.unlink()
    # Another house by now, with a key of its own.
    assert manager.do("residents", "add", "Durand") == 0
    assert manager.do("codes", "add", "--label", "Cleaner", "--door", "side", typed=OTHER) == 0
    state = manager.files.database.parent
    before = _content(state)
    failed = 0
    while True:
        with monkeypatch.context() as patch:
            failing = Failing(patch, failed + 1)
            code = manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n")
        if failing.left > 0:
            break
        failed += 1
        if code == 0:
            continue
        assert code == DirectoryFileError.exit_code
        assert "nothing was changed" in manager.said
        assert _content(state) == before, failed
    assert failed >= 9, "three files: made, put on the disk, put into place"
    assert code == 0
    assert manager.book == wanted
    assert manager.do("codes", "add", "--label", "A", "--door", "front", typed=DIGITS) != 0, (
        "its key is there"
    )
    assert "in use" in manager.said
    aside = {one.name.partition(".before-")[0] for one in state.glob("*.before-*")}
    assert aside == {"directory.db", "directory.key"}
    assert not list(state.glob(".*"))


def test_a_journal_stays_with_its_database_when_a_swap_fails(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(manager)
    journal = manager.files.database.with_name("directory.db-journal")
    journal.write_bytes(b"half a transaction")
    state = manager.files.database.parent
    before = _content(state)
    news = [(manager.files.key, b"key"), (manager.files.database, b"database")]
    for number in range(1, 20):
        with monkeypatch.context() as patch:
            failing = Failing(patch, number)
            try:
                swap.swap(news, "before")
            except OSError:
                assert _content(state) == before, number
            else:
                break
    assert failing.left > 0 or number > 8
    assert _content(state)["directory.db"] == b"database"
    assert not journal.exists()
    assert _content(state)["directory.db.before-journal"] == b"half a transaction"


def test_two_restores_within_a_second_keep_what_was_there_before_each(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_N", 2)
    kept = backed_up(manager)
    for name in ("Durand", "Martin"):
        assert manager.do("residents", "add", name) == 0
        assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    beside = manager.files.database.parent.glob("directory.db.before-*")
    kept_books = [keeping.load(Files(one, manager.files.key)).stored.book for one in beside]
    assert sorted(book.residents[1].name for book in kept_books) == ["Durand", "Martin"]


def test_a_backup_of_a_house_without_codes_brings_no_key_away(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_N", 2)
    assert manager.do("residents", "add", "Dupont") == 0
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    added_key = hashing.new_key()
    manager.files.key.write_text(added_key.hex())
    manager.files.key.chmod(0o600)
    assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert manager.files.key.read_text() == added_key.hex()
