"""Puts the new files in their place at once, and keeps the old ones beside them."""

from __future__ import annotations

import grp
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portier import disk
from portier.errors import ConfigWriteError

GROUP = "portier"
_FOR_THE_GROUP, _ALONE, _OTHERS, _ALL_BUT_OWNER = 0o640, 0o600, 0o007, 0o077
_FOLDER_MODE = 0o750
_OR_ANOTHER = "or name another file with --config"
_BY_SUDO = "run this command by sudo, or name another file with --config"

Prove = Callable[[Path | None], None]
"""Checks the new configuration with the new password where it lies now; raises when it must not be used."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a file is to say from now on."""

    path: Path
    content: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the files that were there lie now."""

    config: Path | None
    password: Path | None


def real(path: Path) -> Path:
    """Where a file lies that may be a link; a link that leads in a circle is left as it is."""
    return Path(os.path.realpath(path))


def writable(path: Path) -> None:
    """Make sure that a file can be put into its place, and read where it is. Raises ConfigWriteError."""
    try:
        problem = _obstacle(path)
    except PermissionError:
        problem = f"user {os.geteuid()} may not write in {path.parent}: {_BY_SUDO}"
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
    if problem:
        raise ConfigWriteError(f"{path}: {problem}")


def _obstacle(path: Path) -> str:
    """What keeps a file from its place; empty where nothing does."""
    folder = path.parent if path.parent.exists() else path.parent.parent
    if not folder.is_dir():
        return f"there is no folder {folder}: make it first, {_OR_ANOTHER}"
    if not os.access(folder, os.W_OK | os.X_OK):
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return f"{folder} is on a read-only file system: make that writable first, {_OR_ANOTHER}"
        return f"user {os.geteuid()} may not write in {folder}: {_BY_SUDO}"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return "this is no file, and is left alone: name another"
    if path.exists() and not os.access(path, os.R_OK):
        return f"user {os.geteuid()} may not read it: {_BY_SUDO}"
    return ""


def closed_to_service(*paths: Path | None) -> list[Path]:
    """Which of these the group of the service may not read; none where there is no such group."""
    try:
        group = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return []
    facts = [(path, path.stat()) for path in paths if path is not None]
    return [path for path, one in facts if not one.st_mode & (0o040 if one.st_gid == group else 0o004)]


def store(config: NewFile, password: NewFile | None, prove: Prove, now: datetime) -> Kept:
    """Write both beside what they replace, prove them, keep the old ones, and only then rename.

    Whatever fails, nothing has changed. Raises ConfigWriteError, and what `prove` raises.
    """
    try:
        with ExitStack() as undo:
            _make_folder(config.path.parent)
            secret = _written(password, undo, _ALONE) if password else None
            new = _written(config, undo, _FOR_THE_GROUP)
            prove(secret)
            kept_password = _kept(password, now, undo, _OTHERS) if password else None
            kept_config = _kept(config, now, undo)
            if secret and password:
                undo.callback(_put_back, password.path, kept_password, was_there=password.path.exists())
                secret.replace(password.path)
            new.replace(config.path)
            undo.pop_all()
    except OSError as error:
        raise ConfigWriteError(
            f"{error.filename or config.path}: cannot be written: {error.strerror}"
        ) from error
    disk.settle(config.path.parent)
    if password:
        disk.settle(password.path.parent)
    return Kept(kept_config, kept_password)


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=_FOLDER_MODE)
        _give_to_group(folder)


def _written(file: NewFile, undo: ExitStack, new_mode: int) -> Path:
    writable(file.path)
    path = file.path.with_name(f".{file.path.name}.new-{os.getpid()}")
    path.unlink(missing_ok=True)
    # Closed to everybody else from its first moment, and never a file that somebody else put there.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ALONE)
    undo.callback(path.unlink, missing_ok=True)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(file.content)
        stream.flush()
        _like_before(path, file.path, new_mode)
        os.fsync(descriptor)
    return path


def _like_before(path: Path, before: Path, new_mode: int) -> None:
    """Give a file the owner and the rights of the one before; a password never to others."""
    try:
        old = before.stat()
    except FileNotFoundError:
        path.chmod(_FOR_THE_GROUP if _give_to_group(path) else new_mode)
        return
    closed = _OTHERS if new_mode == _ALONE else 0
    try:
        os.chown(path, old.st_uid, old.st_gid)
    except PermissionError:
        # The group is another one now.
        closed = _ALL_BUT_OWNER if new_mode == _ALONE else 0
    path.chmod(old.st_mode & 0o777 & ~closed)


def _give_to_group(path: Path) -> bool:
    try:
        os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
    except (KeyError, PermissionError):
        return False
    return True


def _kept(file: NewFile, now: datetime, undo: ExitStack, closed: int = 0) -> Path | None:
    """Give the old file a second name, `closed` to some; None where there is none, or it says the same."""
    try:
        if file.path.read_text(encoding="utf-8", errors="surrogateescape") == file.content:
            return None
    except FileNotFoundError:
        return None
    stamp = f"{now:%Y-%m-%dT%H-%M-%S}"
    path = file.path.with_name(f"{file.path.name}.{stamp}")
    number = 2
    while path.exists():
        path = file.path.with_name(f"{file.path.name}.{stamp}-{number}")
        number += 1
    mode = file.path.stat().st_mode & 0o777
    undo.callback(path.unlink, missing_ok=True)
    try:
        path.hardlink_to(file.path)
        if mode & closed:
            undo.callback(file.path.chmod, mode)
            path.chmod(mode & ~closed)
    except OSError:
        # Some file systems know one name a file, and its rights are its owner's to change.
        path.unlink(missing_ok=True)
        _copy(file.path, path)
        path.chmod(mode & ~closed)
    return path


def _copy(file: Path, to: Path) -> None:
    """Copy a file and its times into one that is closed to everybody else from its first moment."""
    times = file.stat()
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ALONE)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(file.read_bytes())
    os.utime(to, ns=(times.st_atime_ns, times.st_mtime_ns))


def _put_back(path: Path, kept: Path | None, *, was_there: bool) -> None:
    if kept:
        kept.replace(path)
    elif not was_there:
        path.unlink(missing_ok=True)
