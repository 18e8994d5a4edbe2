"""What was made once and need not be made again: sources, Debian systems, wheels.

Everything is made under a name that no reader looks for, and renamed when it is whole: what an interruption
leaves is never taken for the thing itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portier_pjsip.errors import SpaceError, WheelError

_UNFINISHED = "unfinished-"
_MIB = 1 << 20


def default_folder() -> Path:
    """Where the cache is: one for every clone of the project (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "portier" / "pjsip"


class Cache:
    """A folder with what was made. Only one process at a time may use it: `locked`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Keep others out; `on_wait` is called where another process must end first.

        What interrupted runs left is removed. Raises WheelError where the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("w")
        except OSError as error:
            raise WheelError(
                f"the cache {self.folder} cannot be used: {error.strerror}; "
                "set XDG_CACHE_HOME to a folder of yours"
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                on_wait()
                fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.folder.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield

    @contextmanager
    def scratch(self, needed_mib: int) -> Iterator[Path]:
        """An empty folder to work in, removed at the end. Raises SpaceError where the disk lacks room."""
        free_mib = shutil.disk_usage(self.folder).free // _MIB
        if free_mib < needed_mib:
            raise SpaceError(
                f"{self.folder} has {free_mib} MiB left and {needed_mib} MiB are needed: free some, "
                "or set XDG_CACHE_HOME to a folder on another disk"
            )
        with TemporaryDirectory(prefix=_UNFINISHED, dir=self.folder, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def path(self, kind: str, name: str) -> Path:
        """Where a thing of a kind is, or would be."""
        return self.folder / kind / name

    def keep(self, made: Path, kind: str, name: str) -> Path:
        """Keep a whole folder that was made in `scratch`, in place of what was there."""
        place = self.path(kind, name)
        place.parent.mkdir(exist_ok=True)
        if place.exists():
            # Out of the way in one step too: half a removal is no cache either.
            old = self.folder / f"{_UNFINISHED}{kind}-{name}"
            place.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        made.chmod(0o755)
        return made.rename(place)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key_of(facts: Any) -> str:
    """A short name for a set of facts (what JSON can hold): another fact, another name."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
