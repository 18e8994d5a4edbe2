"""The file of the control socket: replaced when its owner is dead, never when it lives."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from portier.errors import ControlError

from .credentials import peer

_MODE = 0o660


class SocketFile:
    """A bound socket, not listening yet, so that nobody can connect before its mode is set."""

    def __init__(self, path: Path) -> None:
        """Raise ControlError when somebody lives there, or nothing can be made there."""
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _clear(path)
            self.socket.bind(str(path))
            path.chmod(_MODE)
            self._identity = _identity(path)
        except OSError as error:
            self.socket.close()
            raise ControlError(
                f"control: cannot make the socket {path}: {error.strerror or error}; "
                "its folder must exist and be writable, or give another with --socket PATH"
            ) from error
        except ControlError:
            self.socket.close()
            raise

    def remove(self) -> None:
        """Remove the file, if it is still ours."""
        try:
            if _identity(self.path) == self._identity:
                self.path.unlink()
        except OSError:
            pass


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _clear(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlError(
            f"control: {path} is there and is no socket; remove it, or give another with --socket PATH"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
            process = peer(probe).process
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:
            # unix(7): the queue of a socket that somebody listens at is full.
            owner = "a process"
        else:
            owner = "this process" if process == os.getpid() else f"process {process}"
    raise ControlError(
        f"control: {owner} answers at {path} already: only one station can; stop that one, "
        "or give this one another with --socket PATH"
    )
