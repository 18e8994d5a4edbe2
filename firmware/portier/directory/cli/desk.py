"""What every command of the directory does: find it, read or change it as its owner, tell the station."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from portier import control_path
from portier.errors import DirectoryError, DirectoryFileError

from .. import files as places, hashing, keeping
from ..files import Files
from ..model import Book
from ..store import Stored
from . import telling

T = TypeVar("T")
_DEFAULT_CONFIG = Path("/etc/portier/portier.toml")
READING = os.R_OK | os.X_OK
CHANGING = READING | os.W_OK


def added(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    """A command, whose own help says what it does, too."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    return parser


def add_options(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], int]) -> None:
    """Add the options that all of them have."""
    parser.add_argument(
        "--config", type=Path, default=_DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    control_path.add_option(parser)
    parser.set_defaults(command=command)


class Desk:
    """The directory that a configuration names. Raises ConfigError where that cannot be used.

    `exit_code` is what a command ends with that has come to its end.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        from portier.config import directory, load

        self.config = load.load(options.config, check_files=False)
        self.settings = directory.settings(self.config)
        self.files = self.settings.files
        self.exit_code = 0
        self._socket: Path | None = options.socket

    def read(self, *, to_change: bool = False) -> Stored:
        """The directory as it is. Raises DirectoryFileError where there is none to be had.

        One that is lost for good is an empty one `to_change`: so a new one is begun.
        """
        folder = self.folder(READING)
        with places.as_owner(folder):
            found = keeping.load(self.files)
        if found.trouble and not found.known and (found.another_try or not to_change):
            raise DirectoryFileError(found.trouble)
        _warn(found.trouble)
        return found.stored

    def alter(self, change: Callable[[Book], Book], key_check: str = "") -> Stored:
        """Change the directory, and tell the running station."""
        with places.as_owner(self.folder(CHANGING)):
            stored, trouble = keeping.alter(self.files, change, key_check)
        _warn(trouble)
        self.tell()
        return stored

    def key(self, *, make: bool = True) -> bytes:
        """The device's key; where there is none and no code wants one, a new one, kept with `make`."""
        wanted = self.read(to_change=True).key_check
        with places.as_owner(self.files.key.parent):
            key = places.read_key(self.files)
            if key is None and not wanted:
                key = hashing.new_key()
                if make:
                    _written(self.files, key)
        if key is None or (wanted and hashing.check(key) != wanted):
            raise DirectoryFileError(
                f"{self.files.key}: this is not the key of the codes that are there: bring it back by "
                "portier restore, or revoke them all first"
            )
        return key

    def tell(self) -> None:
        """Have the running station take the directory as it is by now; else `exit_code` is no longer 0."""
        if not telling.tell(control_path.for_reader(self._socket)):
            self.exit_code = DirectoryFileError.exit_code

    def folder(self, rights: int) -> Path:
        """The folder of the directory. Raises DirectoryFileError without it, or without these rights."""
        folder, database = self.files.database.parent, self.files.database
        try:
            is_folder = stat.S_ISDIR(folder.stat().st_mode)
        except PermissionError:
            raise _not_allowed(folder) from None
        except OSError:
            is_folder = False
        if not is_folder:
            raise DirectoryFileError(
                f"{folder}: there is no such folder: make it, for the service's user, or name another in "
                "directory.file"
            )
        # Before anything in it is asked for: that raises where the folder is closed to this user.
        if not os.access(folder, rights):
            raise _not_allowed(folder)
        if database.exists() and not os.access(database, rights & ~os.X_OK):
            raise _not_allowed(database)
        return folder


def number_of(code: str) -> int:
    """A code's number, as "portier codes list" tells it."""
    if not code.isdecimal():
        raise argparse.ArgumentTypeError(f"{code!r} is not the number of a code")
    return int(code)


def checked(what: str, check: Callable[[str], T], text: str) -> T:
    """What a text of the command line comes to; DirectoryError where it is wrong, which never repeats it."""
    try:
        return check(text)
    except ValueError as error:
        raise DirectoryError(f"{what}: {error}") from None


def _written(files: Files, key: bytes) -> None:
    try:
        places.write_key(files.key, key)
    except OSError as error:
        raise DirectoryFileError(f"{files.key}: cannot be written: {error.strerror}") from error
    print(f"made the device's key, {files.key}: portier backup takes it along")


def _not_allowed(path: Path) -> DirectoryFileError:
    return DirectoryFileError(f"{path}: user {os.geteuid()} may not do that: try it with sudo")


def _warn(trouble: str) -> None:
    if trouble:
        print(f"warning: {trouble}", file=sys.stderr)
