"""What a manager types: what it says, what it changes, and what it never shows."""

from __future__ import annotations

import getpass
import io
import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.unit.directory_manager import CONFIG, DIGITS, OTHER, PASSPHRASE, Manager, added

from portier.__main__ import main
from portier.directory import backup, files as places, hashing, keeping, store
from portier.directory.backup import Backup
from portier.directory.files import Files
from portier.directory.model import Book
from portier.errors import ConfigError, DirectoryError, DirectoryFileError, PortierError

REFUSED, UNREADABLE = DirectoryError.exit_code, DirectoryFileError.exit_code


def test_somebody_moves_in_is_listed_changed_and_moves_out(manager: Manager) -> None:
    added(manager)
    assert manager.do("residents", "list", "--json") == 0
    assert json.loads(manager.said) == {
        "number": 1,
        "name": "Dupont",
        "flat": "12",
        "language": "fr",
        "lines": ["201", "plain:+33612345678"],
        "release_from": [],
        "code_from": [],
        "codes": 1,
    }
    assert manager.do("residents", "change", "Dupont", "--flat", "", "--release-from", "201") == 0
    assert manager.book.residents[0].flat == ""
    assert manager.book.residents[0].release_from == ("201",)
    assert len(manager.book.residents[0].lines) == 2, "what is not named stays"
    assert manager.do("residents", "change", "Dupont", "--line", "", "--release-from", "") == 0
    assert not manager.book.residents[0].lines
    assert not manager.book.residents[0].release_from
    assert manager.do("residents", "remove", "DUPONT") == 0
    assert "and 1 access codes" in manager.said
    assert manager.book == Book(next_resident=2, next_code=2)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["residents", "add", "a;b"], "name: holds a ;"),
        (["residents", "add", "A", "--line", "+33612345678"], "plain:"),
        (["residents", "add", "A", "--line", "sip:"], "lines: "),
        (["residents", "add", "A", "--flat", "a\nb"], "flat: "),
        (["residents", "add", "A", "--language", "french"], "language: "),
        (["residents", "add", "A", "--code-from", "a b"], "code-from: "),
        (["residents", "change", "A", "--flat", "1"], "no resident of this name"),
        (["residents", "change", "A"], "nothing is named"),
        (["codes", "add", "--label", "A"], "say by --door"),
        (["codes", "add", "--label", "A", "--door", "gate"], "there are front, side"),
        (["codes", "add", "--label", "A", "--door", "front", "--profile", "night"], "there are: mornings"),
        (["codes", "add", "--label", "A", "--door", "front", "--from", "tomorrow"], "from: is no time"),
        (["codes", "add", "--label", "A", "--door", "front", "--uses", "0"], "no number of uses"),
        (["codes", "add", "--label", "A", "--door", "front", "--resident", "A"], "no resident of this name"),
        (["codes", "revoke", "7"], "there is no code 7"),
    ],
)
def test_what_is_wrong_is_refused_in_words(manager: Manager, words: list[str], why: str) -> None:
    assert manager.do(*words, typed=DIGITS) == REFUSED
    assert why in manager.said
    assert not manager.files.database.exists() or manager.book == Book()


def test_a_code_that_ends_before_it_begins_is_refused(manager: Manager) -> None:
    words = (
        "codes",
        "add",
        "--label",
        "A",
        "--door",
        "front",
        "--from",
        "2027-01-02",
        "--until",
        "2027-01-01",
    )
    assert manager.do(*words, typed=DIGITS) == REFUSED
    assert "not after from" in manager.said


@pytest.mark.parametrize("typed", ["123456", "5829", "abcdef", "", DIGITS + "0"])
def test_a_code_that_will_not_do_is_not_repeated(manager: Manager, typed: str) -> None:
    assert manager.do("codes", "add", "--label", "A", "--door", "front", typed=typed) == REFUSED
    assert not typed or typed not in manager.said


def test_the_list_tells_all_of_a_code_but_its_digits(manager: Manager) -> None:
    added(manager)
    words = ("codes", "add", "--label", "Postman", "--door", "front", "--door", "side", "--long")
    times = ("--profile", "mornings", "--from", "2026-12-01 08:00", "--until", "2026-12-24")
    assert manager.do(*words, *times, typed=OTHER) == 0
    assert manager.do("codes", "list") == 0
    assert "Nurse" in manager.said
    assert "3 of 3 left" in manager.said
    assert "Dupont (12)" in manager.said
    assert manager.do("codes", "list", "--json") == 0
    assert json.loads(manager.said.splitlines()[1]) == {
        "number": 2,
        "label": "Postman",
        "resident": "",
        "flat": "",
        "doors": ["front", "side"],
        "profile": "mornings",
        "from": "2026-12-01 08:00",
        "until": "2026-12-24 23:59",
        "uses": None,
        "uses_left": None,
        "long": True,
        "length": 6,
    }
    for code in manager.book.codes:
        assert code.digest.hex() not in manager.all_said


def test_a_generated_code_is_shown_once(manager: Manager) -> None:
    assert manager.do("codes", "add", "--label", "A", "--door", "front", "--once", "--generate") == 0
    digits = manager.output.strip().rpartition(": ")[2]
    assert len(digits) == 6
    key = places.read_key(manager.files)
    assert key is not None
    assert manager.book.codes[0].digest == hashing.digest(key, digits)
    for words in (("codes", "list"), ("codes", "list", "--json"), ("directory", "export", "-")):
        assert manager.do(*words) == 0
        assert digits not in manager.said


def test_on_a_terminal_a_code_is_asked_for_twice(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def do(*answers: str) -> int:
        given = iter(answers)
        monkeypatch.setattr(getpass, "getpass", lambda _: next(given))
        monkeypatch.setattr(sys, "stdin", Terminal())
        options = ("--config", str(manager.config), "--socket", str(manager.folder / "none"))
        return main(["codes", "add", "--label", "A", "--door", "front", *options])

    assert do(DIGITS, OTHER) == REFUSED
    assert not manager.files.database.exists()
    assert do(DIGITS, DIGITS) == 0
    assert do("123456", "123456") == REFUSED


def test_a_card_is_told_as_one(manager: Manager) -> None:
    assert manager.do("codes", "add", "--label", "Fob", "--door", "front", "--card", "12:34567") == 0
    assert manager.do("codes", "list") == 0
    assert manager.said.rstrip().endswith("card")
    assert manager.do("codes", "add", "--label", "Fob", "--door", "front", "--card", "12") == REFUSED


def test_a_code_of_another_length_is_told_as_useless(manager: Manager) -> None:
    added(manager)
    manager.config.write_text(CONFIG + "code_length = 8\n")
    assert manager.do("codes", "list") == 0
    assert "has 6 digits: it cannot be used any more" in manager.said


def test_the_table_goes_out_and_comes_back(manager: Manager) -> None:
    added(manager)
    before = manager.book
    table = manager.folder / "table.csv"
    assert manager.do("directory", "export", str(table)) == 0
    assert table.stat().st_mode & 0o777 == 0o600
    assert manager.do("directory", "export", str(table)) == UNREADABLE, "never written over"
    assert manager.do("directory", "import", str(table), "--dry-run") == 0
    assert manager.do("directory", "import", str(table)) == 0
    assert "0 new, 0 changed, 0 gone, 1 in all; codes: 0 new, 0 changed, 0 gone, 1 in all" in manager.said
    assert manager.book == before
    table.write_text(f"kind,name,code,label,doors\nresident,Durand\ncode,Durand,{OTHER},Key,side\n")
    assert manager.do("directory", "import", str(table), "--dry-run") == 0
    assert "would be: residents: 1 new, 0 changed, 1 gone" in manager.said
    assert manager.book == before
    assert "would remove 1 of 1 residents and 1 of 1 codes: if that is meant, say --remove" in manager.said
    assert manager.do("directory", "import", str(table)) == REFUSED
    assert "nothing was changed" in manager.said
    assert manager.book == before
    assert manager.do("directory", "import", str(table), "--remove") == 0
    assert [one.name for one in manager.book.residents] == ["Durand"]
    assert [one.label for one in manager.book.codes] == ["Key"]


@pytest.mark.parametrize("rows", ["", '"resident","Person 1"\n', '"resident","Person 1"\n"resident","Pers'])
def test_a_table_that_was_cut_takes_no_house_away(manager: Manager, rows: str) -> None:
    people = "".join(f"resident,Person {number}\n" for number in range(1, 6))
    assert manager.do("directory", "import", "-", typed=f"kind,name\n{people}") == 0
    before = manager.files.database.read_bytes()
    assert manager.do("directory", "import", "-", typed=f"kind,name\n{rows}") == REFUSED
    assert "nothing was changed" in manager.said
    assert manager.files.database.read_bytes() == before
    if not rows:
        assert manager.do("directory", "import", "-", "--remove", typed="kind,name\n") == REFUSED


def test_an_import_that_removes_anything_keeps_what_was_there(manager: Manager) -> None:
    houses = ["kind,name\nresident,A\nresident,B\n", "kind,name\nresident,B\nresident,C\n"]
    assert manager.do("directory", "import", "-", typed=houses[0]) == 0
    assert manager.do("directory", "import", "-", typed=houses[0] + "resident,D\n") == 0
    assert not list(manager.files.database.parent.glob("*.before-*")), "nobody went"
    for house in houses:
        before = manager.book
        assert manager.do("directory", "import", "-", "--remove", typed=house) == 0
        name = manager.said.partition("what was there lies beside it: ")[2].split()[0]
        aside = manager.files.database.with_name(name)
        assert aside.stat().st_mode & 0o777 == 0o600
        assert keeping.load(Files(aside, manager.files.key)).stored.book == before


def test_a_table_with_problems_changes_nothing(manager: Manager) -> None:
    added(manager)
    before = manager.files.database.read_bytes()
    table = f"kind,name,code,label,doors,lines\nresident,A,,,,+33 1\ncode,B,{OTHER},x,gate,\n"
    assert manager.do("directory", "import", "-", typed=table) == REFUSED
    for place in ("line 2: lines", "line 3: name", "line 3: doors", "3 problems"):
        assert place in manager.said
    assert manager.files.database.read_bytes() == before


@pytest.mark.parametrize(("rows", "shown"), [(1000, False), (1001, True)])
def test_a_bar_is_shown_for_many_rows_on_a_terminal(
    manager: Manager, monkeypatch: pytest.MonkeyPatch, rows: int, shown: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    table = "kind,name\n" + "".join(f"resident,R {number}\n" for number in range(rows))
    assert manager.do("directory", "import", "-", typed=table) == 0
    assert (f"{rows} of {rows} rows\n" in manager.said) == shown
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert manager.do("directory", "import", "-", typed=table) == 0
    assert "rows" not in manager.said


def test_a_key_that_is_lost_is_never_made_anew(manager: Manager) -> None:
    added(manager)
    manager.files.key.unlink()
    assert manager.do("codes", "add", "--label", "A", "--door", "front", typed=OTHER) == UNREADABLE
    assert "portier restore" in manager.said
    assert not manager.files.key.exists()


def test_a_key_that_is_lost_is_made_anew_once_its_codes_are_revoked(manager: Manager) -> None:
    added(manager)
    manager.files.key.unlink()
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == UNREADABLE
    assert manager.do("codes", "revoke", "1") == 0
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert "key" not in manager.said.replace(str(kept), ""), "it has none"
    assert manager.do("codes", "add", "--label", "A", "--door", "front", typed=OTHER) == 0
    key = places.read_key(manager.files)
    assert key is not None
    assert keeping.load(manager.files).stored.key_check == hashing.check(key)
    assert manager.do("backup", str(manager.folder / "more"), typed=f"{PASSPHRASE}\n") == 0


@pytest.mark.parametrize(
    "change",
    [
        ["residents", "add", "Durand"],
        ["codes", "add", "--label", "A", "--door", "front", "--generate"],
        ["directory", "import", "-"],
    ],
    ids=lambda words: words[0],
)
def test_a_directory_that_is_lost_is_told_until_a_person_begins_a_new_one(
    manager: Manager, change: list[str]
) -> None:
    added(manager)
    manager.files.good.unlink()
    manager.files.database.write_bytes(b"x" * 5000)
    for _ in range(3):
        assert manager.do("residents", "list") == UNREADABLE
        assert "damaged" in manager.errors
        assert "nobody is known" in manager.errors
    assert manager.do("backup", str(manager.folder / "kept"), typed=f"{PASSPHRASE}\n") == UNREADABLE
    table = f"kind,name,code,label,doors\ncode,,{OTHER},Key,side\n"
    assert manager.do(*change, typed=table) == 0
    assert "lies aside as directory.db.damaged-" in manager.errors, "once more, at its beginning"
    assert manager.do("residents", "list") == 0
    assert not manager.errors


def test_a_lost_directory_is_no_trouble_once_what_was_damaged_is_deleted(manager: Manager) -> None:
    added(manager)
    manager.files.good.unlink()
    manager.files.database.write_bytes(b"x" * 5000)
    assert manager.do("residents", "list") == UNREADABLE
    next(manager.files.database.parent.glob("*.damaged-*")).unlink()
    assert manager.do("residents", "list") == 0


def test_a_locked_directory_is_told(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    added(manager)
    monkeypatch.setattr(store, "BUSY_S", 0.05)
    with closing(sqlite3.connect(manager.files.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert manager.do("residents", "add", "Durand") == UNREADABLE
    assert "locked by another program" in manager.said
    assert manager.book.named("Durand") is None


def test_a_configuration_with_problems_is_told(manager: Manager) -> None:
    manager.config.write_text(CONFIG + "nonsense = 1\n")
    assert manager.do("residents", "list") == ConfigError.exit_code


def test_a_backup_brings_a_replacement_station_all_it_needs(
    manager: Manager, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    added(manager)
    kept = tmp_path / "kept"
    assert manager.do("backup", str(kept), "--with-passwords", typed=f"{PASSPHRASE}\n") == 0
    assert kept.stat().st_mode & 0o777 == 0o600
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == UNREADABLE, "never written over"
    content = kept.read_bytes()
    for secret in (b"Dupont", b"correct horse", DIGITS.encode(), b"pbx"):
        assert secret not in content
    before, key = manager.book, places.read_key(manager.files)
    for one in (manager.config, manager.files.key, manager.files.database, manager.files.good):
        one.unlink()
    (tmp_path / "sip-password").unlink()
    assert manager.do("restore", str(kept), typed="some other words\n") == UNREADABLE
    assert not manager.config.exists()
    assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert manager.config.read_text() == CONFIG
    assert (tmp_path / "sip-password").read_text() == "correct horse\n"
    assert manager.book == before
    assert places.read_key(manager.files) == key
    assert manager.do("codes", "add", "--label", "A", "--door", "front", typed=DIGITS) == REFUSED, "in use"


def test_without_being_asked_a_backup_has_no_password(manager: Manager) -> None:
    added(manager)
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert backup.unsealed(kept.read_bytes(), PASSPHRASE).passwords == {}
    assert "password" not in manager.output


def test_a_backup_says_how_many_passwords_it_took_and_which_it_could_not(manager: Manager) -> None:
    added(manager)
    account = '[accounts.office]\ndomain = "office"\nuser = "7"\nregistrar = "office"\n'
    manager.config.write_text(f"{CONFIG}{account}password_credential = 'office'\n")
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), "--with-passwords", typed=f"{PASSPHRASE}\n") == 0
    assert "1 SIP passwords (not those of accounts.office, which are credentials" in manager.output
    assert len(backup.unsealed(kept.read_bytes(), PASSPHRASE).passwords) == 1


def test_a_restore_keeps_what_was_there(manager: Manager) -> None:
    added(manager)
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert manager.do("residents", "add", "Durand") == 0
    manager.config.write_text(f"# ours\n{CONFIG}")
    assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert [one.name for one in manager.book.residents] == ["Dupont"]
    assert manager.config.read_text().startswith("# ours")
    assert (manager.folder / "portier.toml.from-backup").read_text() == CONFIG
    (aside,) = manager.files.database.parent.glob("directory.db.before-*")
    assert keeping.load(Files(aside, manager.files.key)).stored.book.named("Durand")


def test_a_restore_takes_no_use_of_a_code_back(manager: Manager) -> None:
    added(manager)
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    keeping.spend(manager.files, {1: 2})
    assert manager.do("residents", "remove", "Dupont") == 0
    assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert manager.book.codes[0].uses_left == 3, "of a code that is gone nothing is known"
    keeping.spend(manager.files, {1: 2})
    assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert manager.book.codes[0].uses_left == 1


def test_a_backup_leads_no_password_out_of_the_folder(manager: Manager) -> None:
    added(manager)
    elsewhere = manager.folder / "state" / "planted"
    inside = Backup(
        manager.files.database.read_bytes(), places.read_key(manager.files), CONFIG, {str(elsewhere): "x"}
    )
    kept = manager.folder / "kept"
    kept.write_bytes(backup.sealed(inside, PASSPHRASE))
    assert manager.do("restore", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert not elsewhere.exists()


def test_a_backup_that_was_changed_or_cut_anywhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_N", 2)
    whole = backup.sealed(Backup(b"x" * 50, bytes(32), "y", {}), PASSPHRASE)
    assert backup.unsealed(whole, PASSPHRASE) == Backup(b"x" * 50, bytes(32), "y", {})
    for place in range(len(whole)):
        spoiled = bytearray(whole)
        spoiled[place] ^= 1
        for bad in (bytes(spoiled), whole[:place]):
            with pytest.raises(DirectoryFileError):
                backup.unsealed(bad, PASSPHRASE)


def test_a_short_passphrase_is_refused(manager: Manager) -> None:
    added(manager)
    assert manager.do("backup", str(manager.folder / "kept"), typed="short\n") == REFUSED
    assert not (manager.folder / "kept").exists()


def test_a_passphrase_that_is_no_text_is_refused(manager: Manager) -> None:
    added(manager)
    kept = manager.folder / "kept"
    for typed in (b"fran\xe7ais et long\n", b"\xff" * 12 + b"\n"):
        assert manager.do("backup", str(kept), typed=typed) == REFUSED
        assert "not UTF-8" in manager.said
        assert not kept.exists()
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    assert manager.do("restore", str(kept), typed=b"fran\xe7ais et long\n") == REFUSED
    assert "not UTF-8" in manager.said


def test_a_passphrase_that_a_terminal_spoilt_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_N", 2)
    one = Backup(b"x", bytes(32), "y", {})
    whole = backup.sealed(one, PASSPHRASE)
    for act in (
        lambda: backup.sealed(one, "fran\udce7ais et long"),
        lambda: backup.unsealed(whole, "\udce7"),
    ):
        with pytest.raises(DirectoryError, match="not UTF-8"):
            act()


def test_an_accent_is_the_same_by_any_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_N", 2)
    one = Backup(b"x", bytes(32), "y", {})
    assert backup.unsealed(backup.sealed(one, "la cle\u0301 de la porte"), "la cl\u00e9 de la porte") == one


def test_two_backups_of_the_same_are_not_the_same() -> None:
    one = Backup(b"x", bytes(32), "y", {})
    assert backup.sealed(one, PASSPHRASE) != backup.sealed(one, PASSPHRASE)
    assert "x" not in repr(one)


def test_who_may_not_write_there_is_told_to_try_sudo(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(manager)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert manager.do("residents", "list") == UNREADABLE
    assert "try it with sudo" in manager.said


def test_every_refusal_has_an_exit_code_of_its_kind() -> None:
    kinds: dict[type[PortierError], Any] = {DirectoryError: 65, DirectoryFileError: 66}
    assert {kind: kind.exit_code for kind in kinds} == kinds
