"""Where the directory lies, and as whom a command may write there."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from portier import disk, owner
from portier.errors import DirectoryFileError

from . import hashing

_FOLDER = "CREDENTIALS_DIRECTORY"
_ALONE = 0o600
_LONGEST_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Files:
    """The database, the device's key, and the credential by which systemd hands that over, "" for none."""

    database: Path
    key: Path
    credential: str = ""

    @property
    def good(self) -> Path:
        """The last good copy of the database."""
        return self.database.with_name(f"{self.database.stem}.good{self.database.suffix}")


def as_owner(folder: Path) -> AbstractContextManager[None]:
    """Let root act as the owner of a folder meanwhile. Raises DirectoryFileError."""
    return owner.as_owner(
        folder, lambda error: DirectoryFileError(f"{folder}: cannot be reached: {error.strerror}")
    )


def read_key(files: Files) -> bytes | None:
    """The device's key; None where there is none yet. Raises DirectoryFileError."""
    given = os.environ.get(_FOLDER)
    path = Path(given) / files.credential if files.credential and given else files.key
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            open_to_others = os.fstat(descriptor).st_mode & 0o077 and path == files.key
            text = file.read(_LONGEST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DirectoryFileError(
            f"{path}: the device's key cannot be read by user {os.geteuid()}: {error.strerror}"
        ) from error
    if open_to_others:
        raise DirectoryFileError(f"{path}: others could read the device's key: run chmod 600 on it")
    with suppress(ValueError):
        key = bytes.fromhex(text.decode("ascii"))
        if len(key) == hashing.KEY_BYTES:
            return key
    raise DirectoryFileError(
        f"{path}: this is no device's key (64 hexadecimal digits): bring it back by portier restore"
    )


def write_key(path: Path, key: bytes) -> None:
    """Put a key into its place, for its owner alone, whole or not at all. Raises OSError."""
    put(path, key_text(key))


def key_text(key: bytes) -> bytes:
    """What the file of a key holds."""
    return key.hex().encode() + b"\n"


def put(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all. Raises OSError."""
    new = prepare(path, content)
    try:
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    disk.settle(path.parent)


def prepare(path: Path, content: bytes) -> Path:
    """Write beside a place what is to be put there, for its owner alone, on the disk. Raises OSError."""
    new = path.with_name(f".{path.name}.new-{os.getpid()}")
    new.unlink(missing_ok=True)
    disk.write_new(new, content)
    return new
