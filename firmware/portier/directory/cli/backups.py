"""`portier backup` and `portier restore`: directory, key and configuration, for this station or its heir."""

from __future__ import annotations

import argparse
import getpass
import os
import sqlite3
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from portier.errors import DirectoryError, DirectoryFileError

from .. import backup, changes, files as places, hashing, keeping, store, swap
from ..backup import Backup
from ..files import Files
from ..model import Book
from ..store import DamagedError, NewerError, Stored
from .desk import CHANGING, Desk, add_options, added
from .output import write_new

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from portier.config.model import Config

_LONGEST_BYTES = 1 << 28


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    make = added(
        commands, "backup", "residents, codes, the device's key and the configuration in one encrypted file"
    )
    make.add_argument("file", type=Path, help="a file that is not there yet")
    make.add_argument("--with-passwords", action="store_true", help="the SIP passwords, too")
    add_options(make, _backup)
    bring = added(commands, "restore", "bring a backup back, on this station or its replacement")
    bring.add_argument("file", type=Path, help="what portier backup wrote")
    add_options(bring, _restore)


def _backup(options: argparse.Namespace) -> int:
    desk = Desk(options)
    files = desk.files
    desk.read()
    with places.as_owner(files.database.parent):
        content = _content(files)
    with places.as_owner(files.key.parent):
        key = places.read_key(files)
    stored = _proved(content)
    if stored.key_check and (key is None or hashing.check(key) != stored.key_check):
        raise DirectoryFileError(f"{files.key}: this is not the key of the codes: no backup was made")
    passwords, told = _passwords(desk.config) if options.with_passwords else ({}, "")
    inside = Backup(content, key, options.config.read_text(encoding="utf-8-sig"), passwords)
    data = backup.sealed(inside, _new_passphrase())
    write_new(options.file, data)
    held = [
        _held(stored),
        *(["the device's key"] if key else []),
        "the configuration",
        *([told] if told else []),
    ]
    print(f"{options.file}: {', '.join(held)}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    try:
        with options.file.open("rb") as file:
            data = file.read(_LONGEST_BYTES)
    except OSError as error:
        raise DirectoryFileError(f"{options.file}: cannot be read: {error.strerror}") from error
    inside = backup.unsealed(data, _passphrase("passphrase (not shown): "))
    stored = _proved(inside.database)
    if stored.key_check and (inside.key is None or hashing.check(inside.key) != stored.key_check):
        raise DirectoryFileError(f"{options.file}: its key is not that of its codes: nothing was changed")
    is_heir = _first_config(options.config, inside)
    desk = Desk(options)
    desk.folder(CHANGING)
    # A code that was used since must not come back to life.
    content = _with_uses_of(inside.database, _present(desk.files))
    aside = _put(desk.files, content, inside.key)
    print(f"restored: {_held(stored)}")
    if aside:
        print(f"what was there lies beside it: {', '.join(aside)}")
    if not is_heir:
        _config_beside(options.config, inside)
    _restore_passwords(options.config, inside)
    desk.tell()
    return desk.exit_code


def _content(files: Files) -> bytes:
    """The database as it is, or its last good copy."""
    for path in (files.database, files.good):
        try:
            with store.opened(path) as connection:
                store.read(connection)
                return connection.serialize()
        except (sqlite3.Error, DamagedError, NewerError):
            continue
    raise DirectoryError(f"{files.database}: there is no directory yet: nothing to keep")


def _present(files: Files) -> Book:
    """What is there before a restore; nobody where that cannot be read."""
    with places.as_owner(files.database.parent):
        return keeping.load(files).stored.book


def _proved(content: bytes) -> Stored:
    try:
        with closing(sqlite3.connect(":memory:")) as proof:
            proof.deserialize(content)
            return store.read(proof)
    except (sqlite3.Error, DamagedError, NewerError) as error:
        raise DirectoryFileError(f"the directory in it cannot be used: {keeping.words(error)}") from error


def _with_uses_of(content: bytes, before: Book) -> bytes:
    """The database, in which no code was used more seldom than the directory of before says."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(content)
        store.change(connection, lambda book: changes.with_uses_of(book, before))
        return connection.serialize()


def _put(files: Files, database: bytes, key: bytes | None) -> list[str]:
    """Put key and database into their places, or neither; what was there is kept beside them, and named."""
    stamp = f"before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    folder = files.database.parent
    news = [(files.key, places.key_text(key))] if key else []
    news += [(files.good, database), (files.database, database)]
    try:
        aside = swap.swap(news, stamp)
    except OSError as error:
        raise DirectoryFileError(
            f"{error.filename or folder}: cannot be written by user {os.geteuid()}: {error.strerror}: "
            "nothing was changed in the directory and its key"
        ) from error
    # It says nothing that the database of before does not say.
    copies = [one for one in aside if one.name.startswith(files.good.name)]
    with suppress(OSError), places.as_owner(folder):
        for copy in copies:
            copy.unlink()
    return [one.name for one in aside if one not in copies]


def _first_config(path: Path, inside: Backup) -> bool:
    """Put the configuration where there is none: it says where the directory is to be."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DirectoryFileError(
            f"{path}: cannot be reached by user {os.geteuid()}: {error.strerror}: try it with sudo"
        ) from error
    else:
        return False
    _new_file(path, inside.config)
    print(f"{path}: as in the backup")
    return True


def _config_beside(path: Path, inside: Backup) -> None:
    """Put the configuration beside another one that is there."""
    if path.read_text(encoding="utf-8-sig", errors="replace") != inside.config:
        beside = path.with_name(f"{path.name}.from-backup")
        _new_file(beside, inside.config)
        print(f"{path}: left as it is; that of the backup is {beside.name} beside it")


def _new_file(path: Path, content: str) -> None:
    from portier.setup.store import NewFile, store as put_files

    put_files(NewFile(path, content), None, lambda _: None, datetime.now(UTC))


def _restore_passwords(path: Path, inside: Backup) -> None:
    for named, text in inside.passwords.items():
        file = Path(named)
        if file.parent != path.absolute().parent or file.exists():
            print(f"{file}: left as it is: the backup has a password for it")
        else:
            _new_file(file, text)
            print(f"{file}: as in the backup")


def _passwords(config: Config) -> tuple[dict[str, str], str]:
    """The passwords by the path of their file, and what a manager is told of them."""
    from portier.config import load

    accounts = {("sip",): config.sip} | {("accounts", name): one for name, one in config.accounts.items()}
    found, not_taken = {}, []
    for place, account in accounts.items():
        if account.password_credential is not None:
            not_taken.append(".".join(place))
        if account.password_file is not None and (secret := load.read_secret(account, place)):
            found[str(account.password_file.absolute())] = secret.get_secret_value() + "\n"
    told = f"{len(found)} SIP passwords"
    if not_taken:
        told += (
            f" (not those of {', '.join(not_taken)}, which are credentials of systemd: keep them elsewhere)"
        )
    return found, told


def _held(stored: Stored) -> str:
    return f"{len(stored.book.residents)} residents, {len(stored.book.codes)} codes"


def _new_passphrase() -> str:
    passphrase = _passphrase("passphrase (not shown; without it nobody can read the backup): ")
    if sys.stdin.isatty() and _passphrase("once more: ") != passphrase:
        raise DirectoryError("the two are not the same: no backup was made")
    return passphrase


def _passphrase(prompt: str) -> str:
    try:
        return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise DirectoryError(backup.NO_TEXT) from None
